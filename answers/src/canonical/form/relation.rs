//! Equations and inequalities.
//!
//! | written | compared as |
//! |---|---|
//! | `x = 5`, `2x = 10`, `3 + 2 = 5` | the value `5` |
//! | `y = 2x + 1`, `f(x) = 2x + 1`, `2x - y = -1` | the expression `2x + 1`: solved for `y` where that is linear |
//! | `x^2 + y^2 = 4` | the ratios of its values at random points, the same for every multiple of it |
//! | `x > 3`, `1 < x \le 2`, `2x > 6` | an interval |
//! | `x \ne 3` | a union of two intervals |
//!
//! An equation and its value are thus the same answer, whatever the name of the value. That is the price of a
//! transitive equality.

use super::part::{End, Interval, Part};
use super::reader::{Item, Reader, Unread};
use super::split;
use super::{difference, name};
use crate::canonical::eval;
use crate::canonical::expr::{Expr, Node};
use crate::canonical::lexer::Token;
use crate::canonical::parse;

/// A sign between two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    Equal,
    Approximately,
    In,
    Unequal,
    Less {
        strict: bool,
    },
    Greater {
        strict: bool,
    },
    /// A sign whose relation is compared as text.
    Another,
}

fn sign(token: Token<'_>) -> Option<Sign> {
    let sign = match token {
        Token::Symbol('=') => Sign::Equal,
        Token::Symbol('<') => Sign::Less { strict: true },
        Token::Symbol('>') => Sign::Greater { strict: true },
        Token::Command("le") => Sign::Less { strict: false },
        Token::Command("ge") => Sign::Greater { strict: false },
        Token::Command("ne") => Sign::Unequal,
        Token::Command("in") => Sign::In,
        Token::Command("approx" | "doteq") => Sign::Approximately,
        Token::Command(
            "equiv" | "sim" | "cong" | "simeq" | "propto" | "rightarrow" | "Rightarrow" | "leftrightarrow"
            | "Leftrightarrow" | "implies" | "iff" | "notin" | "subset" | "subseteq" | "perp" | "parallel" | "mapsto",
        ) => Sign::Another,
        _ => return None,
    };
    Some(sign)
}

