//! Where a value ends and a reason begins: "C because B is false", "5, not 6", "7 (since 3+4=7)".
//!
//! Never cuts inside a formula.

use super::math;
use super::words::{REASONS, strip_phrase};

/// Words that introduce a reason, even without a mark before them.
const UNMARKED: [&str; 3] = ["because", "since", "so that"];

/// Words that introduce more about a number, if another word follows them: not "12 by 5", "5 when x = 2".
const REMARKS: [&str; 15] = [
    "given",
    "by",
    "from",
    "when",
    "using",
    "via",
    "assuming",
    "according",
    "based",
    "rounded",
    "if",
    "I",
    "we",
    "due",
    "after",
];

/// Marks between a value and a reason.
const MARKS: [char; 6] = [',', ';', '(', '–', '—', '，'];

/// The text before a reason.
pub(crate) fn cut(text: &str) -> &str {
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let before = &text[..text.len() - rest.len()];
        if begins(before, rest) {
            return before.trim_end_matches(is_mark);
        }
        rest = match math::leading(rest) {
            Some((_, after)) => after,
            // A delimiter that is never closed: everything after it is its formula.
            None if ["$$", "\\(", "\\["].iter().any(|open| rest.starts_with(open)) => {
                break;
            }
            None if c == '\\' => skip(&rest[1..], 1),
            None if c == '{' => rest.split_once('}').map_or("", |(_, after)| after),
            None => skip(rest, 1),
        };
    }
    text
}

/// Whether `text`, which follows a value, is its reason.
pub(super) fn follows(text: &str) -> bool {
    let reason = text.trim_start_matches(is_mark);
    let marked = text[..text.len() - reason.len()].contains(MARKS);
    is_reason(reason, marked)
}

/// Whether a reason begins at `rest`, given the value in `before`.
fn begins(before: &str, rest: &str) -> bool {
    // Two letters are enough to rule out most places.
    if !rest.starts_with(|c: char| c.is_ascii_alphabetic()) || !before.ends_with(is_mark) {
        return false;
    }
    let value = before.trim_end_matches(is_mark);
    let marked = before[value.len()..].contains(MARKS);
    !value.is_empty() && (is_reason(rest, marked) || (is_symbols(value) && is_aside(rest)) || is_only(value, rest))
}

fn is_reason(text: &str, marked: bool) -> bool {
    let listed = strip_phrase(text, "as well").is_some();
    starts_with_any(text, &UNMARKED) || (marked && !listed && starts_with_any(text, &REASONS))
}

/// Words that introduce a reason after a number without any mark: "42 which is even", "12 by symmetry".
fn is_aside(text: &str) -> bool {
    let words = |after: &str| after.trim_start().chars().take_while(|c| c.is_alphabetic()).count() > 1;
    let remark = REMARKS
        .iter()
        .any(|remark| strip_phrase(text, remark).is_some_and(words));
    let remark = remark || starts_with_any(text, &["as", "which", "rather than", "instead of"]);
    remark && strip_phrase(text, "as well").is_none()
}

/// "12 only", but not the statement "I only".
fn is_only(value: &str, text: &str) -> bool {
    value.ends_with(|c: char| c.is_ascii_digit()) && strip_phrase(text, "only") == Some("")
}

fn starts_with_any(text: &str, phrases: &[&str]) -> bool {
    phrases.iter().any(|phrase| strip_phrase(text, phrase).is_some())
}

/// Whether it ends like a number or a formula, or is a letter: "twice as many" contains no reason.
fn is_symbols(value: &str) -> bool {
    let letter = value.len() == 1 && value.starts_with(|c: char| c.is_ascii_uppercase());
    letter || value.ends_with(|c: char| c.is_ascii_digit() || matches!(c, ')' | '}' | '$' | '%'))
}

fn is_mark(c: char) -> bool {
    c.is_whitespace() || MARKS.contains(&c)
}

/// Skips some characters.
fn skip(text: &str, count: usize) -> &str {
    let mut chars = text.chars();
    chars.by_ref().take(count).for_each(drop);
    chars.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_ends_before_its_reason() {
        let cases = [
            ("C because B is false", "C"),
            ("C, since B is false", "C"),
            ("12, because 3*4=12", "12"),
            ("42, which is even", "42"),
            ("42 which is even", "42"),
            ("5 since 2+3=5", "5"),
            ("7 (since 3+4=7)", "7"),
            ("7 (which is odd)", "7"),
            ("5, not 6", "5"),
            ("Evelyn, not Maria", "Evelyn"),
            ("5, as shown above", "5"),
            ("C as B is false", "C"),
            ("0.5 as a decimal", "0.5"),
            ("5 — because", "5"),
            ("n + 1, where n is even", "n + 1"),
            ("5, so that x = 3", "5"),
            ("No, because it is odd", "No"),
            ("$5 because he paid $2 + $3", "$5"),
            ("$x$ + 1 because", "$x$ + 1"),
            ("é, since é", "é"),
            ("5, assuming it", "5"),
            ("12 by symmetry", "12"),
            ("12 only", "12"),
            ("C rather than D", "C"),
            ("12 when rounded", "12"),
            ("12 from step 3", "12"),
            ("12 I think", "12"),
        ];
        for (text, expected) in cases {
            assert_eq!(cut(text), expected, "{text:?}");
        }
    }

    #[test]
    fn other_words_stay() {
        let texts = [
            "5",
            "",
            "because of it",
            "twice as many",
            "2, as well as 3",
            "the place where he lives",
            "does not exist",
            "not a function",
            "$5 and not $6",
            "x, \\text{y, because}",
            "$x, because$",
            "a \\(x, because",
            "5, notwithstanding",
            "the town which he left",
            "12 by 5",
            "5 when x = 2",
        ];
        for text in texts {
            assert_eq!(cut(text), text);
        }
    }

    #[test]
    fn a_reason_may_follow() {
        assert!(follows(" because"));
        assert!(follows(", as shown"));
        assert!(!follows(" as"));
        assert!(!follows(" and"));
    }
}
