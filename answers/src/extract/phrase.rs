//! "The (final) answer is x", "Answer: x", with the emphasis that models put around it.

use crate::budget::MAX_ANSWER_BYTES;

const KEYWORD: &[u8] = b"answer";

/// More plain words than this are a sentence about the answer, not the answer.
const MAX_WORDS: usize = 12;

/// Phrases tried from the end: bounds the work on a response that repeats itself.
const MAX_TRIED: usize = 16;

/// Words whose full stop does not end a sentence.
const ABBREVIATIONS: [&str; 6] = ["mr", "mrs", "ms", "dr", "st", "vs"];

/// What follows the last phrase that announces an answer.
pub(super) fn find(response: &str) -> Option<&str> {
    let announced: Vec<usize> = response
        .as_bytes()
        .windows(KEYWORD.len())
        .enumerate()
        .filter(|(_, window)| window.eq_ignore_ascii_case(KEYWORD))
        .filter_map(|(at, _)| announcement_end(response, at))
        .collect();
    announced
        .into_iter()
        .rev()
        .take(MAX_TRIED)
        .find_map(|start| value(&response[start..]))
}

/// Where the value starts, if the keyword at byte `at` is a word of its own that announces one.
fn announcement_end(response: &str, at: usize) -> Option<usize> {
    if response[..at].ends_with(|c: char| c.is_alphanumeric()) {
        return None;
    }
    let rest = undecorated(&response[at + KEYWORD.len()..]);
    let rest = match rest.strip_prefix([':', '=']) {
        Some(rest) => rest,
        None => {
            let (word, rest) = rest.split_at_checked(2)?;
            let ends = !rest.starts_with(|c: char| c.is_alphanumeric());
            (word.eq_ignore_ascii_case("is") && ends).then_some(rest)?
        }
    };
    let rest = undecorated(rest);
    let rest = rest.strip_prefix(':').unwrap_or(rest);
    Some(response.len() - rest.len())
}

/// Skips what stands around a keyword: spaces and Markdown emphasis.
fn undecorated(text: &str) -> &str {
    text.trim_start_matches([' ', '\t', '*', '_'])
}

/// The value at the start of `rest`: a formula, or the first sentence of the first line that has one.
fn value(rest: &str) -> Option<&str> {
    let rest = rest.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '_'));
    let line = &rest[..rest.floor_char_boundary(MAX_ANSWER_BYTES)];
    let line = line.lines().next()?;
    let value = formula(line).unwrap_or_else(|| sentence(line));
    let value = value.trim_matches(|c: char| {
        c.is_whitespace() || matches!(c, '*' | '_' | '`' | '"' | ',' | ';' | ':')
    });
    let words = value
        .split_whitespace()
        .filter(|word| word.chars().count() > 1 && word.chars().all(char::is_alphabetic));
    (!value.is_empty() && words.count() <= MAX_WORDS).then_some(value)
}

/// A formula between delimiters that makes up the start of the line.
fn formula(line: &str) -> Option<&str> {
    for (open, close) in [("$$", "$$"), ("\\(", "\\)"), ("\\[", "\\]")] {
        if let Some(rest) = line.strip_prefix(open) {
            return rest.split_once(close).map(|(inside, _)| inside);
        }
    }
    let rest = line.strip_prefix('$')?;
    let (inside, after) = rest.split_once('$')?;
    // "$5 and $6" is money: a closing delimiter stands next to its formula, and before no digit (as in Pandoc).
    let closes = !inside.ends_with(' ') && !after.starts_with(|c: char| c.is_ascii_digit());
    closes.then_some(inside)
}

/// The line up to the end of its first sentence, without the mark that ends it.
fn sentence(line: &str) -> &str {
    line.match_indices(['.', '!', '?'])
        .find(|(at, mark)| {
            let (before, after) = (&line[..*at], &line[at + 1..]);
            let ends = after.is_empty() || after.starts_with([' ', '\t', '*', '"', '$']);
            ends && !belongs_to_value(before, mark, after)
        })
        .map_or(line, |(at, _)| &line[..at])
}

/// Whether `mark` ends no sentence: "Mrs. Hilt", "3:30 p.m.", `5!`, `1,\! 000`, `\right.`.
fn belongs_to_value(before: &str, mark: &str, after: &str) -> bool {
    if mark == "!" {
        return before.ends_with(|c: char| c.is_ascii_digit() || matches!(c, ')' | '}' | '\\'));
    }
    let word = before.rsplit(' ').next().unwrap_or(before);
    let title = ABBREVIATIONS
        .iter()
        .any(|known| word.eq_ignore_ascii_case(known));
    let dotted = word.contains('.') && word.chars().all(|c| c.is_alphabetic() || c == '.');
    let delimiter = word.ends_with("\\left") || word.ends_with("\\right");
    (title && !after.is_empty()) || dotted || delimiter
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_announced_is_found() {
        let cases = [
            ("The answer is 5.", Some("5")),
            (
                "the final answer is: 5 apples. I hope it is correct.",
                Some("5 apples"),
            ),
            ("So the ANSWER IS 3.5", Some("3.5")),
            ("**Answer:** 12", Some("12")),
            ("**Final Answer**: **12**", Some("12")),
            ("Final Answer:\n\n$\\frac{1}{2}$", Some("\\frac{1}{2}")),
            (
                "Final Answer: The final answer is $5$. I hope it is correct.",
                Some("5"),
            ),
            ("The answer is \\(x = 3\\), as shown.", Some("x = 3")),
            ("The answer is $$7$$", Some("7")),
            ("The answer is $5 and not $6.", Some("$5 and not $6")),
            ("The answer is $18.90.", Some("$18.90")),
            ("The answer is Mrs. Hilt. She has more.", Some("Mrs. Hilt")),
            ("The answer is 3:30 p.m.", Some("3:30 p.m.")),
            ("The answer is (C).", Some("(C)")),
            ("The answer is C. It is the largest.", Some("C")),
            ("The answer is 4. No, the answer is 5.", Some("5")),
            ("The answer is 5!", Some("5!")),
            ("The answer is Lisa!", Some("Lisa")),
            (r"The answer is 11,\! 111.", Some(r"11,\! 111")),
            ("I know what the answer is.", None),
            ("The answer isn't 5", None),
            ("Answering: 5", None),
            ("unanswered: 5", None),
            (
                "Answer: we add all of them up one after the other and then we take half of it",
                None,
            ),
            ("answer", None),
            ("answer é", None),
        ];
        for (response, expected) in cases {
            assert_eq!(find(response), expected, "{response:?}");
        }
    }
}