/// Reads all of `tokens` as a relation; `None` if it contains no sign of one.
pub(super) fn read(reader: &mut Reader, tokens: &[Token<'_>]) -> Result<Option<Item>, Unread> {
    let positions = split::positions(tokens, |at| sign(tokens[at]).is_some());
    if positions.is_empty() {
        return Ok(None);
    }
    let signs: Vec<Sign> = positions.iter().filter_map(|&at| sign(tokens[at])).collect();
    let mut sides = split::at(tokens, &positions);
    let mut signs = signs.as_slice();
    // In `40/3 \approx 13.33`, the first side is exact.
    let approximate = signs.iter().position(|sign| *sign == Sign::Approximately);
    if let Some(at) = approximate {
        let exact = at > 0 || name::read(sides[0]).is_none();
        if exact {
            sides.truncate(at + 1);
            signs = &signs[..at];
        }
    }
    if sides.iter().any(|side| side.iter().all(|token| *token == Token::Space)) {
        return Err(Unread::NotMath);
    }
    match signs {
        [] => reader.item(sides[0]).map(Some),
        [Sign::In] => {
            let part = reader.item(sides[1])?.part;
            Ok(Some(Item {
                name: name::read(sides[0]),
                part,
            }))
        }
        [Sign::Unequal] => unequal(reader, sides[0], sides[1]).map(Some),
        signs
            if signs
                .iter()
                .all(|sign| matches!(sign, Sign::Equal | Sign::Approximately)) =>
        {
            equation(reader, sides[0], sides[sides.len() - 1]).map(Some)
        }
        signs => inequalities(reader, signs, &sides).map(Some),
    }
}

/// `first = last`, whatever stood between them.
fn equation(reader: &mut Reader, first: &[Token<'_>], last: &[Token<'_>]) -> Result<Item, Unread> {
    // In `B = C`, neither side is the value.
    let both_variables = name::is_variable(first) && name::is_variable(last);
    for (named, value) in [(first, last), (last, first)] {
        let Some(name) = name::read(named).filter(|_| !both_variables) else {
            continue;
        };
        let Some(expr) = parse::scalar(value)? else {
            let part = reader.item(value)?.part;
            return Ok(Item { name: Some(name), part });
        };
        let variables = expr.variables();
        let for_y = variables.contains(&"y") && name::is_variable(named);
        if !for_y && !variables.contains(&name.as_str()) {
            let part = reader.scalar(&expr)?;
            return Ok(Item { name: Some(name), part });
        }
    }
    let (Some(left), Some(right)) = (parse::scalar(first)?, parse::scalar(last)?) else {
        return described(reader, first, last);
    };
    let value = match (left.is_constant(), right.is_constant()) {
        (true, true) => Some(&right),
        (false, true) if is_quantity(&left) => Some(&right),
        (true, false) if is_quantity(&right) => Some(&left),
        _ => None,
    };
    if let Some(value) = value {
        let part = reader.scalar(value)?;
        let both = left.is_constant() && right.is_constant();
        // Something that equals zero is an equation.
        if both || part != Part::Scalar("0".to_owned()) {
            return Ok(Item { name: None, part });
        }
    }
    let difference = left.minus(&right);
    let first = implicit(reader, &left, &right, &difference, false)?;
    let part = if difference.has_plus_minus() {
        let second = implicit(reader, &left, &right, &difference, true)?;
        Part::Set(vec![first.print(), second.print()])
    } else {
        first
    };
    Ok(Item { name: None, part })
}

/// Whether an expression is a quantity that a question asks for, such as `m + n` or `\sin A`, rather than a side of an
/// equation in the variables of a plane. The value of such a quantity is the answer.
fn is_quantity(expr: &Expr) -> bool {
    let variables = expr.variables();
    let of_curve = |name: &&str| matches!(*name, "x" | "y" | "z" | "t");
    let called = matches!(expr.nodes.last(), Some(Node::Call(..)));
    !variables.iter().any(of_curve) && (variables.len() > 1 || called)
}

/// `first = last`, where the first side ends a sentence ("The inverse is A^{-1} = …") or is a quantity that has no
/// value here (`P(X > 2)`, `\sum_{k=1}^{9} k`).
fn described(reader: &mut Reader, first: &[Token<'_>], last: &[Token<'_>]) -> Result<Item, Unread> {
    let part = reader.item(last)?.part;
    let named = name::ends_in_name(first) || name::is_operation(first);
    let computed = is_calculation(first) && matches!(part, Part::Scalar(_));
    if computed || (named && !matches!(part, Part::Text(_))) {
        return Ok(Item { name: None, part });
    }
    Err(Unread::NotMath)
}

/// A calculation with units: "$9 per box * 7 boxes".
fn is_calculation(tokens: &[Token<'_>]) -> bool {
    let numbers = tokens.iter().filter(|token| matches!(token, Token::Number(_))).count();
    let operates = tokens
        .iter()
        .any(|token| matches!(token, Token::Symbol('*' | '/' | '+' | '-')));
    let plain = |token: &Token<'_>| match token {
        Token::Number(_)
        | Token::Space
        | Token::Thousands
        | Token::Symbol('*' | '/' | '+' | '-' | '.' | ',' | '%' | '(' | ')') => true,
        Token::Word { text, .. } => text.chars().nth(1).is_some(),
        _ => false,
    };
    numbers > 1 && operates && tokens.iter().all(plain)
}

/// `left = right`, solved where it is clear for which variable: for `y`, for one that is a side by itself, for the only
/// one in which it is linear, or for the only one of these whose coefficient is a constant (`m` of `m - E/c^2 = 0`).
fn implicit(reader: &mut Reader, left: &Expr, right: &Expr, difference: &Expr, minus: bool) -> Result<Part, Unread> {
    let mut roots = Vec::new();
    for variable in difference.variables() {
        if let Some(root) = eval::root(difference, variable, minus, &mut reader.steps)? {
            if variable == "y" {
                return Ok(Part::Scalar(root.text));
            }
            roots.push((variable, root));
        }
    }
    let is_side = |variable: &str| {
        let alone = |side: &Expr| side.variables() == [variable];
        let absent = |side: &Expr| !side.variables().contains(&variable);
        (alone(left) && absent(right)) || (alone(right) && absent(left))
    };
    let only = |is: &dyn Fn(&(&str, eval::Root)) -> bool| {
        let mut found = roots.iter().filter(|root| is(root));
        found.next().filter(|_| found.next().is_none())
    };
    let solved = only(&|(variable, _)| is_side(variable))
        .or_else(|| only(&|_| true))
        .or_else(|| only(&|(_, root)| root.constant));
    if let Some((_, root)) = solved {
        return Ok(Part::Scalar(root.text.clone()));
    }
    match eval::proportions(difference, false, minus, &mut reader.steps)? {
        Some(proportions) => Ok(Part::Other(format!("0={proportions}"))),
        // Both sides are one expression.
        None => Ok(Part::Scalar(eval::scalar(right, minus, &mut reader.steps)?)),
    }
}

fn unequal(reader: &mut Reader, left: &[Token<'_>], right: &[Token<'_>]) -> Result<Item, Unread> {
    if !name::is_variable(left) {
        return Err(Unread::NotMath);
    }
    let part = difference::reals_without(reader.item(right)?.part)?;
    let name = name::read(left);
    Ok(Item { name, part })
}

/// A chain of inequalities that all point one way.
fn inequalities(reader: &mut Reader, signs: &[Sign], sides: &[&[Token<'_>]]) -> Result<Item, Unread> {
    let mut item: Option<Item> = None;
    for (at, sign) in signs.iter().enumerate() {
        let (low, high, strict) = match sign {
            Sign::Less { strict } => (sides[at], sides[at + 1], *strict),
            Sign::Greater { strict } => (sides[at + 1], sides[at], *strict),
            _ => return Err(Unread::NotMath),
        };
        let next = inequality(reader, low, high, strict)?;
        item = Some(match item {
            None => next,
            Some(before) => both(&before, &next).ok_or(Unread::NotMath)?,
        });
    }
    let same_way = |a: &Sign, b: &Sign| std::mem::discriminant(a) == std::mem::discriminant(b);
    let one_way = signs.windows(2).all(|pair| same_way(&pair[0], &pair[1]));
    item.filter(|_| one_way).ok_or(Unread::NotMath)
}

/// The intersection of two items that are intervals of the same variable.
pub(super) fn both(a: &Item, b: &Item) -> Option<Item> {
    let (Part::Interval(low), Part::Interval(high)) = (&a.part, &b.part) else {
        return None;
    };
    let same = a.name == b.name;
    let part = Part::Interval(low.intersected(high)?);
    same.then(|| Item {
        name: a.name.clone(),
        part,
    })
}

/// `low < high`, or `low <= high`.
fn inequality(reader: &mut Reader, low: &[Token<'_>], high: &[Token<'_>], strict: bool) -> Result<Item, Unread> {
    let end = |value: String| End { value, closed: !strict };
    for (bounded, bound, above) in [(low, high, false), (high, low, true)] {
        if !name::is_bounded(bounded) {
            continue;
        }
        let constant = parse::scalar(bound)?.is_none_or(|expr| expr.is_constant());
        let Part::Scalar(value) = reader.item(bound)?.part else {
            continue;
        };
        if constant {
            let interval = match (above, value.contains('∞')) {
                (true, true) => Interval::above(End::open(value)),
                (true, false) => Interval::above(end(value)),
                (false, true) => Interval::below(End::open(value)),
                (false, false) => Interval::below(end(value)),
            };
            return Ok(Item {
                name: name::read(bounded),
                part: Part::Interval(interval),
            });
        }
    }
    let (Some(low), Some(high)) = (parse::scalar(low)?, parse::scalar(high)?) else {
        return Err(Unread::NotMath);
    };
    let difference = high.minus(&low);
    if difference.has_plus_minus() {
        return Err(Unread::NotMath);
    }
    if let [variable] = difference.variables().as_slice()
        && let Some(root) = eval::root(&difference, variable, false, &mut reader.steps)?
    {
        let interval = if root.negative {
            Interval::below(end(root.text))
        } else {
            Interval::above(end(root.text))
        };
        return Ok(Item {
            name: Some((*variable).to_owned()),
            part: Part::Interval(interval),
        });
    }
    let proportions = eval::proportions(&difference, true, false, &mut reader.steps)?.ok_or(Unread::NotMath)?;
    let sign = if strict { "<" } else { "≤" };
    Ok(Item {
        name: None,
        part: Part::Other(format!("0{sign}{proportions}")),
    })
}
