//! The value of an expression, as text that is the same for equal expressions.
//!
//! | what | how |
//! |---|---|
//! | rational | exactly (`exact`) |
//! | another constant | a complex number with its error (`ball`, `functions`), as digits (`digits`) |
//! | with variables | the same at several points (`points`); their digits are hashed |
//!
//! Knows no notation. Every function pays for its work from a count of steps.

mod ball;
mod digits;
mod exact;
mod functions;
mod points;
mod real;

use num_traits::{One, Zero};

use self::ball::Ball;
use self::points::POINTS;
use super::expr::{Expr, Function, Node, Rational};
use crate::budget::{OverBudget, Steps};

/// Why there is no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    /// A division by zero, or the logarithm of zero.
    Undefined,
    Over(OverBudget),
}

impl From<OverBudget> for Trouble {
    fn from(over: OverBudget) -> Self {
        Self::Over(over)
    }
}

/// Steps of a transcendental function.
const FUNCTION_STEPS: u64 = 400;

/// Steps of an operation on numbers of fixed precision.
const OPERATION_STEPS: u64 = 3;

#[derive(Debug, Clone)]
enum Value {
    Exact(Rational),
    Float(Ball),
}

impl Value {
    fn ball(&self) -> Result<Ball, Trouble> {
        match self {
            Self::Exact(value) => Ball::rational(value),
            Self::Float(ball) => Ok(ball.clone()),
        }
    }
}

/// What the names of an expression stand for.
#[derive(Debug, Clone, Copy)]
struct Place<'a> {
    point: usize,
    /// One variable with a value of its own.
    fixed: Option<(&'a str, i32)>,
    /// Whether `±` is `-`.
    minus: bool,
}

/// The text of the value of `expr`, with `±` read as `+`, or as `-` if `minus`.
pub(super) fn scalar(expr: &Expr, minus: bool, steps: &mut Steps) -> Result<String, Trouble> {
    if expr.is_constant() {
        let value = value(expr, Place { point: 0, fixed: None, minus }, steps)?;
        return constant(&value);
    }
    let at = |point| Place { point, fixed: None, minus };
    let values = (0..POINTS).map(|point| value(expr, at(point), steps));
    signature(values.collect::<Result<Vec<_>, _>>()?)
}

/// The exact value of a constant expression, if it is rational.
pub(super) fn rational(expr: &Expr, steps: &mut Steps) -> Result<Option<Rational>, Trouble> {
    if !expr.is_constant() || expr.has_plus_minus() {
        return Ok(None);
    }
    let place = Place { point: 0, fixed: None, minus: false };
    Ok(match value(expr, place, steps)? {
        Value::Exact(value) => Some(value),
        Value::Float(ball) => digits::recognised(&ball),
    })
}

/// What solves `expr = 0` for `variable`, with the sign of its coefficient, if `expr` is linear in it.
///
/// The sign is that at the first point: it means something where the coefficient is a constant.
pub(super) fn root(
    expr: &Expr,
    variable: &str,
    minus: bool,
    steps: &mut Steps,
) -> Result<Option<(String, bool)>, Trouble> {
    let alone = expr.variables().len() == 1 && !has_opaque(expr);
    let mut roots = Vec::new();
    let mut negative = false;
    for point in 0..if alone { 1 } else { POINTS } {
        let line = match line(expr, Place { point, fixed: Some((variable, 0)), minus }, steps) {
                // A pole at an integer: not linear.
            Err(Trouble::Undefined) => None,
            line => line?,
        };
        let Some((intercept, slope)) = line else {
            return Ok(None);
        };
        if point == 0 {
            negative = slope.re.is_negative();
        }
        roots.push(Value::Float(intercept.div(&slope)?.neg()));
    }
    let text = if alone { constant(&roots[0])? } else { signature(roots)? };
    Ok(Some((text, negative)))
}

/// The value where the fixed variable is 0, and the slope, if the value is linear in that variable.
fn line(expr: &Expr, place: Place<'_>, steps: &mut Steps) -> Result<Option<(Ball, Ball)>, Trouble> {
    let mut at = |x: i32| {
        let fixed = place.fixed.map(|(name, _)| (name, x));
        difference(expr, Place { fixed, ..place }, steps)
    };
    let ((zero, a), (one, b), (three, c)) = (at(0)?, at(1)?, at(3)?);
    let scale = a.max(b).max(c);
    let slope = one.sub(&zero)?;
    let predicted = zero.add(&slope.mul(&Ball::exactly(3.0))?)?;
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
    let mut values = Vec::new();
    let mut unit = None;
    for point in 0..POINTS {
        let (value, scale) = difference(expr, Place { point, fixed: None, minus }, steps)?;
        let zero = value.is_zero_beside(scale)?;
        if unit.is_none() && !zero {
            let negative = oriented && value.is_real() && value.re.is_negative();
            unit = Some(if negative { value.neg() } else { value.clone() });
        }
        values.push(if zero { Value::Exact(Rational::zero()) } else { Value::Float(value) });
    }
    let Some(unit) = unit else {
        return Ok(None);
    };
    let unit = Value::Float(unit);
    let node = Node::Div(0, 0);
    let ratios = values.iter().map(|value| arithmetic(&node, value, &unit, steps));
    signature(ratios.collect::<Result<Vec<_>, _>>()?).map(Some)
}

