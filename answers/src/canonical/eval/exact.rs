//! Exact arithmetic on rational numbers, as far as it goes.
//!
//! Functions return `None` if the result is not rational, or cannot be shown to be without approximation.

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Pow, Signed, ToPrimitive, Zero};

use super::trouble::Trouble;
use crate::budget::{self, MAX_DIGITS, OverBudget, Steps};
use crate::canonical::expr::{Function, Rational};

type Exactly<T> = Result<T, Trouble>;

/// Binary digits of a number of [`MAX_DIGITS`] decimal ones.
const MAX_BITS: u64 = MAX_DIGITS as u64 * 3322 / 1000 + 1;

/// Binary digits of numerator and denominator.
fn bits(value: &Rational) -> u64 {
    value.numer().bits() + value.denom().bits()
}

/// Refuses a result that has too many digits.
pub(super) fn bounded(value: Rational) -> Exactly<Rational> {
    let largest = value.numer().bits().max(value.denom().bits());
    check_bits(largest)?;
    Ok(value)
}

fn check_bits(bits: u64) -> Result<(), OverBudget> {
    if bits <= MAX_BITS {
        return Ok(());
    }
    budget::check_digits(usize::try_from(bits.saturating_mul(1000) / 3322 + 1).unwrap_or(usize::MAX))
}

/// Cost of an operation on two numbers, in steps.
pub(super) fn cost(a: &Rational, b: &Rational) -> u64 {
    let words = (bits(a) + bits(b)) / 64;
    1 + words * words / 8
}

/// Cost of printing a number, in steps.
pub(super) fn printing(value: &Rational) -> u64 {
    let words = bits(value) / 64;
    8 + words * words / 16
}

/// `base^exponent`.
pub(super) fn power(base: &Rational, exponent: &Rational, steps: &mut Steps) -> Exactly<Option<Rational>> {
    if exponent.is_zero() {
        return Ok(Some(Rational::one()));
    }
    if base.is_zero() {
        return if exponent.is_positive() {
            Ok(Some(Rational::zero()))
        } else {
            Err(Trouble::Undefined)
        };
    }
    if base.is_one() {
        return Ok(Some(Rational::one()));
    }
    if exponent.is_integer() {
        return integer_power(base, exponent.numer(), steps).map(Some);
    }
    let Some(order) = exponent.denom().to_u32() else {
        return Ok(None);
    };
    let words = bits(base) / 64;
    steps.take(64 + 2 * words * words)?;
    let Some(root) = root(base, order) else {
        return Ok(None);
    };
    integer_power(&root, exponent.numer(), steps).map(Some)
}

fn integer_power(base: &Rational, exponent: &BigInt, steps: &mut Steps) -> Exactly<Rational> {
    let magnitude = exponent.abs();
    if base.numer().abs().is_one() && base.denom().is_one() {
        let negative = base.is_negative() && magnitude.is_odd();
        return Ok(if negative { -Rational::one() } else { Rational::one() });
    }
    // The result has at least this many bits; for a power of two, one bit less than the base has suffices.
    let longest = base.numer().bits().max(base.denom().bits());
    let least = (longest - 1).max(1);
    let magnitude = magnitude.to_u64().ok_or(OverBudget::Digits { digits: usize::MAX })?;
    check_bits(least.saturating_mul(magnitude))?;
    let words = (least + 1).saturating_mul(magnitude) / 64;
    steps.take(16 + words * words / 16)?;
    let power = Pow::pow(base, u32::try_from(magnitude).unwrap_or(u32::MAX));
    bounded(if exponent.is_negative() { power.recip() } else { power })
}

/// The root of that order, if it is rational. Negative numbers have roots of odd order only.
fn root(value: &Rational, order: u32) -> Option<Rational> {
    if order == 0 || (value.is_negative() && order.is_even()) || bits(value) > MAX_BITS {
        return None;
    }
    let exact = |n: &BigInt| {
        // The root of a number other than 0 and 1 is at least 2.
        if n.magnitude().bits() > 1 && u64::from(order) >= n.bits() {
            return None;
        }
        let root = n.nth_root(order);
        (Pow::pow(&root, order) == *n).then_some(root)
    };
    Some(Rational::new(exact(value.numer())?, exact(value.denom())?))
}

/// Applies `function` to an exact argument.
pub(super) fn call(function: Function, x: &Rational, steps: &mut Steps) -> Exactly<Option<Rational>> {
    match function {
        Function::Abs => Ok(Some(x.abs())),
        Function::Floor => Ok(Some(x.floor())),
        Function::Ceil => Ok(Some(x.ceil())),
        Function::Factorial if x.is_integer() && !x.is_negative() => factorial(x.numer(), steps).map(Some),
        Function::Factorial => Err(Trouble::Undefined),
        Function::Ln if x.is_one() => Ok(Some(Rational::zero())),
        Function::Exp | Function::Sin | Function::Tan if x.is_zero() => Ok(Some(if function == Function::Exp {
            Rational::one()
        } else {
            Rational::zero()
        })),
        _ => Ok(None),
    }
}

fn factorial(n: &BigInt, steps: &mut Steps) -> Exactly<Rational> {
    let too_long = OverBudget::Digits { digits: MAX_DIGITS + 1 };
    let n = n.to_u64().filter(|n| *n < MAX_DIGITS as u64).ok_or(too_long)?;
    let mut product = BigInt::one();
    for factor in 2..=n {
        steps.take(1 + product.bits() / 1024)?;
        product *= factor;
        check_bits(product.bits())?;
    }
    Ok(Rational::from_integer(product))
}

/// The binomial coefficient of two non-negative integers.
pub(super) fn binomial(n: &Rational, k: &Rational, steps: &mut Steps) -> Exactly<Option<Rational>> {
    if !n.is_integer() || !k.is_integer() || n.is_negative() || k.is_negative() {
        return Ok(None);
    }
    if k > n {
        return Ok(Some(Rational::zero()));
    }
    let short = k.numer().min(&(n.numer() - k.numer())).clone();
    let too_long = OverBudget::Digits { digits: MAX_DIGITS + 1 };
    let length = short.to_u64().filter(|length| *length < 10_000).ok_or(too_long)?;
    let mut product = BigInt::one();
    for i in 0..length {
        steps.take(1 + product.bits() / 512)?;
        product = product * (n.numer() - i) / (i + 1);
        check_bits(product.bits())?;
    }
    Ok(Some(Rational::from_integer(product)))
}
