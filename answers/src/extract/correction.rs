//! An answer that takes back the one before it: "The answer is A. No wait, it's B."
//!
//! Knows the words that take something back. What follows them counts only if it is nothing but an answer: "Actually, A
//! is wrong" corrects nothing.

use super::option;
use super::words::{CONCLUSIONS, strip_any_word, strip_phrase};
use super::{math, notation, reason, sentence};

/// Words with which a speaker takes back what was said.
const CORRECTORS: [&str; 14] = [
    "in fact",
    "hmm",
    "no wait",
    "wait",
    "oops",
    "sorry",
    "correction",
    "actually",
    "I mean",
    "I meant",
    "hold on",
    "make that",
    "scratch that",
    "my mistake",
];

/// Words that lead from there to the answer.
const LEADS: [&str; 18] = [
    "no",
    "it's",
    "it’s",
    "it is",
    "it should be",
    "it must be",
    "should be",
    "that's",
    "that’s",
    "that is",
    "that should be",
    "the answer is",
    "the answer should be",
    "the correct answer is",
    "we get",
    "I get",
    "option",
    "choice",
];

/// Marks between these words and around the answer.
const MARKS: [char; 14] = [' ', '\t', '\n', '\r', ',', ':', ';', '*', '_', '-', '–', '—', '…', '!'];

/// Longest name of `x = 12` in bytes.
const MAX_NAME: usize = 3;

/// The answer that `text`, which begins with another one, ends in or turns to.
pub(super) fn find(text: &str) -> Option<&str> {
    let after = last_corrector(text)?;
    let whole = after.trim();
    let last = sentence::last(whole);
    let (first, _) = sentence::first(whole.lines().next()?);
    answer(last).or_else(|| answer(first))
}

/// The text after the last words that take something back.
fn last_corrector(text: &str) -> Option<&str> {
    let mut end = text.len();
    loop {
        let start = text[..end].rfind(|c: char| !c.is_alphanumeric())?;
        let width = text[start..].chars().next().map_or(1, char::len_utf8);
        let word = &text[start + width..];
        if word.starts_with(char::is_alphabetic)
            && opens_clause(&text[..start + width])
            && let Some(after) = corrected(word)
        {
            return Some(after);
        }
        end = start;
    }
}

fn corrected(text: &str) -> Option<&str> {
    let no = || {
        let after = strip_any_word(text, &["no"])?;
        after.starts_with([',', ':', '.', '—', '–', '!']).then_some(after)
    };
    CORRECTORS
        .iter()
        .find_map(|words| strip_phrase(text, words))
        .or_else(no)
}

/// Whether a clause may begin after `before`: "12, no" but not "is no".
fn opens_clause(before: &str) -> bool {
    let text = before.trim_end_matches([' ', '\t', '*', '_', '(', '"']);
    let dash = text.len() < before.len() && text.ends_with('-');
    dash || text.is_empty() || text.ends_with(['.', '!', '?', ',', ';', '—', '–', '…', '\n', '。'])
}

/// The answer of a sentence that gives nothing else.
fn answer(sentence: &str) -> Option<&str> {
    let mut rest = sentence.rsplit_once(": ").map_or(sentence, |(_, after)| after);
    if let Some((_, clause)) = rest.rsplit_once(", so ") {
        rest = clause;
    }
    loop {
        rest = rest.trim_start_matches(MARKS);
        let led = LEADS
            .iter()
            .chain(&CORRECTORS)
            .find_map(|words| strip_phrase(rest, words));
        match led.or_else(|| strip_any_word(rest, &CONCLUSIONS)) {
            Some(after) => rest = after,
            None => break,
        }
    }
    let text = rest.trim_end_matches(MARKS);
    let text = reason::cut(text.strip_suffix(['.', '。']).unwrap_or(text)).trim_end_matches(MARKS);
    if let Some(found) = option::letter(text) {
        return found.after.trim().is_empty().then_some(found.letter);
    }
    if let Some(inside) = math::whole(text) {
        return notation::read(inside).content.then(|| inside.trim());
    }
    // "Wait, 12 + 3 = 15" checks an answer rather than giving one.
    let named =
        |name: &str| name.trim().len() <= MAX_NAME && name.trim().bytes().all(|byte| byte.is_ascii_alphabetic());
    let value = match text.split_once('=') {
        Some((name, value)) => named(name) && !value.contains('='),
        None => !text.contains(['<', '>', '≤', '≥', '≠', '≈']),
    };
    let seen = notation::read(text);
    let number = text.contains(|c: char| c.is_ascii_digit());
    (value && number && seen.content && !seen.prose).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_answer_is_found_after_words_that_correct() {
        let cases = [
            ("A. No wait, it's B.", Some("B")),
            ("A. No wait, B", Some("B")),
            ("A. No wait, I misread: (B)", Some("B")),
            ("(A). Wait, the sign is wrong. So it's (B).", Some("B")),
            ("A — no, B.", Some("B")),
            ("A, sorry, I mean B.", Some("B")),
            ("A\n\nCorrection: B", Some("B")),
            ("A. Actually, it is B, because A is red. I see.", Some("B")),
            ("10. Wait, I forgot to add 2. It is 12.", Some("12")),
            ("10... no, 12.", Some("12")),
            ("10. Actually, it is $12$.", Some("12")),
            ("12. Hmm, 12 + 3 = 15, so it's 15.", Some("15")),
            ("12. Wait, let me verify: 12 + 3 = 15. Yes.", None),
            ("12. Actually, x = 15.", Some("x = 15")),
            ("A", None),
            ("", None),
            ("A. Actually, B is wrong.", None),
            ("A. No, it is not B.", None),
            ("A. Wait, could it be B?", None),
            ("A. I thought it was B.", None),
            ("12. There is no 13.", None),
            ("12, no more and no less.", None),
            ("12. Actually, this is known since 1995.", None),
            ("12. Let us wait 5 minutes.", None),
            ("é, no, é", None),
        ];
        for (text, expected) in cases {
            assert_eq!(find(text), expected, "{text:?}");
        }
    }
}
