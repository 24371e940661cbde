//! English words that help to find an answer.

/// Words that join "the answer" to its value.
pub(super) const COPULAS: [&str; 5] = ["is", "would be", "should be", "must be", "will be"];

/// Words that single out one answer or option.
pub(super) const QUALIFIERS: [&str; 4] = ["correct", "right", "best", "final"];

/// Words after which a letter is a conclusion.
pub(super) const CONCLUSIONS: [&str; 5] = ["therefore", "thus", "hence", "so", "consequently"];

/// Words that follow an option that is the answer.
pub(super) const VERDICTS: [&str; 20] = [
    "it is",
    "is therefore correct",
    "is therefore the correct",
    "is thus correct",
    "is indeed correct",
    "best fits",
    "fits best",
    "best describes",
    "best matches",
    "best explains",
    "best represents",
    "is the most appropriate",
    "is the most accurate",
    "is correct",
    "is the correct",
    "is right",
    "is the right",
    "is the best",
    "is the answer",
    "is the final answer",
];

/// Words after an option letter that weigh the option rather than choose it.
pub(crate) const WEIGHING: [&str; 20] = [
    "is", "are", "was", "were", "isn't", "cannot", "can't", "can", "does", "doesn't", "has", "would", "could",
    "should", "may", "might", "seems", "says", "states", "will",
];

/// Words before "answer" and its qualifiers.
const DETERMINERS: [&str; 2] = ["the", "my"];

/// Words that, after a comma, introduce a reason for a value or more about it.
pub(super) const REASONS: [&str; 7] = ["because", "since", "as", "which", "so that", "where", "not"];

/// Skips `word` at the start of `text`, ignoring case, unless a longer word starts there.
pub(super) fn strip_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(word.len())?;
    let ends = !rest.starts_with(|c: char| c.is_alphanumeric());
    (ends && head.eq_ignore_ascii_case(word)).then_some(rest)
}

/// Skips the first of `words` that `text` starts with.
pub(crate) fn strip_any_word<'a>(text: &'a str, words: &[&str]) -> Option<&'a str> {
    words.iter().find_map(|word| strip_word(text, word))
}

/// Skips a word that may precede "answer", "option" or "choice".
pub(super) fn strip_attribute(text: &str) -> Option<&str> {
    strip_any_word(text, &DETERMINERS).or_else(|| strip_any_word(text, &QUALIFIERS))
}

/// Skips the words of `phrase` with spaces between them.
pub(super) fn strip_phrase<'a>(text: &'a str, phrase: &str) -> Option<&'a str> {
    phrase
        .split(' ')
        .try_fold(text, |text, word| strip_word(text.trim_start_matches(' '), word))
}

/// Whether a text starts with a number of statements: "I, II and III".
pub(super) fn starts_roman(text: &str) -> bool {
    let word = text.trim_start().split([' ', ',', '.']).next().unwrap_or("");
    !word.is_empty() && word.bytes().all(|byte| matches!(byte, b'I' | b'V' | b'X'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_words_are_skipped() {
        let cases = [
            ("is 5", "is", Some(" 5")),
            ("IS", "is", Some("")),
            ("isn't", "is", None),
            ("is5", "is", None),
            ("i", "is", None),
            ("é", "is", None),
            ("would  be 5", "would be", Some(" 5")),
            ("would 5", "would be", None),
        ];
        for (text, phrase, expected) in cases {
            assert_eq!(strip_phrase(text, phrase), expected, "{text:?}");
        }
        assert_eq!(strip_any_word("or 5", &["and", "or"]), Some(" 5"));
    }
}
