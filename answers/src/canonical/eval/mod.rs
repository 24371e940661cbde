//! The value of an expression, as a text that is the same for equal expressions.
//!
//! | expression | evaluated |
//! |---|---|
//! | rational | exactly (`exact`) |
//! | another constant | a complex number with its error (`ball`, `functions`), as digits (`digits`) |
//! | with variables | the same at several points (`points`); their digits are hashed |
//!
//! Knows no notation. Every function pays for its work out of a budget of steps.

mod ball;
mod digits;
mod exact;
mod functions;
mod nodes;
mod points;
mod real;
mod trouble;
mod value;

use num_traits::Zero;

use self::ball::Ball;
use self::nodes::{Evaluation, Place};
use self::points::POINTS;
pub(super) use self::trouble::Trouble;
use self::value::{Value, constant, signature};
use super::expr::{Expr, Node, Rational};
use crate::budget::Steps;

/// The text of the value of `expr`, with `±` read as `+`, or as `-` if `minus`.
pub(super) fn scalar(expr: &Expr, minus: bool, steps: &mut Steps) -> Result<String, Trouble> {
    let evaluation = Evaluation::new(expr, steps)?;
    if expr.is_constant() {
        return constant(&evaluation.value(Place::at(0, minus), steps)?, steps);
    }
    let values = (0..POINTS).map(|point| evaluation.value(Place::at(point, minus), steps));
    let values = values.collect::<Result<Vec<_>, _>>()?;
    signature(values, steps)
}

/// The exact value of a constant expression, if it is rational.
pub(super) fn rational(expr: &Expr, steps: &mut Steps) -> Result<Option<Rational>, Trouble> {
    if !expr.is_constant() || expr.has_plus_minus() {
        return Ok(None);
    }
    let evaluation = Evaluation::new(expr, steps)?;
    Ok(match evaluation.value(Place::at(0, false), steps)? {
        Value::Exact(value) => Some(value),
        Value::Float(ball) => digits::recognised(&ball),
    })
}

/// The text of `a / b`; `b` is not zero.
pub(super) fn quotient(a: &Rational, b: &Rational, steps: &mut Steps) -> Result<String, Trouble> {
    steps.take(exact::cost(a, b))?;
    let quotient = a / b;
    steps.take(exact::printing(&quotient))?;
    Ok(digits::rational(&quotient))
}

/// The solution of `expr = 0` for a variable in which `expr` is linear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Root {
    /// The value of the variable.
    pub(super) text: String,
    /// Whether its coefficient is negative at the first point; meaningful only if the coefficient is constant.
    pub(super) negative: bool,
    /// Whether its coefficient is a constant.
    pub(super) constant: bool,
}

/// Solves `expr = 0` for `variable`, if `expr` is linear in it.
pub(super) fn root(expr: &Expr, variable: &str, minus: bool, steps: &mut Steps) -> Result<Option<Root>, Trouble> {
    let alone = expr.variables().len() == 1 && !has_opaque(expr);
    let evaluation = Evaluation::new(expr, steps)?;
    let (mut roots, mut slopes): (Vec<Value>, Vec<Ball>) = (Vec::new(), Vec::new());
    for point in 0..if alone { 1 } else { POINTS } {
        let line = match line(&evaluation, variable, Place::at(point, minus), steps) {
            // A pole at an integer: not linear.
            Err(Trouble::Undefined) => None,
            line => line?,
        };
        let Some((intercept, slope)) = line else {
            return Ok(None);
        };
        roots.push(Value::Float(intercept.div(&slope)?.neg()));
        slopes.push(slope);
    }
    let negative = slopes[0].re.is_negative();
    let mut constant = true;
    for slope in &slopes[1..] {
        constant &= slope.sub(&slopes[0])?.is_zero_beside(slope.magnitude())?;
    }
    let text = if alone {
        value::constant(&roots[0], steps)?
    } else {
        signature(roots, steps)?
    };
    Ok(Some(Root {
        text,
        negative,
        constant,
    }))
}

/// The value where `variable` is 0, and the slope, if the value is linear in it.
fn line<'a>(
    evaluation: &Evaluation<'a>,
    variable: &'a str,
    place: Place<'a>,
    steps: &mut Steps,
) -> Result<Option<(Ball, Ball)>, Trouble> {
    let mut at = |x: i32| evaluation.difference(place.with(variable, x), steps);
    let ((zero, a), (one, b), (three, c)) = (at(0)?, at(1)?, at(3)?);
    let scale = a.max(b).max(c);
    let slope = one.sub(&zero)?;
    let predicted = zero.add(&slope.mul(&Ball::exactly(3.0))?)?;
    // `|x|` and `\sqrt{x^2}` are linear on one side only.
    if evaluation.bends() {
        let (below, _) = evaluation.difference(place.with(variable, -2), steps)?;
        let predicted = zero.sub(&slope.mul(&Ball::exactly(2.0))?)?;
        if !below.sub(&predicted)?.is_zero_beside(scale)? {
            return Ok(None);
        }
    }
    let linear = !slope.is_zero_beside(scale)? && three.sub(&predicted)?.is_zero_beside(scale)?;
    Ok(linear.then_some((zero, slope)))
}

/// A text that is the same for `expr` and for `c * expr`, for every constant `c` (above zero, if `oriented`); `None` if
/// `expr` is zero everywhere.
pub(super) fn proportions(
    expr: &Expr,
    oriented: bool,
    minus: bool,
    steps: &mut Steps,
) -> Result<Option<String>, Trouble> {
    let evaluation = Evaluation::new(expr, steps)?;
    let mut values = Vec::new();
    let mut unit = None;
    for point in 0..POINTS {
        let (value, scale) = evaluation.difference(Place::at(point, minus), steps)?;
        let zero = value.is_zero_beside(scale)?;
        if unit.is_none() && !zero {
            let negative = oriented && value.is_real() && value.re.is_negative();
            unit = Some(if negative { value.neg() } else { value.clone() });
        }
        values.push(if zero {
            Value::Exact(Rational::zero())
        } else {
            Value::Float(value)
        });
    }
    let Some(unit) = unit else {
        return Ok(None);
    };
    let unit = Value::Float(unit);
    let node = Node::Div(0, 0);
    let ratios = values.iter().map(|value| nodes::arithmetic(&node, value, &unit, steps));
    let ratios = ratios.collect::<Result<Vec<_>, _>>()?;
    signature(ratios, steps).map(Some)
}

fn has_opaque(expr: &Expr) -> bool {
    expr.nodes.iter().any(|node| matches!(node, Node::Opaque(..)))
}
