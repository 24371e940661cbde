//! Numerals in another base: `52_8`, `1011_{(2)}`, `(1011)_2`, `1011_{\text{two}}`, "1011 (base 2)".
//!
//! The value in base ten is a different answer: such questions ask for the numeral.

use super::part::Part;
use super::split;
use super::trim::trim;
use crate::canonical::lexer::Token;
use crate::canonical::text;

/// Names of bases.
const NAMES: [(&str, &str); 13] = [
    ("two", "2"),
    ("three", "3"),
    ("four", "4"),
    ("five", "5"),
    ("six", "6"),
    ("seven", "7"),
    ("eight", "8"),
    ("nine", "9"),
    ("ten", "10"),
    ("eleven", "11"),
    ("twelve", "12"),
    ("thirteen", "13"),
    ("sixteen", "16"),
];

/// Reads all of `tokens` as a numeral with its base.
pub(super) fn read(tokens: &[Token<'_>]) -> Option<Part> {
    let (numeral, base) = subscripted(tokens).or_else(|| told(tokens))?;
    let numeral = match split::brackets(trim(numeral)) {
        Some((Token::Symbol('('), inside, _)) => inside,
        _ => trim(numeral),
    };
    let is_numeral = |token: &Token<'_>| match token {
        Token::Number(_) | Token::Symbol('.' | '-') => true,
        Token::Word { text, .. } => text.chars().all(|c| c.is_ascii_hexdigit()),
        _ => false,
    };
    let numeric = numeral.iter().any(|token| matches!(token, Token::Number(_)));
    (numeric && numeral.iter().all(is_numeral))
        .then(|| Part::Other(format!("{}_{base}", text::print(numeral).to_uppercase())))
}

/// The numeral and base of `52_8`.
fn subscripted<'t, 'a>(tokens: &'t [Token<'a>]) -> Option<(&'t [Token<'a>], &'a str)> {
    let at = tokens.iter().position(|token| *token == Token::Symbol('_'))?;
    let (numeral, subscript) = tokens.split_at(at);
    let [_, Token::Open, base @ .., Token::Close] = subscript else {
        return None;
    };
    Some((numeral, number(base)?))
}

/// The numeral and base of "52 base 8", "52 (base 8)", "52 in base 8".
fn told<'t, 'a>(tokens: &'t [Token<'a>]) -> Option<(&'t [Token<'a>], &'a str)> {
    let at = tokens
        .iter()
        .position(|token| matches!(token, Token::Word { text, .. } if text.eq_ignore_ascii_case("base")))?;
    let (numeral, base) = tokens.split_at(at);
    let mut numeral = trim(numeral);
    while let [rest @ .., Token::Symbol('(') | Token::Word { text: "in", .. }] = numeral {
        numeral = trim(rest);
    }
    Some((numeral, number(base)?))
}

/// The number of a base: `8`, `(8)`, "base 8", "base-8", "eight".
fn number<'a>(tokens: &[Token<'a>]) -> Option<&'a str> {
    let inside = |token: &&Token<'_>| {
        let base = matches!(token, Token::Word { text, .. } if text.eq_ignore_ascii_case("base"));
        !base && !matches!(token, Token::Space | Token::Symbol('(' | ')' | '-'))
    };
    let mut inside = tokens.iter().filter(inside);
    let base = match inside.next()? {
        Token::Number(digits) => digits,
        Token::Word { text, .. } => NAMES.iter().find(|(name, _)| text.eq_ignore_ascii_case(name))?.1,
        _ => return None,
    };
    inside.next().is_none().then_some(base)
}
