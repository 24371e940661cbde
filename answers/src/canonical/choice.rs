//! Option letters of multiple-choice questions, (A) to (J).
//!
//! Knows only the written answer: an answer that repeats the text of an option is not recognised here.

use super::lexer::Token;
use crate::extract::WEIGHING;

/// Words that may precede a letter.
const NOUNS: [&str; 3] = ["option", "choice", "answer"];

/// With more words than this, what follows a label is no text of an option.
const MAX_WORDS: usize = 12;

/// The letter, if the answer is an option: `C`, `(C)`, `(c)`, `C)`, `C:`, `(C) 42 apples`.
pub(super) fn read(tokens: &[Token<'_>]) -> Option<char> {
    let small =
        matches!(tokens, [Token::Symbol('('), Token::Word { text, .. }, ..] if text.starts_with(char::is_lowercase));
    let (letter, rest) = match without_noun(tokens) {
        [Token::Symbol('('), letter, Token::Symbol(')'), rest @ ..] => (option(*letter)?, rest),
        [letter] => (capital(*letter)?, &[][..]),
        [letter, Token::Symbol(')' | ':' | '.'), rest @ ..] => (capital(*letter)?, rest),
        _ => return None,
    };
    // The emphasis of a label: **(B)** 42.
    let rest = match rest {
        [Token::Symbol('*'), Token::Symbol('*'), rest @ ..] => rest,
        _ => rest,
    };
    let repeats_option = match rest {
        [] => true,
        [Token::Space, Token::Word { text, .. }, ..] => !small && !goes_on(text) && is_short(rest),
        [Token::Space, Token::Number(_), ..] => !small && is_short(rest),
        _ => false,
    };
    repeats_option.then_some(letter)
}

/// "Option (C)" without its first word.
fn without_noun<'t, 'a>(tokens: &'t [Token<'a>]) -> &'t [Token<'a>] {
    match tokens {
        [Token::Word { text, .. }, Token::Space, rest @ ..]
            if NOUNS.iter().any(|noun| text.eq_ignore_ascii_case(noun)) =>
        {
            rest
        }
        _ => tokens,
    }
}

/// Whether a word behind a label shows that a sentence about the option follows, or another option.
fn goes_on(word: &str) -> bool {
    WEIGHING
        .iter()
        .chain(&["and", "or"])
        .any(|known| word.eq_ignore_ascii_case(known))
}

fn is_short(tokens: &[Token<'_>]) -> bool {
    tokens
        .iter()
        .filter(|token| **token == Token::Space)
        .nth(MAX_WORDS)
        .is_none()
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
