//! Which words after a number are its unit, and which change its value.
//!
//! Knows English words and the usual abbreviations. A single letter after a number is a variable (`5x`), unless it is
//! set as text (`5\text{ m}`); `5 m/s` is a speed.

use super::lexer::Token;
use crate::english::MONTHS;
use crate::extract::is_ideograph;

/// Abbreviations that are not words, and units of two letters.
const SHORT: [&str; 38] = [
    "cc", "cl", "cm", "dl", "dm", "ft", "gb", "ha", "hr", "hrs", "hz", "in", "kb", "kg", "kj", "km", "kph", "kw", "lb",
    "lbs", "mb", "mg", "mi", "min", "ml", "mm", "mpg", "mph", "oz", "pct", "psi", "pt", "rpm", "sq", "sqft", "tb",
    "yd", "yds",
];

const ORDINALS: [&str; 4] = ["st", "nd", "rd", "th"];

/// Words that continue a sentence.
const NO_UNITS: [&str; 25] = [
    "dozen",
    "dozens",
    "and",
    "are",
    "but",
    "does",
    "for",
    "from",
    "has",
    "if",
    "is",
    "not",
    "on",
    "only",
    "or",
    "otherwise",
    "so",
    "than",
    "the",
    "then",
    "to",
    "was",
    "when",
    "where",
    "with",
];

/// The exponent of ten of a number word.
pub(super) fn scale(word: &str) -> Option<usize> {
    let exponent = match word.to_ascii_lowercase().as_str() {
        "千" => 3,
        "万" | "萬" | "만" => 4,
        "亿" | "億" | "억" => 8,
        "hundred" => 2,
        "thousand" => 3,
        "million" => 6,
        "billion" => 9,
        "trillion" => 12,
        _ => return None,
    };
    Some(exponent)
}

/// Whether `tail`, which follows a number, is its unit as a whole.
pub(super) fn is_unit(tail: &[Token<'_>]) -> bool {
    let mut spaced = false;
    let mut after_unit = false;
    let mut joined = false;
    let mut rest = tail;
    while let Some((token, after)) = rest.split_first() {
        rest = after;
        match *token {
            Token::Space => spaced = true,
            Token::Symbol('%') => {}
            Token::Symbol('°') => joined = true,
            Token::Word { text, upright } => {
                let unit = if joined || upright {
                    !is_imaginary(text)
                } else {
                    is_word(text, spaced)
                };
                if !unit || is_month(text) || goes_on(text) {
                    return false;
                }
                (after_unit, joined, spaced) = (true, false, false);
            }
            Token::Command("mu") if matches!(rest, [Token::Word { upright: true, .. }, ..]) => joined = true,
            Token::Command("Omega") if spaced => (after_unit, spaced) = (true, false),
            Token::Symbol('/' | '-') if after_unit => joined = true,
            Token::Symbol('*') if after_unit || is_upright(rest) => joined = true,
            Token::Symbol('.') if after_unit => {}
            Token::Symbol('^') if after_unit => match rest {
                [
                    Token::Open,
                    Token::Number("1" | "2" | "3" | "4"),
                    Token::Close,
                    after @ ..,
                ]
                | [
                    Token::Open,
                    Token::Symbol('-'),
                    Token::Number("1" | "2" | "3" | "4"),
                    Token::Close,
                    after @ ..,
                ] => rest = after,
                _ => return false,
            },
            Token::Symbol('(') => match remark(rest) {
                Some(after) => rest = after,
                None => return false,
            },
            Token::Command("frac") => match quotient(rest) {
                Some(after) => (rest, after_unit) = (after, true),
                None => return false,
            },
            _ => return false,
        }
    }
    true
}

/// Whether text that is set upright follows: a unit rather than a variable.
fn is_upright(tokens: &[Token<'_>]) -> bool {
    let word = tokens.iter().find(|token| **token != Token::Space);
    matches!(word, Some(Token::Word { upright: true, .. }))
}

/// What follows a parenthesis of words: `(units)`, `(approximately)`.
fn remark<'t, 'a>(tokens: &'t [Token<'a>]) -> Option<&'t [Token<'a>]> {
    let end = tokens.iter().position(|token| *token == Token::Symbol(')'))?;
    let words = |token: &Token<'_>| match token {
        Token::Word { text, upright } => (*upright || text.chars().count() >= 3) && !is_variables(text),
        Token::Space | Token::Symbol('.' | '-' | '/') => true,
        _ => false,
    };
    let spoken = tokens[..end]
        .iter()
        .any(|token| matches!(token, Token::Word { text, .. } if text.chars().nth(1).is_some()));
    (spoken && tokens[..end].iter().all(words)).then_some(&tokens[end + 1..])
}

/// What follows the fraction of two units, `\frac{\text{m}}{\text{s}^2}`, after its command.
fn quotient<'t, 'a>(tokens: &'t [Token<'a>]) -> Option<&'t [Token<'a>]> {
    let rest = unit_argument(tokens)?;
    unit_argument(rest)
}

fn unit_argument<'t, 'a>(tokens: &'t [Token<'a>]) -> Option<&'t [Token<'a>]> {
    let [Token::Open, rest @ ..] = tokens else {
        return None;
    };
    let mut depth = 1;
    let end = rest.iter().position(|token| {
        match token {
            Token::Open => depth += 1,
            Token::Close => depth -= 1,
            _ => {}
        }
        depth == 0
    })?;
    let inside = &rest[..end];
    (is_upright(inside) && !inside.contains(&Token::Command("frac")) && is_unit(inside)).then_some(&rest[end + 1..])
}

fn is_word(text: &str, spaced: bool) -> bool {
    // 34个: no space precedes the words of such scripts.
    if text.starts_with(is_ideograph) {
        return scale(text).is_none();
    }

    let known = |list: &[&str]| list.iter().any(|unit| text.eq_ignore_ascii_case(unit));
    known(&SHORT) || (!spaced && known(&ORDINALS)) || (spaced && text.chars().count() >= 3 && !is_variables(text))
}

/// Whether a short word is a product of variables rather than a word: `xyz`, `abc`.
pub(super) fn is_variables(text: &str) -> bool {
    let bytes = text.as_bytes();
    let distinct = (1..bytes.len()).all(|at| !bytes[..at].contains(&bytes[at]));
    let consecutive = bytes.windows(2).all(|pair| pair[1] == pair[0].saturating_add(1));
    let pronounced = text.contains(['a', 'e', 'i', 'o', 'u', 'A', 'E', 'I', 'O', 'U']);
    let short = (3..=4).contains(&bytes.len()) && text.is_ascii();
    short && distinct && (consecutive || !pronounced) && !SHORT.contains(&text)
}

fn is_imaginary(text: &str) -> bool {
    matches!(text, "i" | "j" | "e")
}

fn goes_on(text: &str) -> bool {
    NO_UNITS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

fn is_month(text: &str) -> bool {
    MONTHS.iter().any(|month| text.eq_ignore_ascii_case(month))
}
