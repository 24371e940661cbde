//! Conditions behind a value that only say what its variables are: `k\pi, k \in \mathbb{Z}`, `2n (n \in \mathbb{N})`,
//! "2n where n is an integer".
//!
//! A condition on real numbers says nothing; one on whole numbers counts behind an inequality, whose solutions it
//! changes, and is kept there. A bound says where an expression of its variable holds: `x + 1, x \ne 1`. Behind a value
//! without that variable, `x = 2, x > 3`, it is another solution.

use super::trim::trim;
use super::{name, split};
use crate::canonical::lexer::Token;
use crate::canonical::text;

/// Words before a condition.
const OPENERS: [&str; 8] = ["where", "with", "for", "when", "all", "any", "every", "and"];

/// Words of a condition in words: "where n is a positive integer".
const KINDS: [&str; 8] = [
    "integer", "integers", "real", "number", "numbers", "natural", "whole", "reals",
];
const FILLERS: [&str; 14] = [
    "is",
    "are",
    "an",
    "a",
    "any",
    "all",
    "every",
    "positive",
    "nonnegative",
    "non-negative",
    "arbitrary",
    "some",
    "be",
    "the",
];

/// The tokens without a condition at their end.
pub(super) fn without<'t, 'a>(tokens: &'t [Token<'a>]) -> &'t [Token<'a>] {
    let tokens = trim(tokens);
    let Some((value, condition)) = parenthesised(tokens)
        .or_else(|| listed(tokens))
        .or_else(|| opened(tokens))
    else {
        return tokens;
    };
    let value = trim(value);
    let Some(condition) = Condition::read(condition) else {
        return tokens;
    };
    let related = split::positions(value, |at| is_relation(value[at]));
    let applies = !value.is_empty()
        && (condition.real || related.is_empty())
        && !condition.names_are(value)
        && (!condition.bounds || (!value.contains(&Token::Command("ne")) && condition.occurs(value)));
    if applies { without(value) } else { tokens }
}

/// Whether all of `tokens` say which numbers a variable stands for.
pub(super) fn is_domain(tokens: &[Token<'_>]) -> bool {
    Condition::read(tokens).is_some()
}

/// `2n (n \in \mathbb{N})`.
fn parenthesised<'t, 'a>(tokens: &'t [Token<'a>]) -> Option<(&'t [Token<'a>], &'t [Token<'a>])> {
    let [inside @ .., Token::Symbol(')')] = tokens else {
        return None;
    };
    let open = inside.iter().rposition(|token| *token == Token::Symbol('('))?;
    Some((&inside[..open], &inside[open + 1..]))
}

/// `2n, n \in \mathbb{N}`, also with several names: `a + b, a, b \in \mathbb{Z}`.
fn listed<'t, 'a>(tokens: &'t [Token<'a>]) -> Option<(&'t [Token<'a>], &'t [Token<'a>])> {
    let commas = split::positions(tokens, |at| matches!(tokens[at], Token::Symbol(',' | ';')));
    let mut comma = *commas.last()?;
    for before in commas.iter().rev().skip(1) {
        let item = trim(&tokens[before + 1..comma]);
        let known = || text::print(&tokens[..*before]).contains(&text::print(item));
        if !name::is_variable(item) || !known() {
            break;
        }
        comma = *before;
    }
    Some((&tokens[..comma], &tokens[comma + 1..]))
}

/// `2n \text{ where } n \in \mathbb{N}`, `2n \forall n \in \mathbb{N}`.
fn opened<'t, 'a>(tokens: &'t [Token<'a>]) -> Option<(&'t [Token<'a>], &'t [Token<'a>])> {
    let opens = |at: usize| match tokens[at] {
        Token::Word { text, .. } => OPENERS[..4].iter().any(|opener| text.eq_ignore_ascii_case(opener)),
        token => token == Token::Command("forall"),
    };
    let at = *split::positions(tokens, opens).last()?;
    Some((&tokens[..at], &tokens[at..]))
}

fn is_relation(token: Token<'_>) -> bool {
    matches!(token, Token::Symbol('<' | '>') | Token::Command("le" | "ge" | "in"))
}

/// What a condition says.
struct Condition {
    /// The variables.
    names: Vec<String>,
    /// Whether they are any real or complex numbers.
    real: bool,
    /// Whether it bounds a variable: `x \ne 1`.
    bounds: bool,
}

