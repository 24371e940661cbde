//! Names of values: the left side of `x = 5`, `f(x) = …`, `\text{Area} = …`.
//!
//! A name says what a value belongs to, not what it is. Knows tokens with their arguments grouped.

use super::split;
use super::trim::trim;
use crate::canonical::lexer::Token;
use crate::canonical::{parse, text};

/// Reads all of `tokens` as a name.
pub(super) fn read(tokens: &[Token<'_>]) -> Option<String> {
    let tokens = trim(tokens);
    let named = is_symbol(tokens) || is_words(tokens) || is_derivative(tokens) || is_tuple(tokens) || is_figure(tokens);
    (named && !tokens.is_empty()).then(|| text::print(tokens))
}

/// Letters of unknowns, whose indexed names number the solutions: `x_1 = 1, x_2 = 2` are the solutions `1, 2`.
const UNKNOWNS: [&str; 14] = [
    "x", "y", "z", "t", "r", "k", "m", "n", "w", "\\lambda", "\\theta", "\\alpha", "\\phi", "\\omega",
];

/// Whether `names` are one unknown with different numbers as indices.
pub(super) fn are_roots(names: &[&String]) -> bool {
    let base = |name: &str| {
        let (base, _) = name.split_once('_')?;
        (index(name).is_some() && UNKNOWNS.contains(&base)).then(|| base.to_owned())
    };
    let bases: Option<Vec<String>> = names.iter().map(|name| base(name)).collect();
    bases.is_some_and(|bases| bases.windows(2).all(|pair| pair[0] == pair[1]))
}

/// The index of `x_2`, if it is a number.
pub(super) fn index(name: &str) -> Option<u32> {
    let (_, index) = name.split_once('_')?;
    index.trim_matches(['{', '}']).parse().ok()
}

/// Whether `tokens` are a single variable, which an inequality bounds or an equation gives.
pub(super) fn is_variable(tokens: &[Token<'_>]) -> bool {
    after_symbol(trim(tokens)).is_some_and(<[_]>::is_empty)
}

/// Whether `tokens` are a variable or a function of one, which an inequality may bound: `x`, `f(x)`.
pub(super) fn is_bounded(tokens: &[Token<'_>]) -> bool {
    is_variable(tokens) || is_symbol(trim(tokens))
}

/// Whether `tokens` are a ratio of names: `V_1 : V_2`.
fn is_ratio(tokens: &[Token<'_>]) -> bool {
    let colons = split::positions(tokens, |at| tokens[at] == Token::Symbol(':'));
    !colons.is_empty()
        && split::at(tokens, &colons)
            .iter()
            .all(|side| is_variable(side) || is_words(trim(side)))
}

/// An angle or triangle with its name: `\angle ABC`.
fn is_figure(tokens: &[Token<'_>]) -> bool {
    let [Token::Command("angle" | "triangle"), rest @ ..] = tokens else {
        return false;
    };
    is_words(trim(rest)) || is_symbol(trim(rest))
}

/// A variable, or a function of variables and numbers: `x_1`, `f(x)`, `g^{-1}(x)`, `y'`.
fn is_symbol(tokens: &[Token<'_>]) -> bool {
    let Some(rest) = after_symbol(tokens) else {
        return false;
    };
    if rest.is_empty() {
        return true;
    }
    let rest = match rest {
        [Token::Symbol('^'), Token::Open, exponent @ ..] => {
            let Some(end) = exponent.iter().position(|token| *token == Token::Close) else {
                return false;
            };
            // For a matrix, this is the inverse or transpose; for a number, it would be a power.
            let operation = matches!(
                exponent[..end],
                [Token::Symbol('-'), Token::Number("1")] | [Token::Word { text: "T", .. }]
            );
            let capital = matches!(tokens[0], Token::Word { text, .. } if text.chars().all(char::is_uppercase));
            if exponent.len() == end + 1 {
                return operation && capital;
            }
            &exponent[end + 1..]
        }
        _ => rest,
    };
    match split::brackets(trim(rest)) {
        Some((Token::Symbol('('), arguments, Token::Symbol(')'))) => {
            let (arguments, _) = split::list(arguments, false);
            arguments.iter().all(|argument| {
                let argument = trim(argument);
                is_variable(argument) || matches!(argument, [Token::Number(_)])
            })
        }
        _ => false,
    }
}

/// What follows the variable at the start.
fn after_symbol<'t, 'a>(tokens: &'t [Token<'a>]) -> Option<&'t [Token<'a>]> {
    let mut rest = match tokens {
        [Token::Word { text, .. }, rest @ ..] if text.chars().count() == 1 => rest,
        [Token::Command(name), rest @ ..] if parse::is_letter(name) => rest,
        [Token::Command(name), Token::Open, rest @ ..] if parse::is_accent(name) => after_argument(rest)?,
        _ => return None,
    };
    loop {
        rest = match rest {
            [Token::Symbol('_'), Token::Open, rest @ ..] => after_argument(rest)?,
            [Token::Symbol('\''), rest @ ..] => rest,
            _ => return Some(rest),
        };
    }
}

/// What follows the brace that closes an argument.
fn after_argument<'t, 'a>(tokens: &'t [Token<'a>]) -> Option<&'t [Token<'a>]> {
    let mut depth = 1;
    for (at, token) in tokens.iter().enumerate() {
        match token {
            Token::Open => depth += 1,
            Token::Close => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(&tokens[at + 1..]);
        }
    }
    None
}

/// Whether `tokens` are words and then a name: "The inverse is A^{-1}".
pub(super) fn ends_in_name(tokens: &[Token<'_>]) -> bool {
    let tokens = trim(tokens);
    let last_space = tokens.iter().rposition(|token| *token == Token::Space);
    last_space.is_some_and(|at| is_words(trim(&tokens[..at])) && is_symbol(&tokens[at + 1..]))
}

/// Whether `tokens` begin with an operation whose result they are: `P(A|B)`, `\sum_{k=1}^{n} k`, `m\angle A`.
pub(super) fn is_operation(tokens: &[Token<'_>]) -> bool {
    match trim(tokens) {
        tokens if is_ratio(tokens) => true,
        [
            Token::Command("sum" | "int" | "lim" | "prod" | "max" | "min" | "gcd" | "det" | "angle"),
            ..,
        ] => true,
        [Token::Word { text: "m", .. }, Token::Command("angle"), ..] => true,
        [Token::Word { .. }, rest @ ..] => {
            split::brackets(trim(rest)).is_some_and(|(open, ..)| open == Token::Symbol('('))
        }
        _ => false,
    }
}

/// `Total cost`, `\text{Area}`, the segment `AB`.
pub(super) fn is_words(tokens: &[Token<'_>]) -> bool {
    let is_long = |token: &Token<'_>| match token {
        Token::Word { text, upright } => {
            let segment = text.chars().all(char::is_uppercase);
            *upright || segment || text.chars().count() > 2
        }
        _ => false,
    };
    let is_word = |token: &Token<'_>| match token {
        Token::Word { text, .. } => text.len() > 1,
        Token::Space | Token::Symbol('\'') => true,
        _ => false,
    };
    tokens.iter().any(is_long) && tokens.iter().all(|token| is_long(token) || is_word(token))
}

fn is_derivative(tokens: &[Token<'_>]) -> bool {
    matches!(tokens, [Token::Command("frac"), ..])
        && parse::scalar(tokens).is_ok_and(|expr| expr.is_some_and(|expr| expr.nodes.len() == 1 && !expr.is_constant()))
}

/// `(x, y)`.
fn is_tuple(tokens: &[Token<'_>]) -> bool {
    split::brackets(tokens).is_some_and(|(_, inside, _)| {
        let (items, _) = split::list(inside, false);
        items.len() > 1 && items.iter().all(|item| is_variable(item))
    })
}
