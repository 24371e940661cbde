//! Prints a value as digits: the text by which it is compared.
//!
//! A rational number is printed exactly, whether it was computed exactly or recognised; anything else is printed with
//! [`DIGITS`] significant digits, all of them certain.

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{Pow, Signed, Zero};

use super::ball::{Ball, Computed};
use super::real;
use crate::budget::OverBudget;
use crate::canonical::expr::Rational;

/// Significant decimal digits of a number that is not rational.
const DIGITS: i64 = 30;

/// Bits that must be certain for [`DIGITS`] to be.
const CERTAIN: i64 = 106;

/// Most binary digits that numerator and denominator of a recognised rational number may have together.
const SIMPLE_BITS: i64 = 120;

/// A rational number: `n` or `n/d`.
pub(super) fn rational(value: &Rational) -> String {
    value.to_string()
}

/// A complex number: its real part, or `a+b i`.
///
/// # Errors
///
/// [`OverBudget::Precision`] if not all digits are certain.
pub(super) fn complex(value: &Ball) -> Computed<String> {
    let re = part(&value.re, value.err)?;
    if value.is_real() {
        return Ok(re);
    }
    let im = part(&value.im, value.err)?;
    Ok(match (re.as_str(), im.as_str()) {
        (_, "0") => re,
        (_, "1") => format!("{re}+i"),
        (_, "-1") => format!("{re}-i"),
        (_, im) if im.starts_with('-') => format!("{re}{im}i"),
        (_, im) => format!("{re}+{im}i"),
    })
}

/// The rational number that equals a real value, if there is a simple one.
pub(super) fn recognised(value: &Ball) -> Option<Rational> {
    if !value.is_real() {
        return None;
    }
    let (mantissa, exponent) = real::parts(&value.re);
    simple(&mantissa, exponent, value.err)
}

/// The largest integer not above a real value, unless the error leaves two candidates.
pub(super) fn floor(value: &Ball) -> Option<Rational> {
    let (mantissa, exponent) = real::parts(&value.re);
    if !value.is_real() || !(-4096..0).contains(&exponent) {
        return None;
    }
    let one = BigInt::from(1) << exponent.unsigned_abs();
    let (floor, above) = mantissa.div_mod_floor(&one);
    let error = if value.err > exponent {
        BigInt::from(1) << u64::try_from(value.err - exponent).ok()?
    } else {
        BigInt::from(1)
    };
    let certain = above > error && &one - &above > error;
    certain.then(|| Rational::from_integer(floor))
}

fn part(x: &astro_float::BigFloat, err: i64) -> Computed<String> {
    let magnitude = real::magnitude(x);
    if magnitude <= err + 1 {
        return if err <= -CERTAIN {
            Ok("0".to_owned())
        } else {
            Err(OverBudget::Precision.into())
        };
    }
    if magnitude - err < CERTAIN {
        return Err(OverBudget::Precision.into());
    }
    let (mantissa, exponent) = real::parts(x);
    if let Some(simple) = simple(&mantissa, exponent, err) {
        return Ok(rational(&simple));
    }
    decimal(&mantissa, exponent)
}

/// The simplest fraction within the error of `mantissa * 2^exponent`, by continued fractions, if it is far simpler than
/// chance would have it.
fn simple(mantissa: &BigInt, exponent: i64, err: i64) -> Option<Rational> {
    let bits = mantissa.bits() as i64 + exponent;
    if bits > SIMPLE_BITS || !(-4096..0).contains(&exponent) {
        return None;
    }
    let limit = SIMPLE_BITS.min(bits - err - 30);
    let one = BigInt::from(1) << (-exponent) as u64;
    let tolerance = if err + 2 > exponent {
        BigInt::from(1) << (err + 2 - exponent) as u64
    } else {
        BigInt::from(1)
    };
    let (mut rest, mut divisor) = (mantissa.abs(), one.clone());
    let (mut before, mut numerator) = (BigInt::from(0), BigInt::from(1));
    let (mut denominator_before, mut denominator) = (BigInt::from(1), BigInt::from(0));
    while !divisor.is_zero() {
        let (quotient, remainder) = rest.div_rem(&divisor);
        (before, numerator) = (numerator.clone(), &quotient * &numerator + &before);
        (denominator_before, denominator) = (denominator.clone(), &quotient * &denominator + &denominator_before);
        if (numerator.bits() + denominator.bits()) as i64 > limit {
            return None;
        }
        let distance = (mantissa.abs() * &denominator - &numerator * &one).abs();
        if distance <= &tolerance * &denominator {
            let value = Rational::new(numerator, denominator);
            return Some(if mantissa.is_negative() { -value } else { value });
        }
        (rest, divisor) = (divisor, remainder);
    }
    None
}

/// `mantissa * 2^exponent` in scientific notation.
fn decimal(mantissa: &BigInt, exponent: i64) -> Computed<String> {
    let bits = mantissa.bits() as i64 + exponent;
    let mut power = (bits as f64 * std::f64::consts::LOG10_2).floor() as i64;
    let mut scaled = scale(mantissa, exponent, DIGITS - 1 - power)?;
    if scaled.abs() < Pow::pow(BigInt::from(10), (DIGITS - 1) as u32) {
        power -= 1;
        scaled = scale(mantissa, exponent, DIGITS - 1 - power)?;
    }
    let digits = scaled.abs().to_string();
    if digits.len() as i64 > DIGITS {
        power += digits.len() as i64 - DIGITS;
    }
    let sign = if scaled.is_negative() { "-" } else { "" };
    let (first, others) = digits[..DIGITS as usize].split_at(1);
    Ok(match power {
        0 => format!("{sign}{first}.{others}"),
        _ => format!("{sign}{first}.{others}e{power}"),
    })
}

/// `mantissa * 2^exponent * 10^power`, rounded.
fn scale(mantissa: &BigInt, exponent: i64, power: i64) -> Computed<BigInt> {
    let magnitude = u32::try_from(power.unsigned_abs()).map_err(|_| OverBudget::Precision)?;
    if magnitude > 3000 || exponent.unsigned_abs() > 12_000 {
        return Err(OverBudget::Precision.into());
    }
    let ten = Pow::pow(BigInt::from(10), magnitude);
    let (mut numerator, mut denominator) = (mantissa.clone(), BigInt::from(1));
    if power >= 0 {
        numerator *= ten;
    } else {
        denominator *= ten;
    }
    if exponent >= 0 {
        numerator <<= exponent as u64;
    } else {
        denominator <<= exponent.unsigned_abs();
    }
    let twice: BigInt = numerator * 2 + &denominator;
    Ok(twice.div_floor(&(denominator * 2)))
}