fn has_opaque(expr: &Expr) -> bool {
    expr.nodes.iter().any(|node| matches!(node, Node::Opaque(..)))
}

/// The text of a value that depends on no variable.
fn constant(value: &Value) -> Result<String, Trouble> {
    match value {
        Value::Exact(value) => Ok(digits::rational(value)),
        Value::Float(ball) if ball.lossy => Err(OverBudget::Precision.into()),
        Value::Float(ball) => digits::complex(ball),
    }
}

/// The text of values at all points: one value if it is the same everywhere, else their hash.
fn signature(values: Vec<Value>) -> Result<String, Trouble> {
    let lossy = |value: &Value| matches!(value, Value::Float(ball) if ball.lossy);
    if values.iter().all(lossy) {
        return Err(OverBudget::Precision.into());
    }
    let texts = values
        .iter()
        .map(|value| match value {
            Value::Exact(value) => Ok(digits::rational(value)),
            Value::Float(ball) => digits::complex(ball),
        })
        .collect::<Result<Vec<_>, _>>()?;
    match texts.split_first() {
        Some((first, others)) if others.iter().all(|other| other == first) => Ok(first.clone()),
        _ => Ok(hash(&texts)),
    }
}

fn hash(texts: &[String]) -> String {
    let mut hasher = blake3::Hasher::new();
    for text in texts {
        hasher.update(text.as_bytes());
        hasher.update(b"|");
    }
    let hex = hasher.finalize().to_hex();
    format!("~{}", &hex.as_str()[..24])
}

/// Evaluates all nodes in order.
fn value(expr: &Expr, place: Place<'_>, steps: &mut Steps) -> Result<Value, Trouble> {
    let mut values: Vec<Value> = Vec::with_capacity(expr.nodes.len());
    for node in &expr.nodes {
        let value = evaluate(expr, node, &values, place, steps)?;
        values.push(value);
    }
    values.pop().ok_or(Trouble::Undefined)
}

/// The value as a number with its error, which is zero if that is within the error of its largest part.
fn difference(expr: &Expr, place: Place<'_>, steps: &mut Steps) -> Result<(Ball, i64), Trouble> {
    let mut values: Vec<Value> = Vec::with_capacity(expr.nodes.len());
    let mut scale = 0;
    for node in &expr.nodes {
        let value = evaluate(expr, node, &values, place, steps)?;
        if let Value::Float(ball) = &value {
            scale = scale.max(ball.magnitude());
        }
        values.push(value);
    }
    let ball = values.pop().ok_or(Trouble::Undefined)?.ball()?;
    Ok((ball, scale))
}

fn evaluate(
    expr: &Expr,
    node: &Node,
    values: &[Value],
    place: Place<'_>,
    steps: &mut Steps,
) -> Result<Value, Trouble> {
    steps.take(OPERATION_STEPS)?;
    match node {
        Node::Number(value) => exact::bounded(value.clone()).map(Value::Exact),
        Node::Imaginary => Ok(Value::Float(Ball::imaginary_unit())),
        Node::Pi => Ball::pi().map(Value::Float),
        Node::Euler => functions::exp(&Ball::exactly(1.0)).map(Value::Float),
        Node::Variable(name) => Ok(variable(&expr.names[*name], place)),
        Node::Neg(a) => Ok(negated(&values[*a])),
        Node::PlusMinus(a, minus) if *minus == place.minus => Ok(values[*a].clone()),
        Node::PlusMinus(a, _) => Ok(negated(&values[*a])),
        Node::Add(a, b) | Node::Mul(a, b) | Node::Div(a, b) => {
            arithmetic(node, &values[*a], &values[*b], steps)
        }
        Node::Pow(a, b) => power(&expr.nodes[*a], &values[*a], &values[*b], steps),
        Node::Call(function, a) => call(*function, &values[*a], steps),
        Node::Binomial(n, k) => binomial(&values[*n], &values[*k], steps),
        Node::Opaque(name, a) => opaque(&expr.names[*name], &values[*a]),
    }
}

