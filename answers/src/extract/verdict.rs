//! The letter of "the correct option is C", "therefore, option C" and "option C is correct".
//!
//! Options are weighed before one is chosen: "option C is larger" is not a verdict.

use super::option::{self, Letter};
use super::sentence;
use super::words::{CONCLUSIONS, COPULAS, QUALIFIERS, REASONS, VERDICTS, strip_any_word, strip_phrase};

/// How many bytes before the keyword to read.
const MAX_BEFORE: usize = 40;

/// How many bytes after a letter to read.
const MAX_AFTER: usize = 160;

/// Words before "option" that choose it: "our selection is option C".
const CHOOSING: [&str; 6] = ["selection", "select", "choose", "pick", "selected", "chosen"];

/// Words, besides those of a reason, that may follow the letter A if it is not an article.
const PREPOSITIONS: [&str; 2] = ["with", "for"];

/// Words that single out an option after "most": "the most appropriate option is C".
const DEGREES: [&str; 9] = [
    "likely",
    "appropriate",
    "suitable",
    "accurate",
    "plausible",
    "reasonable",
    "logical",
    "fitting",
    "relevant",
];

/// Words that single out an option when nothing else is left.
const LEFT: [&str; 2] = ["only", "remaining"];

/// Nouns for which "closest" stands.
const NOUNS: [&str; 5] = ["option", "choice", "answer", "one", "match"];

/// The letter of "the closest option is (B)" and "it is closest to (B)", of which `rest` follows "closest"; `None` if
/// the sentence takes it back.
pub(super) fn closest(rest: &str) -> Option<&str> {
    let undecorated = |text| str::trim_start_matches(text, [' ', '*', '_', ':']);
    let after = |text, words: &[&str]| strip_any_word(undecorated(text), words);
    let mut rest = after(rest, &NOUNS).unwrap_or(rest);
    while let Some(joined) = after(rest, &["is", "would", "be", "to"]) {
        rest = joined;
    }
    let named = after(rest, &NOUNS);
    let found = option::letter(undecorated(named.unwrap_or(rest)))?;
    let declared = (found.marked || named.is_some()) && !is_article(found);
    let window = &found.after[..found.after.floor_char_boundary(MAX_AFTER)];
    let sentence = sentence::first(window).0;
    let hedged = sentence
        .split(' ')
        .any(|word| matches!(word, "but" | "not" | "though" | "although" | "incorrect"));
    (declared && !hedged).then_some(found.letter)
}

/// The letter, if the texts `before` and `after` the word "option" or "choice" declare it the answer.
pub(super) fn letter<'a>(before: &str, after: &'a str) -> Option<&'a str> {
    if after.starts_with(|c: char| c.is_alphanumeric()) {
        return None;
    }
    let before = &before[before.floor_char_boundary(before.len().saturating_sub(MAX_BEFORE))..];
    let after = after.trim_start_matches([' ', '*', '_']);
    let chosen = match joined(after) {
        Some(rest) => option::letter(rest).filter(|found| is_singled_out(before) && !is_article(*found)),
        None => option::letter(after).filter(|found| is_verdict(before, *found)),
    };
    chosen.map(|found| found.letter)
}

fn joined(after: &str) -> Option<&str> {
    let copula = || COPULAS.iter().find_map(|words| strip_phrase(after, words));
    let rest = after.strip_prefix([':', '=', '：']).or_else(copula)?;
    let rest = rest.strip_prefix(':').unwrap_or(rest).trim_start();
    Some(strip_any_word(rest, &CONCLUSIONS).map_or(rest, str::trim_start))
}

/// The words of `before`, nearest first.
fn words(before: &str) -> impl Iterator<Item = &str> {
    before
        .rsplit([' ', ',', '*', '_', '(', ':', '\n'])
        .filter(|word| !word.is_empty())
}

fn is_one_of(word: &str, known: &[&str]) -> bool {
    known.iter().any(|known| word.eq_ignore_ascii_case(known))
}

fn is_singled_out(before: &str) -> bool {
    let mut words = words(before);
    let (word, previous) = (words.next(), words.next());
    let most = previous.is_some_and(|word| word.eq_ignore_ascii_case("most"));
    word.is_some_and(|word| singles_out(word) || is_one_of(word, &LEFT) || (most && is_one_of(word, &DEGREES)))
}

/// Whether `word` singles out one option, as in "the answer choice is C".
fn singles_out(word: &str) -> bool {
    is_one_of(word, &QUALIFIERS) || word.eq_ignore_ascii_case("answer")
}

/// "the best choice is A plane".
fn is_article(found: Letter<'_>) -> bool {
    let text = found.after.trim_start();
    let explained = || {
        [&REASONS[..], &PREPOSITIONS]
            .into_iter()
            .any(|known| strip_any_word(text, known).is_some())
    };
    let goes_on = text.starts_with(char::is_alphabetic) && !explained();
    matches!(found.letter, "A" | "I") && !found.marked && goes_on
}

fn is_verdict(before: &str, found: Letter<'_>) -> bool {
    let text = found.after.trim_start_matches([' ', '\t']);
    let approved = VERDICTS.iter().any(|verdict| strip_phrase(text, verdict).is_some());
    let concluded = words(before)
        .find(|word| !singles_out(word) && !is_one_of(word, &["the", "is"]))
        .is_some_and(|word| is_one_of(word, &CONCLUSIONS) || is_one_of(word, &CHOOSING));
    approved || (concluded && !text.starts_with(|c: char| c.is_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_option_is_chosen_unless_the_sentence_takes_it_back() {
        let cases = [
            (" option is (B).", Some("B")),
            (" one would be (B)", Some("B")),
            (" to option B.", Some("B")),
            (" to **(B)**", Some("B")),
            (" is: B. green", Some("B")),
            (" option is (B), but it is not correct.", None),
            (" to B", None),
            (" option is 5", None),
            (" friend", None),
            ("", None),
        ];
        for (rest, expected) in cases {
            assert_eq!(closest(rest), expected, "{rest:?}");
        }
    }

    #[test]
    fn a_letter_needs_a_verdict() {
        let cases = [
            ("the correct ", " is C", Some("C")),
            ("the **correct** ", "** is (C)", Some("C")),
            ("the correct ", " is: C", Some("C")),
            ("the answer ", ": C", Some("C")),
            ("the correct ", " is:\n\n**(C)**", Some("C")),
            ("Therefore, ", " C", Some("C")),
            ("so the correct ", " C.", Some("C")),
            ("So our selection is ", " C.", Some("C")),
            ("", " C is correct", Some("C")),
            ("the ", " (C) is the best", Some("C")),
            ("the best ", " is A because", Some("A")),
            ("the best ", " is A plane", None),
            ("the ", " is C", None),
            ("", " C", None),
            ("", " C is larger", None),
            ("Therefore, ", " C is larger", None),
            ("Therefore, ", "s C", None),
            ("the closest ", " is (C)", None),
            ("the only remaining ", " is C", Some("C")),
            ("the most appropriate ", " is C", Some("C")),
            ("the appropriate ", " is C", None),
            ("the correct ", " is therefore C", Some("C")),
            ("", " C best fits this", Some("C")),
            ("é", " é", None),
        ];
        for (before, after, expected) in cases {
            assert_eq!(letter(before, after), expected, "{before:?} {after:?}");
        }
    }
}
