//! Real numbers of fixed precision, and the magnitude of their rounding errors.
//!
//! Handles one number at a time; `ball` knows what an error does to a result.

use std::cell::RefCell;

use astro_float::{BigFloat, Consts, RoundingMode, Sign};
use num_bigint::BigInt;
use num_bigint::Sign as IntSign;

use crate::budget::OverBudget;
use crate::canonical::expr::Rational;

/// Bits of a mantissa.
pub(super) const PRECISION: usize = 256;

/// Magnitude of zero, and error of an exact number: below every other.
pub(super) const NOTHING: i64 = i64::MIN / 8;

/// Larger arguments of the exponential function overflow.
const MAX_EXPONENT: i64 = 28;

/// Larger arguments of a sine or cosine are not reduced.
const MAX_ANGLE: i64 = 64;

const ROUNDING: RoundingMode = RoundingMode::None;

thread_local! {
    /// Digits of pi, e and ln 2, computed once per thread.
    static CONSTS: RefCell<Option<Consts>> = const { RefCell::new(None) };
}

fn with_consts(f: impl FnOnce(&mut Consts) -> BigFloat) -> Result<BigFloat, OverBudget> {
    CONSTS.with_borrow_mut(|consts| {
        if consts.is_none() {
            *consts = Consts::new().ok();
        }
        consts.as_mut().map(f).ok_or(OverBudget::Precision).and_then(finite)
    })
}

/// Refuses a number that is out of range.
fn finite(x: BigFloat) -> Result<BigFloat, OverBudget> {
    if x.is_nan() || x.is_inf() {
        return Err(OverBudget::Precision);
    }
    Ok(x)
}

/// `e` with `|x| < 2^e`, and `|x| >= 2^(e-1)` unless it is zero.
pub(super) fn magnitude(x: &BigFloat) -> i64 {
    if x.is_zero() {
        return NOTHING;
    }
    x.exponent().map_or(NOTHING, i64::from)
}

/// The largest error of rounding to `x`, as a power of two.
pub(super) fn rounding(x: &BigFloat) -> i64 {
    if x.is_zero() {
        return NOTHING;
    }
    magnitude(x) - PRECISION as i64 + 6
}

pub(super) fn zero() -> BigFloat {
    BigFloat::from_word(0, PRECISION)
}

pub(super) fn one() -> BigFloat {
    BigFloat::from_word(1, PRECISION)
}

/// A float, exactly.
pub(super) fn from_f64(x: f64) -> BigFloat {
    BigFloat::from_f64(x, PRECISION)
}

/// An integer, exactly.
fn from_integer(n: &BigInt) -> BigFloat {
    let (sign, words) = n.to_u64_digits();
    if words.is_empty() {
        return zero();
    }
    let sign = if sign == IntSign::Minus { Sign::Neg } else { Sign::Pos };
    let exponent = i32::try_from(words.len() * 64).unwrap_or(i32::MAX);
    BigFloat::from_words(&words, sign, exponent)
}

/// A rational number, rounded.
pub(super) fn from_rational(value: &Rational) -> Result<BigFloat, OverBudget> {
    div(&from_integer(value.numer()), &from_integer(value.denom()))
}

/// `mantissa` and `exponent` with `x = mantissa * 2^exponent`.
pub(super) fn parts(x: &BigFloat) -> (BigInt, i64) {
    let Some((words, _, sign, exponent, _)) = x.as_raw_parts() else {
        return (BigInt::ZERO, 0);
    };
    let mut bytes = Vec::with_capacity(words.len() * 8);
    for word in words {
        bytes.extend_from_slice(&word.to_le_bytes());
    }
    let sign = if sign == Sign::Neg {
        IntSign::Minus
    } else {
        IntSign::Plus
    };
    let mantissa = BigInt::from_bytes_le(sign, &bytes);
    (mantissa, i64::from(exponent) - 64 * words.len() as i64)
}

pub(super) fn add(a: &BigFloat, b: &BigFloat) -> Result<BigFloat, OverBudget> {
    finite(a.add(b, PRECISION, ROUNDING))
}

pub(super) fn sub(a: &BigFloat, b: &BigFloat) -> Result<BigFloat, OverBudget> {
    finite(a.sub(b, PRECISION, ROUNDING))
}

pub(super) fn mul(a: &BigFloat, b: &BigFloat) -> Result<BigFloat, OverBudget> {
    finite(a.mul(b, PRECISION, ROUNDING))
}

/// The quotient; `b` must not be zero.
pub(super) fn div(a: &BigFloat, b: &BigFloat) -> Result<BigFloat, OverBudget> {
    finite(a.div(b, PRECISION, ROUNDING))
}

/// The square root of a non-negative number.
pub(super) fn sqrt(x: &BigFloat) -> Result<BigFloat, OverBudget> {
    finite(x.sqrt(PRECISION, ROUNDING))
}

pub(super) fn exp(x: &BigFloat) -> Result<BigFloat, OverBudget> {
    if magnitude(x) > MAX_EXPONENT {
        return Err(OverBudget::Precision);
    }
    with_consts(|consts| x.exp(PRECISION, ROUNDING, consts))
}

/// The logarithm of a positive number.
pub(super) fn ln(x: &BigFloat) -> Result<BigFloat, OverBudget> {
    with_consts(|consts| x.ln(PRECISION, ROUNDING, consts))
}

pub(super) fn sin(x: &BigFloat) -> Result<BigFloat, OverBudget> {
    check_angle(x)?;
    with_consts(|consts| x.sin(PRECISION, ROUNDING, consts))
}

pub(super) fn cos(x: &BigFloat) -> Result<BigFloat, OverBudget> {
    check_angle(x)?;
    with_consts(|consts| x.cos(PRECISION, ROUNDING, consts))
}

fn check_angle(x: &BigFloat) -> Result<(), OverBudget> {
    if magnitude(x) > MAX_ANGLE {
        return Err(OverBudget::Precision);
    }
    Ok(())
}

pub(super) fn pi() -> Result<BigFloat, OverBudget> {
    with_consts(|consts| consts.pi(PRECISION, ROUNDING))
}

/// The angle of the point `(x, y)`, which is not the origin, in `(-pi, pi]`.
pub(super) fn atan2(y: &BigFloat, x: &BigFloat) -> Result<BigFloat, OverBudget> {
    if x.is_zero() {
        let half = div(&pi()?, &from_f64(2.0))?;
        return Ok(if y.is_negative() { half.neg() } else { half });
    }
    let angle = with_consts(|consts| y.div(x, PRECISION, ROUNDING).atan(PRECISION, ROUNDING, consts))?;
    match (x.is_negative(), y.is_negative()) {
        (false, _) => Ok(angle),
        (true, false) => add(&angle, &pi()?),
        (true, true) => sub(&angle, &pi()?),
    }
}
