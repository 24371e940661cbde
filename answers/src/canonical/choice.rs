//! Option letters of multiple-choice questions, (A) to (J).
//!
//! Knows only the written answer: an answer that repeats the text of an option is not recognised here.

use super::lexer::Token;

/// The letter, if the answer is an option: `C`, `(C)`, `(c)`, `C)`, `C:`, `(C) 42 apples`.
pub(super) fn read(tokens: &[Token<'_>]) -> Option<char> {
    let (letter, rest) = match tokens {
        [Token::Symbol('('), letter, Token::Symbol(')'), rest @ ..] => (option(*letter)?, rest),
        [letter] => (capital(*letter)?, &tokens[1..]),
        [letter, Token::Symbol(')' | ':' | '.'), rest @ ..] => (capital(*letter)?, rest),
        _ => return None,
    };
    // The emphasis of a label: **(B)** 42.
    let rest = match rest {
        [Token::Symbol('*'), Token::Symbol('*'), rest @ ..] => rest,
        _ => rest,
    };
    let repeats_option = matches!(rest, [] | [Token::Space, Token::Word { .. } | Token::Number(_), ..]);
    repeats_option.then_some(letter)
}

fn option(token: Token<'_>) -> Option<char> {
    match token {
        Token::Word { text, .. } => match text.as_bytes() {
            [letter @ (b'A'..=b'J' | b'a'..=b'j')] => Some(char::from(letter.to_ascii_uppercase())),
            _ => None,
        },
        _ => None,
    }
}

/// Without parentheses, only a capital is an option: `c` is a variable.
fn capital(token: Token<'_>) -> Option<char> {
    match token {
        Token::Word { text, .. } if text.starts_with(|c: char| c.is_ascii_uppercase()) => option(token),
        _ => None,
    }
}
