//! Strips an answer of everything around its value: spaces, emphasis, a trailing full stop, "about", "the".

use crate::canonical::lexer::Token;

/// Strips spaces, emphasis and punctuation.
pub(super) fn trim<'t, 'a>(mut tokens: &'t [Token<'a>]) -> &'t [Token<'a>] {
    while let [Token::Space | Token::Symbol('*') | Token::Command("\\"), rest @ ..] = tokens {
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

/// The number before `m/s` or `m/s^2`: one letter is a variable, but these two together are a unit.
fn without_speed<'t, 'a>(tokens: &'t [Token<'a>]) -> &'t [Token<'a>] {
    let speed = match tokens {
        [
            speed @ ..,
            Token::Symbol('^'),
            Token::Open,
            Token::Number("2"),
            Token::Close,
        ] => speed,
        speed => speed,
    };
    match speed {
        [
            number @ ..,
            Token::Word { text: "m", .. },
            Token::Symbol('/'),
            Token::Word { text: "s", .. },
        ] if matches!(number, [.., Token::Number(_)] | [.., Token::Number(_), Token::Space]) => trim(number),
        _ => tokens,
    }
}

/// Also strips "about" or "the" from the start.
pub(super) fn unqualified<'t, 'a>(tokens: &'t [Token<'a>]) -> &'t [Token<'a>] {
    let tokens = without_speed(trim(tokens));
    match tokens {
        [Token::Command("approx" | "sim") | Token::Symbol('~' | '='), rest @ ..] => trim(rest),
        [Token::Word { text, .. }, rest @ ..] if is_qualifier(text) && !rest.is_empty() => trim(rest),
        [Token::Word { text, .. }, rest @ ..] if is_currency(text) => {
            let rest = trim(rest.strip_prefix(&[Token::Symbol('.')]).unwrap_or(rest));
            if let [Token::Number(_), ..] = rest {
                rest
            } else {
                tokens
            }
        }
        _ => tokens,
    }
}

/// Whether a word before a number is a currency: `Rs. 12.50`, `USD 5`.
fn is_currency(word: &str) -> bool {
    [
        "rs", "inr", "usd", "us", "eur", "gbp", "cad", "aud", "cny", "rmb", "jpy", "chf", "php", "sgd", "hkd", "nzd",
        "idr", "krw", "ntd", "mxn", "brl", "zar", "kes", "ngn",
    ]
    .iter()
    .any(|known| word.eq_ignore_ascii_case(known))
}

fn is_qualifier(word: &str) -> bool {
    ["about", "approximately", "exactly", "the"]
        .iter()
        .any(|known| word.eq_ignore_ascii_case(known))
}
