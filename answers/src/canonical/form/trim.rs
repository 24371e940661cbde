//! Strips an answer of everything around its value: spaces, emphasis, a trailing full stop, "about", "the".

use crate::canonical::lexer::Token;

/// Strips spaces, emphasis and punctuation.
pub(super) fn trim<'t, 'a>(mut tokens: &'t [Token<'a>]) -> &'t [Token<'a>] {
    while let [Token::Space | Token::Symbol('*'), rest @ ..] = tokens {
        tokens = rest;
    }
    while let [
        rest @ ..,
        Token::Space | Token::Symbol('*' | '.' | ',' | ';') | Token::Command("\\"),
    ] = tokens
    {
        // An ellipsis is not a full stop: `0.333...` continues.
        if let [.., Token::Symbol('.'), Token::Symbol('.')] = tokens {
            break;
        }
        tokens = rest;
    }
    tokens
}

/// Also strips "about" or "the" from the start.
pub(super) fn unqualified<'t, 'a>(tokens: &'t [Token<'a>]) -> &'t [Token<'a>] {
    let tokens = trim(tokens);
    match tokens {
        [Token::Command("approx" | "sim") | Token::Symbol('~' | '='), rest @ ..] => trim(rest),
        [Token::Word { text, .. }, rest @ ..] if is_qualifier(text) && !rest.is_empty() => trim(rest),
        _ => tokens,
    }
}

fn is_qualifier(word: &str) -> bool {
    ["about", "approximately", "exactly", "the"]
        .iter()
        .any(|known| word.eq_ignore_ascii_case(known))
}
