//! The value of a node, and the text of values.

use super::ball::Ball;
use super::trouble::Trouble;
use super::{digits, exact};
use crate::budget::{OverBudget, Steps};
use crate::canonical::expr::Rational;

/// Cost of turning an inexact number into digits, in steps.
const DIGIT_STEPS: u64 = 200;

/// The value of a node.
#[derive(Debug, Clone)]
pub(super) enum Value {
    Exact(Rational),
    Float(Ball),
}

impl Value {
    /// The value as a number with an error bound.
    pub(super) fn ball(&self) -> Result<Ball, Trouble> {
        match self {
            Self::Exact(value) => Ball::rational(value),
            Self::Float(ball) => Ok(ball.clone()),
        }
    }
}

/// The text of a value that depends on no variable.
pub(super) fn constant(value: &Value, steps: &mut Steps) -> Result<String, Trouble> {
    if matches!(value, Value::Float(ball) if ball.lossy) {
        return Err(OverBudget::Precision.into());
    }
    text(value, steps)
}

/// The text of values at all points: one value if it is the same everywhere, else their hash.
pub(super) fn signature(values: Vec<Value>, steps: &mut Steps) -> Result<String, Trouble> {
    let lossy = |value: &Value| matches!(value, Value::Float(ball) if ball.lossy);
    if values.iter().all(lossy) {
        return Err(OverBudget::Precision.into());
    }
    let texts = values
        .iter()
        .map(|value| text(value, steps))
        .collect::<Result<Vec<_>, _>>()?;
    match texts.split_first() {
        Some((first, others)) if others.iter().all(|other| other == first) => Ok(first.clone()),
        _ => Ok(hash(&texts)),
    }
}

/// The digits of a value, even if a summand too small to show was lost.
fn text(value: &Value, steps: &mut Steps) -> Result<String, Trouble> {
    match value {
        Value::Exact(value) => {
            steps.take(exact::printing(value))?;
            Ok(digits::rational(value))
        }
        Value::Float(ball) => {
            steps.take(DIGIT_STEPS)?;
            digits::complex(ball)
        }
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
