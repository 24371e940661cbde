//! Which option's text a sentence mentions: "The Spanish club has the fewest members."
//!
//! Knows words only.

/// Words within a few words before a text that deny it or compare with it.
const DENIALS: [&str; 14] = [
    "not", "no", "never", "neither", "nor", "without", "unlike", "than", "isn't", "isn’t", "wasn't", "doesn't",
    "either", "compared",
];

/// Words after a text and a form of "be" that deny it: "yellow is wrong".
const WRONG: [&str; 5] = ["wrong", "incorrect", "false", "not", "out"];

/// How many words before a text a denial may stand.
const MAX_DENIAL: usize = 3;

/// Options that are an answer to a question rather than a thing: only the start of a sentence says them.
const VERDICTS: [&str; 2] = ["yes", "no"];

/// The words of a text in lower case, without marks around them.
pub(super) fn words(text: &str) -> Vec<String> {
    text.split_whitespace()
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase())
        .filter(|word| !word.is_empty())
        .collect()
}

/// The index of the only one of `texts` that `sentence` mentions.
pub(super) fn only(sentence: &[String], texts: &[&str]) -> Option<usize> {
    let texts: Vec<Vec<String>> = texts.iter().map(|text| words(text)).collect();
    let mut found: Vec<(usize, usize, usize)> = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        found.extend(starts(sentence, text).map(|start| (index, start, start + text.len())));
    }
    // In "the Spanish club", the option "club" is not mentioned.
    let within =
        |a: &(usize, usize, usize), b: &(usize, usize, usize)| b.1 <= a.1 && a.2 <= b.2 && b.2 - b.1 > a.2 - a.1;
    let mut mentioned = found
        .iter()
        .filter(|a| !found.iter().any(|b| within(a, b)))
        .map(|(index, ..)| *index);
    let first = mentioned.next()?;
    mentioned.all(|index| index == first).then_some(first)
}

/// Where the words of `text` start in a sentence that does not deny them.
fn starts<'a>(sentence: &'a [String], text: &'a [String]) -> impl Iterator<Item = usize> {
    let verdict = matches!(text, [word] if VERDICTS.contains(&word.as_str()));
    let spelled = text
        .iter()
        .any(|word| word.chars().filter(|c| c.is_alphabetic()).count() > 1);
    let last = sentence.len().saturating_sub(text.len());
    let end = match () {
        () if !spelled || text.len() > sentence.len() => 0,
        () if verdict && sentence.last() == text.first() && follows_conclusion(sentence) => last + 1,
        () if verdict => 1,
        () => last + 1,
    };
    (0..end).filter(move |&start| {
        let before = &sentence[start.saturating_sub(MAX_DENIAL)..start];
        // "It isn't Paris, it's London."
        let turn = before
            .iter()
            .rposition(|word| matches!(word.as_str(), "it's" | "it’s" | "but"));
        let denied = before[turn.map_or(0, |at| at + 1)..]
            .iter()
            .any(|word| DENIALS.contains(&word.as_str()) || word.ends_with("n't"));
        let after = &sentence[(start + text.len()).min(sentence.len())..];
        let refused = matches!(after, [is, word, ..]
            if matches!(is.as_str(), "is" | "are" | "was") && WRONG.contains(&word.as_str()));
        sentence[start..].starts_with(text) && (verdict || !(denied || refused))
    })
}

/// Whether the last word of a sentence is its conclusion: "He does not have enough, so no."
fn follows_conclusion(sentence: &[String]) -> bool {
    let before = sentence.len().checked_sub(2).and_then(|at| sentence.get(at));
    before.is_some_and(|word| matches!(word.as_str(), "so" | "therefore" | "thus" | "hence" | "is" | "say"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_mentions_one_option() {
        let clubs = ["French club", "math club", "Spanish club", "club"];
        let cases: [(&str, &[&str], Option<usize>); 14] = [
            ("The Spanish club is wrong.", &clubs, None),
            ("The Spanish club has the fewest members.", &clubs, Some(2)),
            ("It is the **Spanish club**!", &clubs, Some(2)),
            (
                "The Spanish club is the smallest, not the French club.",
                &clubs,
                Some(2),
            ),
            ("The Spanish club is smaller than the French club.", &clubs, Some(2)),
            ("The Spanish club and the French club are equal.", &clubs, None),
            ("None of them.", &clubs, None),
            ("There is a shortage.", &["shortage", "surplus"], Some(0)),
            ("There is no shortage.", &["shortage", "surplus"], None),
            ("No, he does not have enough.", &["yes", "no"], Some(1)),
            ("There is no doubt.", &["yes", "no"], None),
            ("He does not have enough, so no.", &["yes", "no"], Some(1)),
            ("It is 12 of 14.", &["12", "14"], None),
            ("", &["yes"], None),
        ];
        for (sentence, texts, expected) in cases {
            assert_eq!(only(&words(sentence), texts), expected, "{sentence:?}");
        }
    }
}
