//! Splits tokens at separators outside all brackets.
//!
//! Knows brackets and separators, but not what is between them.

use crate::canonical::lexer::Token;
use crate::canonical::parse;

/// Separators of the items of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Separator {
    Comma,
    And,
    Or,
}

/// The change of depth at a token.
fn step(token: Token<'_>) -> i32 {
    match token {
        Token::Open
        | Token::Symbol('(' | '[' | '{' | '⟨')
        | Token::Command("langle" | "begin" | "lfloor" | "lceil") => 1,
        Token::Close | Token::Symbol(')' | ']' | '}' | '⟩') | Token::Command("rangle" | "end" | "rfloor" | "rceil") => {
            -1
        }
        _ => 0,
    }
}

/// The positions outside all brackets at which `is` holds.
pub(super) fn positions(tokens: &[Token<'_>], is: impl Fn(usize) -> bool) -> Vec<usize> {
    let mut depth = 0;
    let mut positions = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        if depth == 0 && is(at) {
            positions.push(at);
        }
        depth += step(*token);
    }
    positions
}

/// The parts between `positions`.
pub(super) fn at<'t, 'a>(tokens: &'t [Token<'a>], positions: &[usize]) -> Vec<&'t [Token<'a>]> {
    let mut start = 0;
    let mut parts = Vec::with_capacity(positions.len() + 1);
    for &position in positions {
        parts.push(&tokens[start..position]);
        start = position + 1;
    }
    parts.push(&tokens[start..]);
    parts
}

/// The items of a list, split at the strongest separator: "or" before "and" before commas.
///
/// With `thousands`, the comma of `1,000` separates nothing.
pub(super) fn list<'t, 'a>(tokens: &'t [Token<'a>], thousands: bool) -> (Vec<&'t [Token<'a>]>, Separator) {
    let indian = if thousands { grouping_commas(tokens) } else { Vec::new() };
    let separator = |at: usize| match tokens[at] {
        Token::Symbol(',') if thousands && (separates_thousands(tokens, at) || indian.contains(&at)) => None,
        Token::Symbol(',' | ';') => Some(Separator::Comma),
        Token::Word { text, .. } if text.eq_ignore_ascii_case("and") => Some(Separator::And),
        Token::Word { text, .. } if text.eq_ignore_ascii_case("or") => Some(Separator::Or),
        _ => None,
    };
    let positions = positions(tokens, |at| separator(at).is_some());
    let strongest = positions
        .iter()
        .filter_map(|&at| separator(at))
        .max_by_key(|separator| *separator as u8)
        .unwrap_or(Separator::Comma);
    let mut parts = at(tokens, &positions);
    // "1, 2, and 3" has nothing between its last two separators.
    if parts.len() > 2 {
        parts.retain(|part| part.iter().any(|token| *token != Token::Space));
    }
    if parts.is_empty() {
        parts.push(tokens);
    }
    (parts, strongest)
}

/// The commas within `12,34,567`.
fn grouping_commas(tokens: &[Token<'_>]) -> Vec<usize> {
    let mut commas = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let starts = matches!(tokens[at], Token::Number(_)) && tokens.get(at + 1) == Some(&Token::Symbol(','));
        match starts.then(|| parse::grouped(&tokens[at..])).flatten() {
            Some((_, length)) => {
                commas.extend((at + 1..at + length).step_by(2));
                at += length;
            }
            None => at += 1,
        }
    }
    commas
}

fn separates_thousands(tokens: &[Token<'_>], comma: usize) -> bool {
    let (before, after) = (&tokens[..comma], &tokens[comma + 1..]);
    let leads = match before {
        [.., Token::Symbol('.'), Token::Number(_)] => false,
        [.., Token::Symbol(','), Token::Number(digits)] if digits.len() == 3 => true,
        [.., Token::Number(digits)] => digits.len() <= 3 && !digits.starts_with('0'),
        _ => false,
    };
    leads && matches!(after, [Token::Number(digits), ..] if digits.len() == 3)
}

/// The brackets around all of `tokens`, and their content.
pub(super) fn brackets<'t, 'a>(tokens: &'t [Token<'a>]) -> Option<(Token<'a>, &'t [Token<'a>], Token<'a>)> {
    let [open, inside @ .., close] = tokens else {
        return None;
    };
    let opens = matches!(open, Token::Symbol('(' | '[' | '{' | '⟨') | Token::Command("langle"));
    let mut depth = 1;
    for token in inside {
        depth += step(*token);
        if depth == 0 {
            return None;
        }
    }
    (opens && depth == 1 && step(*close) == -1).then_some((*open, inside, *close))
}
