//! Separators between answers that belong together, "2 and 3", and the list that they form.
//!
//! Knows only separators, not what they separate.

use std::borrow::Cow;

use super::words::strip_word;

/// Marks that separate answers.
const MARKS: [&str; 5] = [",", ";", "&", "\\quad", "\\qquad"];

/// Marks that distinguish answers from the surrounding text.
const DECORATIONS: [&str; 14] = [
    "$", "*", "~", "\\(", "\\)", "\\[", "\\]", "\\\\", "\\,", "\\;", "\\:", "\\!", "\\ ", "、",
];

/// Commands that set words inside a formula.
const TEXT: [&str; 4] = ["\\text{", "\\mbox{", "\\textrm{", "\\mathrm{"];

/// Longest name of "x_{12} =" in bytes.
const MAX_NAME: usize = 16;

/// Joins answers to a list, or to a single answer if all are equal.
pub(super) fn list<'a>(answers: &[&'a str]) -> Cow<'a, str> {
    match answers {
        [] => Cow::Borrowed(""),
        [first, rest @ ..] if rest.iter().all(|answer| answer == first) => Cow::Borrowed(first),
        _ => Cow::Owned(answers.join(", ")),
    }
}

/// Whether the texts before and after `between` are one answer.
///
/// If `between` is just a blank line, they are not: a second answer in a separate paragraph is a correction.
pub(super) fn joins(between: &str) -> bool {
    let mut rest = between;
    let (mut separated, mut blank_line, mut named) = (false, false, false);
    while !rest.is_empty() {
        let (spaces, text) = rest.split_at(rest.len() - rest.trim_start().len());
        blank_line |= spaces.bytes().filter(|byte| *byte == b'\n').count() > 1;
        rest = if let Some(after) = separator(text) {
            separated = true;
            after
        } else if let Some(after) = strip_any(text, &DECORATIONS) {
            after
        } else if let Some(after) = name(text).filter(|_| !named) {
            named = true;
            after
        } else if text.is_empty() || text == "\\" {
            // The backslash is the first one of `\\boxed`.
            break;
        } else {
            return false;
        }
    }
    separated || !blank_line
}

/// Skips one separator: a mark, "and", "or", or `\text{ and }`.
pub(super) fn separator(text: &str) -> Option<&str> {
    if let Some(inside) = strip_any(text, &TEXT) {
        let (inside, after) = inside.split_once('}')?;
        let inside = inside.trim().trim_matches(',').trim();
        let word = inside.is_empty() || strip_conjunction(inside) == Some("");
        return word.then_some(after);
    }
    strip_any(text, &MARKS).or_else(|| strip_conjunction(text))
}

fn strip_conjunction(text: &str) -> Option<&str> {
    strip_word(text, "and").or_else(|| strip_word(text, "or"))
}

fn strip_any<'a>(text: &'a str, prefixes: &[&str]) -> Option<&'a str> {
    prefixes.iter().find_map(|prefix| text.strip_prefix(prefix))
}

/// Skips the assignment of a name: `x =`, `x_2 =`, `\theta =`.
fn name(text: &str) -> Option<&str> {
    let window = &text[..text.floor_char_boundary(MAX_NAME)];
    let (name, _) = window.split_once('=')?;
    let after = &text[name.len() + 1..];
    let (base, index) = match name.trim().split_once('_') {
        Some((base, index)) => (base, index),
        None => (name.trim(), ""),
    };
    let is_name = match base.strip_prefix('\\') {
        Some(command) => !command.is_empty() && command.bytes().all(|b| b.is_ascii_alphabetic()),
        None => base.chars().count() == 1 && base.chars().all(char::is_alphabetic),
    };
    let is_index = index.chars().all(|c| c.is_alphanumeric() || matches!(c, '{' | '}'));
    (is_name && is_index).then_some(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_separators_join() {
        let cases = [
            ("", true),
            (" ", true),
            (", ", true),
            (",\n\n", true),
            ("\n", true),
            ("\n\n", false),
            ("$ and $", true),
            ("$, or $", true),
            (", \\text{and } ", true),
            ("\\text{, and }", true),
            ("\\text{ so }", false),
            ("\\text{and", false),
            ("\\) \\qquad \\(", true),
            (", x =", true),
            (", x_1 = ", true),
            (", \\alpha_{12}=", true),
            (", xy =", false),
            (", x = y =", false),
            (" android ", false),
            (" + ", false),
            (". ", false),
            (" (b) ", false),
            ("é", false),
        ];
        for (between, expected) in cases {
            assert_eq!(joins(between), expected, "{between:?}");
        }
    }

    #[test]
    fn equal_answers_are_one() {
        assert_eq!(list(&["2", "2"]), "2");
        assert_eq!(list(&["2", "3"]), "2, 3");
        assert_eq!(list(&["2"]), "2");
    }
}
