//! All real numbers, or an interval, without some points: `\mathbb{R} \setminus \{3\}`, "all real numbers except 3",
//! `x \ne 1, x \ne 2`.

use super::part::{End, INFINITY, Interval, MINUS_INFINITY, Part};
use super::reader::{Item, Reader, Unread};
use super::trim::trim;
use super::{name, split};
use crate::canonical::lexer::Token;

/// Words between a set and the points that it lacks.
const EXCEPT: [&str; 3] = ["except", "excluding", "but"];

/// Reads all of `tokens` as such a set; `None` if no sign of one is in them.
pub(super) fn read(reader: &mut Reader, tokens: &[Token<'_>]) -> Result<Option<Item>, Unread> {
    let sign = |at: usize| match tokens[at] {
        Token::Command("setminus") => true,
        Token::Symbol('-') => matches!(trim(&tokens[at + 1..]), [Token::Symbol('{'), ..]),
        Token::Word { text, .. } => EXCEPT.contains(&text),
        _ => false,
    };
    let [at] = split::positions(tokens, sign)[..] else {
        return Ok(None);
    };
    let points = without_lead(&tokens[at + 1..]);
    let Part::Interval(interval) = reader.item(&tokens[..at])?.part else {
        return Err(Unread::NotMath);
    };
    let points = members(reader.answer(points, false)?.part)?;
    let part = without(&interval, points).ok_or(Unread::NotMath)?;
    Ok(Some(Item { name: None, part }))
}

/// "for", `x =`.
fn without_lead<'t, 'a>(tokens: &'t [Token<'a>]) -> &'t [Token<'a>] {
    match trim(tokens) {
        [
            Token::Word {
                text: "for" | "at" | "when",
                ..
            },
            rest @ ..,
        ] => trim(rest),
        tokens => tokens,
    }
}

/// The texts of the points.
fn members(part: Part) -> Result<Vec<String>, Unread> {
    match part {
        Part::Scalar(point) => Ok(vec![point]),
        Part::Set(points) => Ok(points),
        _ => Err(Unread::NotMath),
    }
}

/// All real numbers but `points`.
pub(super) fn reals_without(points: Part) -> Result<Part, Unread> {
    let reals = Interval {
        low: End::open(MINUS_INFINITY),
        high: End::open(INFINITY),
    };
    without(&reals, members(points)?).ok_or(Unread::NotMath)
}

/// Several exclusions of one variable, `x \ne 1, x \ne 2` or `x \ne 1, 2`, as one set; `None` if the items are no such.
pub(super) fn excluded(reader: &mut Reader, items: &[&[Token<'_>]]) -> Result<Option<Item>, Unread> {
    let mut names: Vec<String> = Vec::new();
    let mut points = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let signs = split::positions(item, |at| item[at] == Token::Command("ne"));
        let point = match signs.as_slice() {
            [at] => {
                let Some(name) = name::read(&item[..*at]).filter(|_| name::is_variable(&item[..*at])) else {
                    return Ok(None);
                };
                names.push(name);
                &item[at + 1..]
            }
            [] if index > 0 => item,
            _ => return Ok(None),
        };
        match reader.item(point)?.part {
            Part::Scalar(point) => points.push(point),
            Part::Set(more) => points.extend(more),
            _ => return Ok(None),
        }
    }
    names.dedup();
    let [name] = names.as_slice() else {
        return Ok(None);
    };
    let part = reals_without(Part::Set(points))?;
    let name = Some(name.clone());
    Ok(Some(Item { name, part }))
}

/// The interval cut at points within it; `None` if their order is not known.
fn without(interval: &Interval, mut points: Vec<String>) -> Option<Part> {
    points.sort();
    points.dedup();
    let unbounded = interval.low.value == MINUS_INFINITY && interval.high.value == INFINITY;
    if points.len() > 1 || !unbounded {
        let mut ordered: Vec<(f64, String)> = points
            .into_iter()
            .map(|point| Some((number(&point)?, point)))
            .collect::<Option<_>>()?;
        ordered.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (low, high) = (number(&interval.low.value)?, number(&interval.high.value)?);
        if ordered.iter().any(|(value, _)| *value <= low || *value >= high) {
            return None;
        }
        points = ordered.into_iter().map(|(_, point)| point).collect();
    }
    let mut low = interval.low.clone();
    let mut pieces = Vec::new();
    for point in points {
        let piece = Interval {
            low,
            high: End::open(point.clone()),
        };
        pieces.extend(Part::Interval(piece).united()?);
        low = End::open(point);
    }
    let last = Interval {
        low,
        high: interval.high.clone(),
    };
    pieces.extend(Part::Interval(last).united()?);
    Some(Part::Union(pieces))
}

/// The value of a printed number, near enough to order it.
fn number(text: &str) -> Option<f64> {
    match text {
        MINUS_INFINITY => return Some(f64::NEG_INFINITY),
        INFINITY => return Some(f64::INFINITY),
        _ => {}
    }
    let value = match text.split_once('/') {
        Some((numerator, denominator)) => numerator.parse::<f64>().ok()? / denominator.parse::<f64>().ok()?,
        None => text.parse().ok()?,
    };
    value.is_finite().then_some(value)
}
