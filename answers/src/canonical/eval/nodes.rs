//! Evaluates the nodes of an expression, in order.
//!
//! Rational numbers stay exact as long as possible; subexpressions without variables are evaluated once for all points.

use num_traits::{One, Zero};

use super::ball::Ball;
use super::trouble::Trouble;
use super::value::{Value, constant};
use super::{digits, exact, functions, points};
use crate::budget::Steps;
use crate::canonical::expr::{Expr, Function, Node, Rational};

/// Cost of a transcendental function of a real number, in steps; a complex number costs twice as much.
const FUNCTION_STEPS: u64 = 600;

/// Cost of an operation on numbers of fixed precision, in steps.
const OPERATION_STEPS: u64 = 3;

/// Values for the names of an expression.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    point: usize,
    /// One variable that is given this value instead.
    fixed: Option<(&'a str, i32)>,
    /// Whether `±` is `-`.
    minus: bool,
}

impl<'a> Place<'a> {
    pub(super) fn at(point: usize, minus: bool) -> Self {
        Self {
            point,
            fixed: None,
            minus,
        }
    }

    pub(super) fn with(self, variable: &'a str, value: i32) -> Self {
        Self {
            fixed: Some((variable, value)),
            ..self
        }
    }
}

/// An expression, with the values of subexpressions without variables.
pub(super) struct Evaluation<'a> {
    expr: &'a Expr,
    constants: Vec<Option<Value>>,
}

impl<'a> Evaluation<'a> {
    pub(super) fn new(expr: &'a Expr, steps: &mut Steps) -> Result<Self, Trouble> {
        let mut constants: Vec<Option<Value>> = Vec::with_capacity(expr.nodes.len());
        let mut values: Vec<Value> = Vec::with_capacity(expr.nodes.len());
        for node in &expr.nodes {
            let fixed = node.children().all(|child| constants[child].is_some())
                && !matches!(node, Node::Variable(_) | Node::Opaque(..) | Node::PlusMinus(..));
            let value = if fixed {
                Some(evaluate(expr, node, &values, Place::at(0, false), steps)?)
            } else {
                None
            };
            values.push(value.clone().unwrap_or(Value::Exact(Rational::zero())));
            constants.push(value);
        }
        Ok(Self { expr, constants })
    }

    /// Whether the expression may be linear on one side of zero only, as `|x|` and `\sqrt{x^2}` are.
    pub(super) fn bends(&self) -> bool {
        let bent = |node: &Node| matches!(node, Node::Call(..) | Node::Pow(..));
        self.expr.nodes.iter().any(bent)
    }

    /// The value of the whole expression.
    pub(super) fn value(&self, place: Place<'_>, steps: &mut Steps) -> Result<Value, Trouble> {
        self.values(place, steps)?.pop().ok_or(Trouble::Undefined)
    }

    /// The value, and the magnitude of its largest part, relative to which a difference may be zero.
    pub(super) fn difference(&self, place: Place<'_>, steps: &mut Steps) -> Result<(Ball, i64), Trouble> {
        let values = self.values(place, steps)?;
        let scale = values.iter().map(|value| match value {
            Value::Float(ball) => ball.magnitude(),
            Value::Exact(_) => 0,
        });
        let scale = scale.max().unwrap_or(0).max(0);
        Ok((values.last().ok_or(Trouble::Undefined)?.ball()?, scale))
    }

    fn values(&self, place: Place<'_>, steps: &mut Steps) -> Result<Vec<Value>, Trouble> {
        let mut values: Vec<Value> = Vec::with_capacity(self.expr.nodes.len());
        for (node, constant) in self.expr.nodes.iter().zip(&self.constants) {
            let value = match constant {
                Some(value) => {
                    steps.take(OPERATION_STEPS)?;
                    value.clone()
                }
                None => evaluate(self.expr, node, &values, place, steps)?,
            };
            values.push(value);
        }
        Ok(values)
    }
}

/// The value of one node, whose children are in `values`.
fn evaluate(expr: &Expr, node: &Node, values: &[Value], place: Place<'_>, steps: &mut Steps) -> Result<Value, Trouble> {
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
        Node::Add(a, b) | Node::Mul(a, b) | Node::Div(a, b) => arithmetic(node, &values[*a], &values[*b], steps),
        Node::Pow(a, b) => power(&expr.nodes[*a], &values[*a], &values[*b], steps),
        Node::Call(function, a) => call(*function, &values[*a], steps),
        Node::Binomial(n, k) => binomial(&values[*n], &values[*k], steps),
        Node::Opaque(name, a) => opaque(&expr.names[*name], &values[*a], steps),
    }
}

fn variable(name: &str, place: Place<'_>) -> Value {
    match place.fixed {
        Some((fixed, value)) if fixed == name => Value::Exact(Rational::from_integer(value.into())),
        _ => Value::Float(Ball::exactly(points::coordinate(name, place.point))),
    }
}

fn negated(value: &Value) -> Value {
    match value {
        Value::Exact(value) => Value::Exact(-value),
        Value::Float(ball) => Value::Float(ball.neg()),
    }
}

/// The sum, product or quotient of two values, as `node` is one.
pub(super) fn arithmetic(node: &Node, a: &Value, b: &Value, steps: &mut Steps) -> Result<Value, Trouble> {
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
    steps.take(function_steps(base) + function_steps(exponent))?;
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
                Ball::zero()
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
    steps.take(function_steps(argument))?;
    match (function, argument) {
        (Function::Floor | Function::Ceil | Function::Factorial, Value::Float(ball)) => stepped(function, ball, steps),
        (function, argument) => functions::call(function, &argument.ball()?).map(Value::Float),
    }
}

fn function_steps(argument: &Value) -> u64 {
    match argument {
        Value::Float(ball) if !ball.is_real() => 2 * FUNCTION_STEPS,
        _ => FUNCTION_STEPS,
    }
}

/// Floor, ceiling or factorial of an inexact number.
fn stepped(function: Function, ball: &Ball, steps: &mut Steps) -> Result<Value, Trouble> {
    let known = match function {
        Function::Factorial => digits::recognised(ball).filter(Rational::is_integer),
        // The ceiling of a number that is not an integer is one above its floor.
        Function::Ceil => digits::recognised(ball).or_else(|| digits::floor(ball).map(|floor| floor + Rational::one())),
        _ => digits::recognised(ball).or_else(|| digits::floor(ball)),
    };
    if let Some(x) = known
        && let Some(result) = exact::call(function, &x, steps)?
    {
        return Ok(Value::Exact(result));
    }
    opaque(&format!("{function:?}"), &Value::Float(ball.clone()), steps)
}

fn binomial(n: &Value, k: &Value, steps: &mut Steps) -> Result<Value, Trouble> {
    if let (Value::Exact(n), Value::Exact(k)) = (n, k)
        && let Some(result) = exact::binomial(n, k, steps)?
    {
        return Ok(Value::Exact(result));
    }
    let text = format!("{},{}", constant(n, steps)?, constant(k, steps)?);
    Ok(Value::Float(Ball::exactly(points::opaque("binom", &text))))
}

fn opaque(name: &str, argument: &Value, steps: &mut Steps) -> Result<Value, Trouble> {
    let text = constant(argument, steps)?;
    Ok(Value::Float(Ball::exactly(points::opaque(name, &text))))
}
