//! Sentences around a value: "It is Tuesday", "Yes, it is", "Evelyn is the fastest".
//!
//! Knows words. "The day is Tuesday" and "There is no solution" are read, too. A sentence with a formula or a number in
//! it is left alone.

use super::trim::trim;
use crate::canonical::lexer::Token;

/// Words that an answer may consist of, whatever words follow.
const VERDICTS: [&str; 4] = ["yes", "no", "true", "false"];

/// Words that stand for what was asked: "It is Tuesday".
const PRONOUNS: [&str; 3] = ["it", "this", "that"];

/// Words that begin no name.
const NO_NAMES: [&str; 12] = [
    "it", "this", "that", "he", "she", "they", "we", "there", "what", "which", "none", "neither",
];

/// Words after "is the" that tell two things apart: "Evelyn is the other runner" does not say which.
const DISTINGUISHING: [&str; 10] = [
    "wrong",
    "incorrect",
    "false",
    "opposite",
    "reverse",
    "other",
    "second",
    "third",
    "next",
    "same",
];

/// Most words of a name: "Mrs. Hilt", "the Spanish club".
const MAX_NAME: usize = 3;

/// The value of a sentence, or all of it.
pub(super) fn value<'t, 'a>(tokens: &'t [Token<'a>]) -> &'t [Token<'a>] {
    let tokens = trim(tokens);
    let words: Vec<(usize, &str)> = tokens
        .iter()
        .enumerate()
        .filter_map(|(at, token)| Some((at, word(token)?)))
        .collect();
    let plain = |token: &Token<'_>| {
        word(token).is_some() || matches!(token, Token::Space | Token::Symbol('.' | ',' | '\'' | '-' | '!'))
    };
    if words.len() < 3 || !tokens.iter().all(plain) {
        return tokens;
    }
    let is = |at: usize, known: &[&str]| {
        words
            .get(at)
            .is_some_and(|(_, word)| known.iter().any(|known| word.eq_ignore_ascii_case(known)))
    };
    let second = words[1].0;
    if is(0, &VERDICTS)
        && tokens.get(words[0].0 + 1) == Some(&Token::Symbol(','))
        && !(1..words.len()).any(|at| is(at, &VERDICTS))
    {
        return &tokens[..words[0].0 + 1];
    }
    if is(0, &["there"]) && is(1, &["is", "are"]) && is(2, &["no"]) {
        return trim(&tokens[words[2].0..]);
    }
    if is(0, &["the"]) && is(2, &["is"]) && (4..=6).contains(&words.len()) && is_capital(words[3].1) {
        return trim(&tokens[words[3].0..]);
    }
    if is(0, &PRONOUNS) && is(1, &["is"]) && !is(2, &["not"]) {
        return trim(&tokens[second + 1..]);
    }
    let singled_out = |at: usize| words.len() > at + 2 && !is(at + 2, &DISTINGUISHING);
    let copula = (1..=MAX_NAME).find(|at| is(*at, &["is"]) && is(at + 1, &["the"]) && singled_out(*at));
    match copula {
        Some(at) if !is(0, &NO_NAMES) => trim(&tokens[..words[at].0]),
        _ => tokens,
    }
}

fn is_capital(word: &str) -> bool {
    word.starts_with(char::is_uppercase)
}

/// A word that is no variable.
fn word<'a>(token: &Token<'a>) -> Option<&'a str> {
    match token {
        Token::Word { text, upright } if *upright || text.chars().nth(1).is_some() => Some(text),
        _ => None,
    }
}
