//! Sets, tuples, intervals, unions.
//!
//! Braces make a set, in which order and repetition do not count. Parentheses and square brackets keep the order.
//! `(a, b)` is a point or an open interval: the two are written alike, and the question is not known here.

use super::part::{End, Interval, Part};
use super::reader::{Item, Reader, Unread};
use super::trim::trim;
use super::{condition, name, split};
use crate::canonical::lexer::Token;

/// Reads all of `tokens` as a collection; `None` if there are no brackets around all of them.
pub(super) fn read(reader: &mut Reader, tokens: &[Token<'_>]) -> Result<Option<Item>, Unread> {
    let Some((open, inside, close)) = split::brackets(tokens) else {
        return turned(reader, tokens);
    };
    if open == Token::Symbol('{') {
        return braces(reader, inside).map(Some);
    }
    let (items, _) = split::list(inside, false);
    if items.len() == 1 {
        return reader.item(inside).map(Some);
    }
    let values = items
        .iter()
        .map(|item| Ok(reader.item(item)?.part.print()))
        .collect::<Result<Vec<String>, Unread>>()?;
    let (round, closes_round) = (open != Token::Symbol('['), close != Token::Symbol(']'));
    let part = match (<[String; 2]>::try_from(values), round, closes_round) {
        (Ok([low, high]), ..) => Part::Interval(Interval {
            low: End {
                closed: !round,
                value: low,
            },
            high: End {
                closed: !closes_round,
                value: high,
            },
        }),
        (Err(values), true, true) => Part::Other(format!("({})", values.join(","))),
        (Err(values), false, false) => Part::Other(format!("[{}]", values.join(","))),
        _ => return Err(Unread::NotMath),
    };
    Ok(Some(Item { name: None, part }))
}

/// An interval whose square brackets turn away from ends that do not belong to it: `]1, 2]`, `[1, 2[`.
fn turned(reader: &mut Reader, tokens: &[Token<'_>]) -> Result<Option<Item>, Unread> {
    let [
        Token::Symbol(open @ ('[' | ']')),
        inside @ ..,
        Token::Symbol(close @ ('[' | ']')),
    ] = tokens
    else {
        return Ok(None);
    };
    let nested = inside.iter().any(|token| matches!(token, Token::Symbol('[' | ']')));
    let (items, _) = split::list(inside, false);
    let ([low, high], false, false) = (items.as_slice(), nested, (*open, *close) == ('[', ']')) else {
        return Ok(None);
    };
    let mut end = |tokens: &[Token<'_>], closed: bool| {
        let value = reader.item(tokens)?.part.print();
        Ok::<End, Unread>(End { value, closed })
    };
    let part = Part::Interval(Interval {
        low: end(low, *open == '[')?,
        high: end(high, *close == ']')?,
    });
    Ok(Some(Item { name: None, part }))
}

/// `\{1, 2\}`, or the solutions of the condition in `\{x \mid x > 2\}`.
fn braces(reader: &mut Reader, inside: &[Token<'_>]) -> Result<Item, Unread> {
    let bars = split::positions(inside, |at| {
        matches!(inside[at], Token::Symbol('|' | ':') | Token::Command("mid"))
    });
    if let Some(&bar) = bars.first()
        && names_members(&inside[..bar])
    {
        return reader.answer(&inside[bar + 1..], true);
    }
    // `\{k\pi \mid k \in \mathbb{Z}\}`
    if let [bar] = bars[..]
        && condition::is_domain(&inside[bar + 1..])
    {
        return reader.item(&inside[..bar]);
    }
    if trim(inside).is_empty() {
        return Ok(Item {
            name: None,
            part: Part::Set(Vec::new()),
        });
    }
    let (items, _) = split::list(inside, false);
    let mut members = Vec::new();
    for item in items {
        match reader.item(item)?.part {
            Part::Set(more) if more.is_empty() => members.push("{}".to_owned()),
            Part::Set(more) => members.extend(more),
            part => members.push(part.print()),
        }
    }
    Ok(Item {
        name: None,
        part: Part::Set(members),
    })
}

/// `x`, `(x, y)` or `x \in \mathbb{R}`.
fn names_members(tokens: &[Token<'_>]) -> bool {
    let positions = split::positions(tokens, |at| tokens[at] == Token::Command("in"));
    let names = positions.first().map_or(tokens, |&at| &tokens[..at]);
    // In `\{x, |y|\}` the bar is that of an absolute value.
    if split::list(names, false).0.len() > 1 {
        return false;
    }
    name::read(names).is_some()
}

/// A union of intervals and sets; `None` if there is no `\cup`.
pub(super) fn union(reader: &mut Reader, tokens: &[Token<'_>]) -> Result<Option<Item>, Unread> {
    let cups = split::positions(tokens, |at| tokens[at] == Token::Command("cup"));
    if cups.is_empty() {
        return Ok(None);
    }
    let mut parts = Vec::new();
    for side in split::at(tokens, &cups) {
        let united = reader.item(side)?.part.united();
        parts.extend(united.ok_or(Unread::NotMath)?);
    }
    Ok(Some(Item {
        name: None,
        part: Part::Union(parts),
    }))
}
