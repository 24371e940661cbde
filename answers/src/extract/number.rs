//! The last number of a response, the last resort.
//!
//! Digits inside a name (`x2`) are not a number.

use super::literal;
use super::words::strip_word;

/// Suffixes of a time of day.
const HALVES: [&str; 4] = ["a.m.", "p.m.", "am", "pm"];

/// Words before a number that numbers part of a text: "Step 3:", "equation (3)".
const PARTS: [&str; 14] = [
    "step", "section", "equation", "eq", "part", "case", "problem", "question", "example", "figure", "table",
    "chapter", "theorem", "lemma",
];

/// The last number, with its sign and percent mark; one that numbers a part only if there is no other.
pub(super) fn find(response: &str) -> Option<&str> {
    let bytes = response.as_bytes();
    let (mut last, mut label) = (None, None);
    let mut at = 0;
    while at < bytes.len() {
        if let Some(end) = literal::end(bytes, at) {
            match is_label(&response[..at]) {
                true => label = Some((at, end)),
                false => last = Some((at, end)),
            }
            at = end;
        } else if bytes[at].is_ascii_alphabetic() {
            at += literal::count(bytes, at, u8::is_ascii_alphanumeric);
        } else {
            at += 1;
        }
    }
    let (start, end) = last.or(label)?;
    Some(&response[sign_start(response, start)..time_end(response, start, end)])
}

/// Whether the word before a number shows that it numbers a part of the text.
fn is_label(before: &str) -> bool {
    let before = before.strip_suffix('(').unwrap_or(before);
    let Some(before) = before.strip_suffix([' ', '~']) else {
        return false;
    };
    let before = before.strip_suffix('.').unwrap_or(before);
    PARTS.iter().any(|word| {
        let start = before.len().checked_sub(word.len());
        start.is_some_and(|start| {
            let (head, tail) = before.as_bytes().split_at(start);
            tail.eq_ignore_ascii_case(word.as_bytes()) && !head.last().is_some_and(u8::is_ascii_alphanumeric)
        })
    })
}

/// Extends a time by the half of the day: "3:45 p.m."
fn time_end(response: &str, start: usize, end: usize) -> usize {
    let after = response[end..].trim_start_matches(' ');
    let spaces = response.len() - end - after.len();
    let is_time = response[start..end].contains(':') && spaces <= 1;
    let half = HALVES.iter().find(|half| strip_word(after, half).is_some());
    match half {
        Some(half) if is_time => end + spaces + half.len(),
        _ => end,
    }
}

/// Extends `start` to the left over a dollar sign and a minus, unless the minus subtracts.
fn sign_start(response: &str, start: usize) -> usize {
    let before = &response[..start];
    let unsigned = before.strip_suffix('$').unwrap_or(before);
    let unsigned = unsigned.strip_suffix('\\').unwrap_or(unsigned);
    let Some(left) = unsigned.strip_suffix(['-', '−']) else {
        return start;
    };
    let subtracts = left.ends_with(|c: char| c.is_alphanumeric() || matches!(c, ')' | '}' | ']' | '-'));
    if subtracts { start } else { left.len() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_number_is_found_as_written() {
        let cases = [
            ("There are 12 apples and 7 pears.", Some("7")),
            ("It costs $1,234.50.", Some("1,234.50")),
            ("He lost -$5", Some("-$5")),
            ("minus is −3", Some("−3")),
            ("12-7", Some("7")),
            ("(2)-7", Some("7")),
            ("x = -7", Some("-7")),
            ("3/4 of it", Some("3/4")),
            ("half: \\frac{1}{20}.", Some("\\frac{1}{20}")),
            ("-\\dfrac{3}{4}", Some("-\\dfrac{3}{4}")),
            ("about 50%.", Some("50%")),
            ("50\\% of", Some("50\\%")),
            ("Tom finishes at 3:45 p.m.", Some("3:45 p.m.")),
            ("at 3:45 PM, so", Some("3:45 PM")),
            ("at 3:45pm", Some("3:45pm")),
            ("at 3:45 pmol", Some("3:45")),
            ("5 p.m.", Some("5")),
            ("It is 7 by equation (3).", Some("7")),
            ("**Step 3:** it is 7, see Eq. 2", Some("7")),
            ("section 3", Some("3")),
            ("footstep 3, é(4", Some("4")),
            ("10,080 and 1{,}000", Some("1{,}000")),
            ("1, 2, 3,", Some("3")),
            ("1,2345", Some("2345")),
            (".75", Some(".75")),
            ("the 6th x2 H2O", Some("6")),
            ("on 2024-12-24", Some("24")),
            ("1.5 \\times 10^{3} of", Some("1.5 \\times 10^{3}")),
            ("1.5 × 10^-3", Some("1.5 × 10^-3")),
            ("-2 \\cdot 10^{-3}", Some("-2 \\cdot 10^{-3}")),
            ("1.5e3 J", Some("1.5e3")),
            ("1.5E-3", Some("1.5E-3")),
            ("3 * 10^5 km", Some("3 * 10^5")),
            ("3 \\times 5", Some("5")),
            ("3 × 10 apples", Some("10")),
            ("5e", Some("5")),
            ("5e3x", Some("5")),
            ("2^{10} of", Some("2^{10}")),
            ("10^6", Some("10^6")),
            ("x^2", Some("2")),
            ("2 1/2 cups", Some("2 1/2")),
            ("2\\frac{1}{2} cups", Some("2\\frac{1}{2}")),
            ("2 \\dfrac{1}{2}", Some("2 \\dfrac{1}{2}")),
            ("2 3/2", Some("3/2")),
            ("2\\frac{3}{2}", Some("\\frac{3}{2}")),
            ("on 5 1/2/2024", Some("2024")),
            ("2  1/2", Some("1/2")),
            ("0.5 1/2", Some("1/2")),
            ("none", None),
            (". \\", None),
        ];
        for (response, expected) in cases {
            assert_eq!(find(response), expected, "{response:?}");
        }
    }
}
