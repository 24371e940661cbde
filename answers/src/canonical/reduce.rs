//! Takes from an answer what is said around its value: a trailing full stop, "about", "the", `x =`.
//!
//! Knows tokens with their arguments grouped. What stays of an equation is decided by its left side alone: an unknown
//! is named and has a value on the right (`x = 5`), or a calculation is carried out (`3 + 4 = 7`). The equation of a
//! line (`y = 2x + 1`) stays whole.

use super::lexer::Token;

/// The part of `tokens` that is the value.
pub(super) fn reduce<'t, 'a>(tokens: &'t [Token<'a>]) -> &'t [Token<'a>] {
    let tokens = trim(tokens);
    let Some(equals) = tokens
        .iter()
        .rposition(|token| *token == Token::Symbol('='))
    else {
        return unqualified(tokens);
    };
    let (left, right) = (trim(&tokens[..equals]), unqualified(&tokens[equals + 1..]));
    if right.is_empty() {
        return tokens;
    }
    let named = names_unknown(left) && !right.iter().any(|token| is_variable(*token));
    if named || is_calculation(left) {
        right
    } else {
        tokens
    }
}

/// Without spaces, emphasis and punctuation around it.
fn trim<'t, 'a>(mut tokens: &'t [Token<'a>]) -> &'t [Token<'a>] {
    while let [Token::Space | Token::Symbol('*'), rest @ ..] = tokens {
        tokens = rest;
    }
    while let [
        rest @ ..,
        Token::Space | Token::Symbol('*' | '.' | ',' | ';'),
    ] = tokens
    {
        tokens = rest;
    }
    tokens
}

/// Without "about" or "the" before it.
fn unqualified<'t, 'a>(tokens: &'t [Token<'a>]) -> &'t [Token<'a>] {
    let tokens = trim(tokens);
    match tokens {
        [Token::Command("approx") | Token::Symbol('~'), rest @ ..] => trim(rest),
        [Token::Word { text, .. }, rest @ ..] if is_qualifier(text) && !rest.is_empty() => {
            trim(rest)
        }
        _ => tokens,
    }
}

fn is_qualifier(word: &str) -> bool {
    ["about", "approximately", "exactly", "the"]
        .iter()
        .any(|known| word.eq_ignore_ascii_case(known))
}

fn is_variable(token: Token<'_>) -> bool {
    matches!(token, Token::Word { text, upright: false } if text.chars().count() == 1)
}

/// `x`, `x_1`, `Total cost`, also `x = 3 + 4` of a longer chain.
fn names_unknown(left: &[Token<'_>]) -> bool {
    let (name, calculation) = match left.iter().position(|token| *token == Token::Symbol('=')) {
        Some(equals) => (trim(&left[..equals]), &left[equals + 1..]),
        None => (left, &left[..0]),
    };
    let named = match name {
        [Token::Word { .. }] => true,
        [
            Token::Word { .. },
            Token::Symbol('_'),
            Token::Open,
            Token::Number(_),
            Token::Close,
        ] => true,
        words => {
            !words.is_empty()
                && words.iter().all(|token| match token {
                    Token::Word { text, .. } => text.chars().count() > 1,
                    token => *token == Token::Space,
                })
        }
    };
    named && (calculation.is_empty() || is_calculation(calculation))
}

/// Numbers joined by elementary operations.
fn is_calculation(left: &[Token<'_>]) -> bool {
    let mut numbers = false;
    left.iter().all(|token| match token {
        Token::Number(_) => {
            numbers = true;
            true
        }
        Token::Symbol(symbol) => matches!(
            symbol,
            '+' | '-' | '*' | '/' | '=' | '.' | ',' | '(' | ')' | '%'
        ),
        Token::Command(name) => *name == "frac",
        Token::Open | Token::Close | Token::Space | Token::Thousands => true,
        Token::Word { .. } => false,
    }) && numbers
}
