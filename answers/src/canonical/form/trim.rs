//! Takes from an answer what is said around its value: spaces, emphasis, a trailing full stop, "about", "the".

use crate::canonical::lexer::Token;

/// Without spaces, emphasis and punctuation around it.
pub(super) fn trim<'t, 'a>(mut tokens: &'t [Token<'a>]) -> &'t [Token<'a>] {
    while let [Token::Space | Token::Symbol('*'), rest @ ..] = tokens {
        tokens = rest;
    }
    while let [
        rest @ ..,
        Token::Space | Token::Symbol('*' | '.' | ',' | ';') | Token::Command("\\"),
    ] = tokens
    {
        // An ellipsis is no full stop: `0.333...` goes on.
        if let [.., Token::Symbol('.'), Token::Symbol('.')] = tokens {
            break;
        }
        tokens = rest;
    }
    tokens
}

/// Without "about" or "the" before it, too.
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