fn variable(name: &str, place: Place<'_>) -> Value {
    match place.fixed {
        Some((fixed, value)) if fixed == name => {
            Value::Exact(Rational::from_integer(value.into()))
        }
        _ => Value::Float(Ball::exactly(points::coordinate(name, place.point))),
    }
}

fn negated(value: &Value) -> Value {
    match value {
        Value::Exact(value) => Value::Exact(-value),
        Value::Float(ball) => Value::Float(ball.neg()),
    }
}

fn arithmetic(node: &Node, a: &Value, b: &Value, steps: &mut Steps) -> Result<Value, Trouble> {
    if let (Value::Exact(a), Value::Exact(b)) = (a, b) {
        steps.take(exact::cost(a, b))?;
        let result = match node {
            Node::Add(..) => a + b,
            Node::Mul(..) => a * b,
            _ if b.is_zero() => return Err(Trouble::Undefined),
            _ => a / b,
        };
        return exact::bounded(result).map(Value::Exact);
    }
    // Zero times anything is exactly zero, whatever the other's error.
    let vanishes = |value: &Value| matches!(value, Value::Exact(value) if value.is_zero());
    if matches!(node, Node::Mul(..)) && (vanishes(a) || vanishes(b)) {
        return Ok(Value::Exact(Rational::zero()));
    }
    let (a, b) = (a.ball()?, b.ball()?);
    let result = match node {
        Node::Add(..) => a.add(&b)?,
        Node::Mul(..) => a.mul(&b)?,
        _ => a.div(&b)?,
    };
    Ok(Value::Float(result))
}

fn power(base_node: &Node, base: &Value, exponent: &Value, steps: &mut Steps) -> Result<Value, Trouble> {
    if let (Value::Exact(base), Value::Exact(exponent)) = (base, exponent)
        && let Some(result) = exact::power(base, exponent, steps)?
    {
        return Ok(Value::Exact(result));
    }
    steps.take(FUNCTION_STEPS)?;
    if *base_node == Node::Euler {
        return functions::exp(&exponent.ball()?).map(Value::Float);
    }
    let exponent = match exponent {
        Value::Float(ball) => match digits::recognised(ball) {
            Some(value) => Value::Exact(value),
            None => Value::Float(ball.clone()),
        },
        exact => exact.clone(),
    };
    let base = base.ball()?;
    let result = match exponent {
        Value::Exact(exponent) if exponent.is_zero() => {
            return Ok(Value::Exact(Rational::one()));
        }
        Value::Exact(exponent) => functions::rational_power(&base, &exponent)?,
        Value::Float(exponent) if base.is_zero()? => {
            if exponent.is_real() && exponent.re.is_positive() {
                Ball::rational(&Rational::zero())?
            } else {
                return Err(Trouble::Undefined);
            }
        }
        Value::Float(exponent) => functions::power(&base, &exponent)?,
    };
    Ok(Value::Float(result))
}

fn call(function: Function, argument: &Value, steps: &mut Steps) -> Result<Value, Trouble> {
    if let Value::Exact(x) = argument
        && let Some(result) = exact::call(function, x, steps)?
    {
        return Ok(Value::Exact(result));
    }
    steps.take(FUNCTION_STEPS)?;
    match (function, argument) {
        (Function::Floor | Function::Ceil | Function::Factorial, Value::Float(ball)) => {
            stepped(function, ball, steps)
        }
        (function, argument) => functions::call(function, &argument.ball()?).map(Value::Float),
    }
}

/// Floor, ceiling or factorial of a number that is not exact.
fn stepped(function: Function, ball: &Ball, steps: &mut Steps) -> Result<Value, Trouble> {
    let exact = digits::recognised(ball).filter(|x| function != Function::Factorial || x.is_integer());
    if let Some(x) = exact
        && let Some(result) = exact::call(function, &x, steps)?
    {
        return Ok(Value::Exact(result));
    }
    opaque(&format!("{function:?}"), &Value::Float(ball.clone()))
}

fn binomial(n: &Value, k: &Value, steps: &mut Steps) -> Result<Value, Trouble> {
    if let (Value::Exact(n), Value::Exact(k)) = (n, k)
        && let Some(result) = exact::binomial(n, k, steps)?
    {
        return Ok(Value::Exact(result));
    }
    let text = format!("{},{}", constant(n)?, constant(k)?);
    Ok(Value::Float(Ball::exactly(points::opaque("binom", &text))))
}

fn opaque(name: &str, argument: &Value) -> Result<Value, Trouble> {
    let text = constant(argument)?;
    Ok(Value::Float(Ball::exactly(points::opaque(name, &text))))
}
