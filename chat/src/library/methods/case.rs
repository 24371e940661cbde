//! Upper and lower case, and the kinds of characters.

use crate::value::{Text, TextBuf, is_space};

/// `text.lower()` and its like.
pub(crate) fn change(text: &Text, method: &str) -> Text {
    match method {
        // A letter may depend on its neighbours (the final sigma): the whole text, if it is all of one origin.
        "casefold" => mapped(text, |c, out| match c {
            'ß' | 'ẞ' => out.push_str("ss"),
            c => out.extend(c.to_lowercase()),
        }),
        "lower" if text.marks().is_empty() => text.as_str().to_lowercase().into(),
        "lower" => mapped(text, |c, out| out.extend(c.to_lowercase())),
        "upper" => mapped(text, |c, out| out.extend(c.to_uppercase())),
        "swapcase" => mapped(text, |c, out| {
            if c.is_lowercase() {
                out.extend(c.to_uppercase())
            } else {
                out.extend(c.to_lowercase())
            }
        }),
        "capitalize" => {
            let mut first = true;
            mapped(text, |c, out| {
                cased(c, std::mem::take(&mut first), out);
            })
        }
        _ => {
            let mut begins = true;
            mapped(text, |c, out| {
                cased(c, begins, out);
                begins = !is_cased(c);
            })
        }
    }
}

fn mapped(text: &Text, write: impl FnMut(char, &mut String)) -> Text {
    let mut out = TextBuf::default();
    out.push_mapped(text, write);
    out.finish()
}

/// Appends `c` in upper case if it begins a word, else in lower case.
pub(crate) fn cased(c: char, begins: bool, out: &mut String) {
    if begins && c == 'ß' {
        out.push_str("Ss");
    } else if begins {
        out.extend(c.to_uppercase())
    } else {
        out.extend(c.to_lowercase())
    }
}

fn is_cased(c: char) -> bool {
    c.is_lowercase() || c.is_uppercase()
}

/// `text.isalpha()` and its like. But for `isascii` and `isprintable`, an empty text is none of them.
pub(super) fn is(text: &str, method: &str) -> bool {
    let all = |is: fn(char) -> bool| !text.is_empty() && text.chars().all(is);
    match method {
        "isascii" => text.is_ascii(),
        "isprintable" => !text.chars().any(char::is_control),
        "isalnum" => all(char::is_alphanumeric),
        "isalpha" => all(char::is_alphabetic),
        "isdecimal" | "isdigit" | "isnumeric" => all(char::is_numeric),
        "isidentifier" => {
            let begins = text.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_');
            begins && text.chars().all(|c| c.is_alphanumeric() || c == '_')
        }
        "isspace" => all(is_space),
        "islower" => text.chars().any(char::is_lowercase) && !text.chars().any(char::is_uppercase),
        "isupper" => text.chars().any(char::is_uppercase) && !text.chars().any(char::is_lowercase),
        _ => is_title(text),
    }
}

fn is_title(text: &str) -> bool {
    let mut after_cased = false;
    let mut found = false;
    for c in text.chars() {
        if (c.is_uppercase() && after_cased) || (c.is_lowercase() && !after_cased) {
            return false;
        }
        after_cased = is_cased(c);
        found |= after_cased;
    }
    found
}
