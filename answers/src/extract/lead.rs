//! What stands between "the answer is" and the value and is no part of it: "therefore", "found to be", "as follows:".

use super::words::strip_phrase;

/// Words that lead to a value and carry no meaning.
const LEADS: [&str; 41] = [
    "computed as",
    "obtained as",
    "expressed as",
    "approx.",
    "ca.",
    "therefore",
    "thus",
    "then",
    "hence",
    "so",
    "simply",
    "just",
    "indeed",
    "clearly",
    "obviously",
    "actually",
    "definitely",
    "certainly",
    "probably",
    "likely",
    "for sure",
    "in fact",
    "now",
    "also",
    "as follows",
    "the following",
    "given by",
    "given as",
    "equal to",
    "found to be",
    "going to be",
    "calculated to be",
    "determined to be",
    "calculated as",
    "written as",
    "a total of",
    "the number",
    "the value",
    "the integer",
    "that",
    "precisely",
];

/// The text after all leads.
pub(super) fn skip(mut text: &str) -> &str {
    loop {
        let rest = text.trim_start_matches([' ', '\t', ',', ':', '*', '_']);
        let rest = after_pause(rest).unwrap_or(rest);
        match LEADS.iter().find_map(|lead| strip_phrase(rest, lead)) {
            // "The answer is that." has no value behind it.
            Some(after) if !after.trim_start_matches(['.', '*', '_']).trim_start().is_empty() => text = after,
            _ => return rest.trim_start(),
        }
    }
}

/// "The answer is... 5"
fn after_pause(text: &str) -> Option<&str> {
    let after = text.trim_start_matches('…').trim_start_matches('.');
    let dots = &text[..text.len() - after.len()];
    let after = after.trim_start_matches([' ', '*', '_']);
    let value = after.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '(' | '$' | '\\' | '-' | '['));
    ((dots.starts_with('…') || dots.len() > 2) && value).then_some(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leads_are_skipped() {
        let cases = [
            ("therefore 5", "5"),
            (", therefore, 34", "34"),
            ("thus, simply $5$", "$5$"),
            ("given by 34", "34"),
            ("as follows:\n\n$$x$$", "$$x$$"),
            ("found to be 12", "12"),
            ("a total of 12 apples", "12 apples"),
            ("the number 12", "12"),
            ("the numbers 1 and 2", "the numbers 1 and 2"),
            ("so", "so"),
            ("... B", "B"),
            ("… 12", "12"),
            ("...", "..."),
            (".5", ".5"),
            ("thatched", "thatched"),
        ];
        for (text, expected) in cases {
            assert_eq!(skip(text), expected, "{text:?}");
        }
    }
}