impl Condition {
    fn read(tokens: &[Token<'_>]) -> Option<Self> {
        let mut tokens = trim(tokens);
        while let [first, rest @ ..] = tokens
            && is_opener(*first)
        {
            tokens = trim(rest);
        }
        let member = split::positions(tokens, |at| tokens[at] == Token::Command("in"));
        match member.as_slice() {
            [at] => {
                let set = trim(&tokens[at + 1..]);
                let real = is_real(set);
                let interval = split::brackets(set).is_some_and(|(open, ..)| open != Token::Symbol('{'));
                (real.is_some() || interval).then_some(())?;
                Some(Self {
                    names: names(&tokens[..*at])?,
                    real: real.unwrap_or(false),
                    bounds: interval,
                })
            }
            [] => Self::counting(tokens)
                .or_else(|| Self::bounding(tokens))
                .or_else(|| Self::in_words(tokens)),
            _ => None,
        }
    }

    /// `n \ge 0`, where the letter is one of those that count.
    fn counting(tokens: &[Token<'_>]) -> Option<Self> {
        let compact: Vec<&Token<'_>> = tokens.iter().filter(|token| **token != Token::Space).collect();
        match compact.as_slice() {
            [
                Token::Word {
                    text: text @ ("n" | "k" | "m"),
                    ..
                },
                Token::Command("ge") | Token::Symbol('>'),
                Token::Number("0" | "1"),
            ] => Some(Self {
                names: vec![(*text).to_owned()],
                real: false,
                bounds: false,
            }),
            _ => None,
        }
    }

    /// `x \ne 1`, `x > 0`, `0 < x < 1`.
    fn bounding(tokens: &[Token<'_>]) -> Option<Self> {
        let signs = split::positions(tokens, |at| {
            is_relation(tokens[at]) || matches!(tokens[at], Token::Command("ne"))
        });
        let sides = split::at(tokens, &signs);
        let bound = match sides.as_slice() {
            [bound, _] | [_, bound, _] if name::is_variable(bound) => bound,
            _ => return None,
        };
        Some(Self {
            names: vec![text::print(trim(bound))],
            real: false,
            bounds: true,
        })
    }

    /// "n is an integer", "integer n".
    fn in_words(tokens: &[Token<'_>]) -> Option<Self> {
        let mut condition = Self {
            names: Vec::new(),
            real: true,
            bounds: false,
        };
        let mut kind = false;
        for token in tokens {
            match token {
                Token::Space | Token::Symbol(',' | '-') => {}
                Token::Word { text, .. } if KINDS.iter().any(|known| text.eq_ignore_ascii_case(known)) => {
                    kind = true;
                    condition.real &= !matches!(
                        text.to_lowercase().as_str(),
                        "integer" | "integers" | "natural" | "whole"
                    );
                }
                Token::Word { text, .. } if FILLERS.iter().any(|known| text.eq_ignore_ascii_case(known)) => {}
                token if name::is_variable(&[*token]) => condition.names.push(text::print(&[*token])),
                _ => return None,
            }
        }
        (kind && !condition.names.is_empty()).then_some(condition)
    }

    /// Whether the variables occur in `value`, behind its name.
    fn occurs(&self, value: &[Token<'_>]) -> bool {
        let equals = value.iter().rposition(|token| *token == Token::Symbol('='));
        let expression = &value[equals.map_or(0, |at| at + 1)..];
        let is_named = |token: &Token<'_>| self.names.contains(&text::print(&[*token]));
        expression.iter().any(is_named)
    }

    /// Whether `value` is nothing but the variables of the condition: `x, x \in \mathbb{R}`.
    fn names_are(&self, value: &[Token<'_>]) -> bool {
        names(value).is_some_and(|names| names.iter().all(|name| self.names.contains(name)))
    }
}

fn is_opener(token: Token<'_>) -> bool {
    match token {
        Token::Word { text, .. } => OPENERS.iter().any(|opener| text.eq_ignore_ascii_case(opener)),
        token => token == Token::Command("forall"),
    }
}

/// The variables of a list of nothing else.
fn names(tokens: &[Token<'_>]) -> Option<Vec<String>> {
    let (items, _) = split::list(tokens, false);
    let names = items
        .iter()
        .map(|item| name::is_variable(item).then(|| text::print(trim(item))));
    names.collect()
}

/// Whether a set of numbers is that of real or complex numbers; `None` if it is not a set of numbers.
fn is_real(tokens: &[Token<'_>]) -> Option<bool> {
    let (set, rest) = match tokens {
        [
            Token::Command("mathbb"),
            Token::Open,
            Token::Word { text, .. },
            Token::Close,
            rest @ ..,
        ] => (*text, rest),
        [Token::Word { text, .. }, rest @ ..] => (*text, rest),
        _ => return None,
    };
    // `\mathbb{N}^*`, `\mathbb{Z}_{+}`
    let marks = |token: &Token<'_>| {
        matches!(
            token,
            Token::Symbol('^' | '_' | '*' | '+' | '-' | '>')
                | Token::Open
                | Token::Close
                | Token::Command("ge")
                | Token::Number("0")
        )
    };
    let plain = rest.is_empty();
    let known = matches!(set, "R" | "C" | "Z" | "N" | "Q");
    (known && rest.iter().all(marks)).then_some(plain && matches!(set, "R" | "C"))
}
