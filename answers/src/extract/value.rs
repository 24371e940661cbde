//! The value at the start of a text that an announcement introduced.

use std::borrow::Cow;

use super::words::{strip_any_word, strip_word};
use super::{math, option, reason, sentence, together};
use crate::budget::MAX_ANSWER_BYTES;

/// With more plain words than this, a text is a sentence about the answer rather than the answer.
const MAX_WORDS: usize = 12;

/// Words between "the answer is" and the value that carry no meaning.
const FILLERS: [&str; 7] = ["therefore", "thus", "then", "hence", "simply", "just", "indeed"];

/// Text that ends a value without a full stop. Solutions that imitate Minerva close with it.
const CLOSING: &str = "I hope it is correct";

/// The value at the start of `rest`: an option, formulas, or the first sentence of the first line that has one.
pub(super) fn leading(rest: &str) -> Option<Cow<'_, str>> {
    let rest = rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '_'));
    let rest = &rest[..rest.floor_char_boundary(MAX_ANSWER_BYTES)];
    let rest = without_fillers(rest);
    if let Some(letter) = named_option(rest) {
        return Some(Cow::Borrowed(letter));
    }
    if let Some((environment, _)) = math::environment(rest) {
        return Some(Cow::Borrowed(environment));
    }
    if let Some((first, after)) = math::leading(rest) {
        return formulas(first, after);
    }
    let line = rest.lines().next()?;
    let line = line.split(CLOSING).next().unwrap_or(line).trim_end();
    plain(reason::cut(sentence::first(line).0)).map(Cow::Borrowed)
}

/// "option C", "choice (B)": the letter.
fn named_option(rest: &str) -> Option<&str> {
    let after = strip_any_word(rest, &["option", "choice"])?;
    Some(option::letter(after)?.letter)
}

fn without_fillers(mut rest: &str) -> &str {
    while let Some(after) = strip_any_word(rest, &FILLERS) {
        rest = after.trim_start_matches([' ', ',', ':']);
    }
    rest
}

/// The first formula, or all formulas of a sentence that lists nothing else: "$2$ and $3$."
fn formulas<'a>(first: &'a str, mut after: &'a str) -> Option<Cow<'a, str>> {
    let first = plain(first)?;
    let mut listed = vec![first];
    while let Some((formula, rest)) = next_formula(after) {
        listed.push(formula);
        after = rest;
    }
    let after = after.trim_start_matches([' ', '\t', '*', '_']);
    let ends = after.is_empty() || after.starts_with(['.', '\n', '\r', '。']) || reason::follows(after);
    Some(if ends {
        together::list(&listed)
    } else {
        Cow::Borrowed(first)
    })
}

/// Skips separators and one formula.
fn next_formula(text: &str) -> Option<(&str, &str)> {
    let mut text = together::separator(text.trim_start_matches(' '))?;
    loop {
        text = text.trim_start_matches(' ');
        match together::separator(text) {
            Some(after) => text = after,
            None => break,
        }
    }
    let (inside, after) = math::leading(text)?;
    Some((inside.trim(), after))
}

/// The text without surrounding marks, unless it is empty, a denial or prose.
fn plain(text: &str) -> Option<&str> {
    let text =
        text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '_' | '`' | '"' | ',' | ';' | ':' | '，'));
    let words = text
        .split_whitespace()
        .filter(|word| word.chars().count() > 1 && word.chars().all(char::is_alphabetic));
    let text = bracketed_letter(text).unwrap_or(text);
    let empty = matches!(text, "" | "$" | "$$" | "\\(" | "\\[" | "\\boxed{}");
    (!empty && !denies(text) && words.count() <= MAX_WORDS).then_some(text)
}

/// The letter of `[C]`, which is an option rather than a list.
fn bracketed_letter(text: &str) -> Option<&str> {
    let inside = text.strip_prefix('[')?.strip_suffix(']')?;
    matches!(inside.as_bytes(), [b'A'..=b'J']).then_some(inside)
}

/// "not 5" says what the answer is not; "not a function" is an answer.
fn denies(text: &str) -> bool {
    strip_word(text, "not").is_some_and(|denied| {
        denied
            .trim_start()
            .starts_with(|c: char| c.is_ascii_digit() || matches!(c, '$' | '\\' | '-' | '('))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_is_cut_from_what_follows() {
        let cases = [
            ("5. Then", Some("5")),
            ("5 I hope it is correct.", Some("5")),
            ("5. I hope it is correct.", Some("5")),
            ("therefore 5.", Some("5")),
            ("thus, simply $5$.", Some("5")),
            ("option C.", Some("C")),
            ("[C].", Some("C")),
            ("[5].", Some("[5]")),
            ("choice (B) of these", Some("B")),
            ("optional", Some("optional")),
            ("$2$ and $3$.", Some("2, 3")),
            ("$2$, $3$, and $4$", Some("2, 3, 4")),
            ("$2$ and $3$ differ", Some("2")),
            ("$2$ and $3$, since $5$ is odd.", Some("2, 3")),
            ("C because B is false.", Some("C")),
            ("7 (since 3+4=7)", Some("7")),
            ("$\\text{C because}$", Some("\\text{C because}")),
            ("$2$ and $2$.", Some("2")),
            ("$5$ cm", Some("5")),
            ("\n\n$$\nx = 5\n$$\n", Some("x = 5")),
            ("\n\\[\n\\frac{1}{2}\n\\]", Some("\\frac{1}{2}")),
            (
                "\\begin{pmatrix} 1 \\\\\n2 \\end{pmatrix}.",
                Some("\\begin{pmatrix} 1 \\\\\n2 \\end{pmatrix}"),
            ),
            ("5。好", Some("5")),
            ("not a function", Some("not a function")),
            ("not 5", None),
            ("not $5$", None),
            ("$$$$", None),
            ("$\\boxed{}$", None),
            ("$\\$5$.", Some("\\$5")),
            ("\\[\ncut off", None),
            ("**", None),
            (".", None),
            ("", None),
        ];
        for (rest, expected) in cases {
            assert_eq!(leading(rest).as_deref(), expected, "{rest:?}");
        }
    }
}
