//! Normalised text of an answer that is neither an option nor a number.
//!
//! Spaces that separate nothing are dropped, and so is a full stop after a word; words fold their case.
//! Knows tokens with their arguments grouped, and no algebra: `1 + x` and `x + 1` differ.

mod matrix;

use super::lexer::Token;

/// Prints tokens so that two texts differ only if their meanings do.
pub(super) fn print(tokens: &[Token<'_>]) -> String {
    let matrices = matrix::normalised(tokens);
    let tokens = matrices.as_deref().unwrap_or(tokens);
    let mut text = String::new();
    let mut printed: Option<Token<'_>> = None;
    let mut spaced = false;
    for &token in tokens {
        let dropped = match token {
            Token::Space => {
                spaced = true;
                true
            }
            Token::Thousands => true,
            Token::Symbol('.') => matches!(printed, Some(Token::Word { .. })) && !spaced,
            _ => false,
        };
        if dropped {
            continue;
        }
        if printed.is_some_and(|printed| separated(printed, token, spaced)) {
            text.push(' ');
        }
        write(&mut text, token);
        printed = Some(token);
        spaced = false;
    }
    text
}

/// Whether two neighbours would run together without a space.
fn separated(left: Token<'_>, right: Token<'_>, spaced: bool) -> bool {
    match (left, right) {
        (Token::Command(name), Token::Word { .. }) => name != "\\",
        (Token::Word { text: left, .. }, Token::Word { text: right, .. }) => {
            spaced && (is_long(left) || is_long(right))
        }
        (Token::Number(_), Token::Number(_)) => true,
        _ => false,
    }
}

fn is_long(word: &str) -> bool {
    word.chars().nth(1).is_some()
}

fn write(text: &mut String, token: Token<'_>) {
    match token {
        Token::Number(digits) => text.push_str(digits),
        Token::Word { text: word, .. } if is_name(word) => text.push_str(&word.to_lowercase()),
        Token::Word { text: word, .. } => text.push_str(word),
        Token::Command(name) => {
            text.push('\\');
            text.push_str(name);
        }
        Token::Symbol(symbol @ ('{' | '}')) => text.extend(['\\', symbol]),
        Token::Symbol(symbol) => text.push(symbol),
        Token::Open => text.push('{'),
        Token::Close => text.push('}'),
        Token::Space | Token::Thousands => {}
    }
}

/// Whether the case of a word is irrelevant. Shorter words are products of variables: `AB` is not `ab`.
fn is_name(word: &str) -> bool {
    word.chars().nth(2).is_some() || word.eq_ignore_ascii_case("no")
}
