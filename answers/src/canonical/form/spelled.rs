//! Numbers in words: "twelve", "twenty-five", "one hundred and five", "three quarters".

use super::part::Part;
use crate::canonical::lexer::Token;
use crate::english::{ONES, TENS};

const SCALES: [(&str, u64); 3] = [("thousand", 1_000), ("million", 1_000_000), ("billion", 1_000_000_000)];
const PARTS: [(&str, u64); 16] = [
    ("half", 2),
    ("halves", 2),
    ("third", 3),
    ("thirds", 3),
    ("quarter", 4),
    ("quarters", 4),
    ("fourth", 4),
    ("fourths", 4),
    ("fifth", 5),
    ("fifths", 5),
    ("sixth", 6),
    ("sixths", 6),
    ("eighth", 8),
    ("eighths", 8),
    ("tenth", 10),
    ("tenths", 10),
];

/// Most words of a number.
const MAX_WORDS: usize = 16;

/// Reads all of `tokens` as a number in words.
pub(super) fn read(tokens: &[Token<'_>]) -> Option<Part> {
    let mut words = Vec::new();
    for token in tokens {
        match token {
            Token::Word { text, .. } => words.push(text.to_lowercase()),
            Token::Space | Token::Symbol('-') => {}
            _ => return None,
        }
    }
    if words.is_empty() || words.len() > MAX_WORDS {
        return None;
    }
    let words: Vec<&str> = words.iter().map(String::as_str).filter(|word| *word != "and").collect();
    if let [count @ .., part] = words.as_slice()
        && let Some((_, denominator)) = PARTS.iter().find(|(name, _)| name == part)
    {
        return fraction(number(count)?, *denominator);
    }
    number(&words).map(|value| Part::Scalar(value.to_string()))
}

fn fraction(numerator: u64, denominator: u64) -> Option<Part> {
    let common = num_integer::gcd(numerator, denominator);
    let (numerator, denominator) = (numerator / common, denominator / common);
    (numerator > 0).then(|| {
        Part::Scalar(match denominator {
            1 => numerator.to_string(),
            denominator => format!("{numerator}/{denominator}"),
        })
    })
}

/// The value of words such as "two hundred five thousand".
fn number(words: &[&str]) -> Option<u64> {
    let (mut total, mut group, mut last) = (0_u64, 0_u64, u64::MAX);
    if words.is_empty() {
        return None;
    }
    for word in words {
        let place = |list: &[&str]| list.iter().position(|known| known == word).map(|at| at as u64);
        if let Some(ones) = place(&ONES) {
            // "twenty five", but not "five twenty" or "five six"
            if last < 20 {
                return None;
            }
            group += ones;
            last = ones.min(19);
        } else if let Some(tens) = place(&TENS) {
            if last < 100 {
                return None;
            }
            group += (tens + 2) * 10;
            last = 20;
        } else if *word == "hundred" && (1..20).contains(&group) {
            group *= 100;
            last = 100;
        } else if let Some((_, scale)) = SCALES.iter().find(|(name, _)| name == word) {
            total = total.checked_add(group.max(1).checked_mul(*scale)?)?;
            (group, last) = (0, u64::MAX);
        } else {
            return None;
        }
    }
    total.checked_add(group)
}
