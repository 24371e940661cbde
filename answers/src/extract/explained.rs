//! What an announced sentence says besides the option that it names: more about it, "(J) if we round", or that others
//! are not the answer, "not A, but B".

use super::option::{self, Letter};
use super::words::{starts_roman, strip_any_word, strip_phrase, strip_word};

/// With more words than this behind an option, they are a sentence about it rather than its text.
const MAX_WORDS: usize = 12;

/// Words after "not" that say only that the options have no such answer: "not listed".
const MISSING: [&str; 11] = [
    "listed",
    "provided",
    "among the",
    "among these",
    "in the options",
    "in the choices",
    "in the list",
    "on the list",
    "one of the options",
    "one of the choices",
    "an option",
];

/// Whether the text of an option or a condition follows a letter that is chosen: "D, Spanish club", "(J) if we round".
pub(super) fn explains(letter: Letter<'_>) -> bool {
    let after = letter.after;
    let text = after.trim_start_matches([',', ' ']);
    if letter.marked && is_explained(letter.letter, text) {
        return true;
    }
    let listed = strip_any_word(text, &["and", "or"]).is_some() || option::letter(text).is_some();
    let listed = listed || starts_roman(text);
    let named = after.starts_with(',') && text.starts_with(char::is_alphabetic);
    let run_on = text.starts_with(option::is_ideograph);
    !listed && (named || run_on)
}

/// Whether the text behind a marked letter says more about this option and names no other one: "(J) if we round",
/// "(J) (approximately)", "(J) and the cost is 5", "(J) and (J)".
fn is_explained(letter: &str, text: &str) -> bool {
    let others = text.split(' ').any(|word| {
        let found = option::letter(word).filter(|found| found.letter != letter && found.after.trim_end().is_empty());
        found.is_some_and(|found| found.marked || !matches!(found.letter, "A" | "I"))
    });
    let next = strip_any_word(text, &["and", "or"]).map(str::trim_start);
    let repeated = next
        .and_then(option::letter)
        .is_some_and(|found| found.letter == letter);
    let clause = next.is_some_and(|next| strip_any_word(next, &["the", "its", "their"]).is_some());
    let qualified = text.starts_with('(') || strip_any_word(text, &["if", "when", "unless", "for"]).is_some();
    let long = text.starts_with(char::is_alphabetic) && next.is_none() && text.split(' ').nth(MAX_WORDS).is_some();
    !others && (repeated || clause || qualified || long)
}

/// What a sentence says after what the answer is not: "not A, but B".
pub(super) fn contrasted(sentence: &str) -> Option<&str> {
    let denied = strip_word(sentence, "not")?;
    let (_, instead) = [", but ", "; it is ", ", it is "]
        .iter()
        .find_map(|mark| denied.split_once(mark))?;
    let instead = strip_phrase(instead, "rather").unwrap_or(instead).trim_start();
    let value = option::letter(instead).is_some()
        || instead.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '$' | '-'));
    value.then_some(instead)
}

/// "not 5" says what the answer is not, and "not listed" nothing; "not a function" is an answer.
pub(super) fn denies(text: &str) -> bool {
    strip_word(text.trim_start_matches('('), "not").is_some_and(|denied| {
        let denied = denied.trim_start();
        let missing = MISSING.iter().any(|words| strip_phrase(denied, words).is_some());
        missing || denied.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '$' | '\\' | '-' | '('))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_about_an_option_is_told_from_another_option() {
        let cases = [
            ("(J) if we round", true),
            ("(J) (approximately)", true),
            ("(J) for the photon, and undefined otherwise", true),
            ("(J) and the cost is $5", true),
            ("(J) and (J)", true),
            ("D, Spanish club", true),
            (
                "(D) granted with respect to the mask that was found, but denied with respect to all of the money",
                true,
            ),
            ("(J) for part 1 and (C) for part 2", false),
            ("(J) and (C)", false),
            ("(J) or none of these", false),
            ("(J), (C)", false),
            ("I, II and III", false),
            ("(J) 5 apples", false),
        ];
        for (text, expected) in cases {
            assert_eq!(option::letter(text).map(explains), Some(expected), "{text:?}");
        }
    }

    #[test]
    fn what_the_answer_is_not_gives_way() {
        assert_eq!(contrasted("not A, but B"), Some("B"));
        assert_eq!(contrasted("not 5; it is 6"), Some("6"));
        assert_eq!(contrasted("not listed, but we can round"), None);
        assert!(denies("not listed"));
        assert!(denies("(not among the options)"));
        assert!(denies("not 5"));
        assert!(!denies("not a function"));
    }
}
