//! Texts without anything that a terminal obeys or hides.
//!
//! Instructions, responses, columns and names of tensors come from models and files, and end up in messages and
//! reports. A terminal would obey an escape sequence among them, which may rewrite what is on the screen or fill the
//! clipboard, and lets marks of direction and characters without width change what a line seems to say.

use std::borrow::Cow;

/// `text` with such characters spelled out as in JSON, `\u001b`: a text that is JSON still means the same. Line breaks
/// and tabs stay.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unprintable) {
        return text.into();
    }
    let mut spelled = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_unprintable(character) {
            let mut units = [0; 2];
            let units = character.encode_utf16(&mut units).iter();
            spelled.extend(units.map(|unit| format!("\\u{unit:04x}")));
        } else {
            spelled.push(character);
        }
    }
    spelled.into()
}

/// Control characters (C0 except line breaks and tabs, DEL, C1) and Unicode's invisible ones (category `Cf`, separators
/// of lines and paragraphs): marks of direction, joiners, characters without width, tags.
fn is_unprintable(character: char) -> bool {
    matches!(character,
        '\0'..='\x08' | '\x0b'..='\x1f' | '\x7f'..='\u{9f}'
        | '\u{ad}' | '\u{61c}' | '\u{180e}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_terminal_obeys_or_hides_is_spelled_out() {
        for (text, told) in [
            ("a\tb\nc é 語 🙂 \\u001b", "a\tb\nc é 語 🙂 \\u001b"),
            ("\x1b]52;c;cHduZWQ=\x07", "\\u001b]52;c;cHduZWQ=\\u0007"),
            ("over\rwritten\x08 \x7f", "over\\u000dwritten\\u0008 \\u007f"),
            ("\u{9b}31m", "\\u009b31m"),
            ("user\u{202e}nimda\u{2066}\u{200b}", "user\\u202enimda\\u2066\\u200b"),
            ("\u{e0041}", "\\udb40\\udc41"),
        ] {
            assert_eq!(printable(text), told);
        }
    }

    proptest! {
        #[test]
        fn json_means_the_same(
            text in any::<String>(),
            more in "[\u{1}-\u{2f}\u{7f}-\u{a0}\u{200a}-\u{2070}\u{e0001}]*",
        ) {
            let value = serde_json::json!({ text.as_str(): [more, "plain"] });
            for written in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
                let spelled = printable(&written);
                prop_assert!(!spelled.chars().any(is_unprintable));
                let read: serde_json::Value = serde_json::from_str(&spelled).unwrap();
                prop_assert_eq!(&read, &value);
            }
        }
    }
}
