//! Elementary functions of complex numbers with errors, on their principal branches.
//!
//! One convention is the school's rather than the principal branch: a root of odd order of a negative number is
//! negative, and so is a power with such an exponent (`\sqrt[3]{-8} = (-8)^{1/3} = -2`).

use astro_float::BigFloat;
use num_integer::Integer;
use num_traits::ToPrimitive;

use super::ball::{Ball, Computed};
use super::real;
use super::trouble::Trouble;
use crate::budget::OverBudget;
use crate::canonical::expr::{Function, Rational};

/// The value of `function` at `x`.
pub(super) fn call(function: Function, x: &Ball) -> Computed {
    let one = || Ball::exactly(1.0);
    match function {
        Function::Sin => sin(x),
        Function::Cos => cos(x),
        Function::Tan => sin(x)?.div(&cos(x)?),
        Function::Cot => cos(x)?.div(&sin(x)?),
        Function::Sec => one().div(&cos(x)?),
        Function::Csc => one().div(&sin(x)?),
        Function::Arcsin => arcsin(x),
        Function::Arccos => half_pi()?.sub(&arcsin(x)?),
        Function::Arctan => arctan(x),
        Function::Arccot => half_pi()?.sub(&arctan(x)?),
        Function::Arcsec => half_pi()?.sub(&arcsin(&one().div(x)?)?),
        Function::Arccsc => arcsin(&one().div(x)?),
        Function::Sinh => hyperbolic(x, false),
        Function::Cosh => hyperbolic(x, true),
        Function::Tanh => hyperbolic(x, false)?.div(&hyperbolic(x, true)?),
        Function::Coth => hyperbolic(x, true)?.div(&hyperbolic(x, false)?),
        Function::Sech => one().div(&hyperbolic(x, true)?),
        Function::Csch => one().div(&hyperbolic(x, false)?),
        Function::Arsinh => ln(&x.add(&sqrt(&x.mul(x)?.add(&one())?)?)?),
        Function::Arcosh => {
            let product = sqrt(&x.add(&one())?)?.mul(&sqrt(&x.sub(&one())?)?)?;
            ln(&x.add(&product)?)
        }
        Function::Artanh => {
            let difference = ln(&one().add(x)?)?.sub(&ln(&one().sub(x)?)?)?;
            difference.mul(&Ball::exactly(0.5))
        }
        Function::Exp => exp(x),
        Function::Ln => ln(x),
        Function::Abs => abs(x),
        Function::Degrees => x.mul(&Ball::pi()?)?.div(&Ball::exactly(180.0)),
        Function::Floor | Function::Ceil | Function::Factorial => Err(OverBudget::Precision.into()),
    }
}

/// `base` raised to an exponent that is known exactly.
pub(super) fn rational_power(base: &Ball, exponent: &Rational) -> Computed {
    if base.is_zero()? {
        return if *exponent > Rational::from_integer(0.into()) {
            Ok(Ball::zero())
        } else {
            Err(Trouble::Undefined)
        };
    }
    if exponent.is_integer()
        && let Some(n) = exponent.numer().to_i64()
        && n.unsigned_abs() < 1 << 20
    {
        return integer_power(base, n);
    }
    if *exponent == Rational::new(1.into(), 2.into()) {
        return sqrt(base);
    }
    let exponent_ball = Ball::rational(exponent)?;
    if base.is_real() && base.is_negative()? && exponent.denom().is_odd() {
        let magnitude = power(&base.neg(), &exponent_ball)?;
        return Ok(if exponent.numer().is_odd() {
            magnitude.neg()
        } else {
            magnitude
        });
    }
    power(base, &exponent_ball)
}

/// `base^exponent` for a non-zero base.
pub(super) fn power(base: &Ball, exponent: &Ball) -> Computed {
    exp(&ln(base)?.mul(exponent)?)
}

fn integer_power(base: &Ball, n: i64) -> Computed {
    let mut left = n.unsigned_abs();
    let mut square = base.clone();
    let mut product = Ball::exactly(1.0);
    while left > 0 {
        if left & 1 == 1 {
            product = product.mul(&square)?;
        }
        left >>= 1;
        if left > 0 {
            square = square.mul(&square)?;
        }
    }
    if n < 0 {
        Ball::exactly(1.0).div(&product)
    } else {
        Ok(product)
    }
}

/// The principal square root.
fn sqrt(z: &Ball) -> Computed {
    if z.is_zero()? {
        return Ok(Ball::zero());
    }
    if z.is_real() {
        let root = real::sqrt(&z.re.abs())?;
        let err = z.err - real::magnitude(&root) + 2;
        return Ok(if z.re.is_negative() {
            Ball::new(real::zero(), root, err, z.lossy)
        } else {
            Ball::new(root, real::zero(), err, z.lossy)
        });
    }
    let two = real::from_f64(2.0);
    let half = real::div(&real::add(&modulus(z)?, &z.re.abs())?, &two)?;
    let large = real::sqrt(&half)?;
    let small = real::div(&z.im.abs(), &real::mul(&large, &two)?)?;
    let err = z.err - real::magnitude(&large) + 3;
    let (re, im) = if z.re.is_negative() {
        (small, large)
    } else {
        (large, small)
    };
    let im = if z.im.is_negative() { im.neg() } else { im };
    Ok(Ball::new(re, im, err, z.lossy))
}

fn modulus(z: &Ball) -> Result<BigFloat, OverBudget> {
    if z.is_real() {
        return Ok(z.re.abs());
    }
    real::sqrt(&real::add(&real::mul(&z.re, &z.re)?, &real::mul(&z.im, &z.im)?)?)
}

fn abs(z: &Ball) -> Computed {
    Ok(Ball::new(modulus(z)?, real::zero(), z.err + 1, z.lossy))
}

pub(super) fn exp(z: &Ball) -> Computed {
    if z.err > 0 {
        return Err(OverBudget::Precision.into());
    }
    let growth = real::exp(&z.re)?;
    let err = real::magnitude(&growth) + z.err + 2;
    if z.is_real() {
        return Ok(Ball::new(growth, real::zero(), err, z.lossy));
    }
    let re = real::mul(&growth, &real::cos(&z.im)?)?;
    let im = real::mul(&growth, &real::sin(&z.im)?)?;
    let err = err.max(real::rounding(&growth) + 2);
    Ok(Ball::new(re, im, err, z.lossy))
}

/// The principal logarithm.
pub(super) fn ln(z: &Ball) -> Computed {
    if z.is_zero()? {
        return Err(Trouble::Undefined);
    }
    let modulus = modulus(z)?;
    let err = z.err - real::magnitude(&modulus) + 3;
    let re = real::ln(&modulus)?;
    let im = if z.is_real() && !z.re.is_negative() {
        real::zero()
    } else {
        real::atan2(&z.im, &z.re)?
    };
    Ok(Ball::new(re, im, err.max(4 - real::PRECISION as i64), z.lossy))
}

fn sin(z: &Ball) -> Computed {
    if z.is_real() {
        return real_angle(z, real::sin);
    }
    // sin z = (e^{iz} - e^{-iz}) / 2i
    let (up, down) = rotations(z)?;
    let twice = Ball::imaginary_unit().mul(&Ball::exactly(2.0))?;
    up.sub(&down)?.div(&twice)
}

fn cos(z: &Ball) -> Computed {
    if z.is_real() {
        return real_angle(z, real::cos);
    }
    let (up, down) = rotations(z)?;
    up.add(&down)?.mul(&Ball::exactly(0.5))
}

/// The sine or cosine of a real angle, whose slope is 1 at most.
fn real_angle(z: &Ball, function: fn(&BigFloat) -> Result<BigFloat, OverBudget>) -> Computed {
    let re = function(&z.re)?;
    let err = z.err.max(angle_error(z));
    Ok(Ball::new(re, real::zero(), err, z.lossy))
}

/// The error of a sine near its zeros, where the angle has more digits than the result.
fn angle_error(z: &Ball) -> i64 {
    real::rounding(&z.re).max(8 - real::PRECISION as i64)
}

/// `e^{iz}` and `e^{-iz}`.
fn rotations(z: &Ball) -> Computed<(Ball, Ball)> {
    let turned = z.mul(&Ball::imaginary_unit())?;
    Ok((exp(&turned)?, exp(&turned.neg())?))
}

fn hyperbolic(z: &Ball, even: bool) -> Computed {
    let (grows, falls) = (exp(z)?, exp(&z.neg())?);
    let sum = if even { grows.add(&falls)? } else { grows.sub(&falls)? };
    sum.mul(&Ball::exactly(0.5))
}

/// `arcsin z = -i ln(iz + sqrt(1 - z^2))`.
fn arcsin(z: &Ball) -> Computed {
    let cosine = sqrt(&Ball::exactly(1.0).sub(&z.mul(z)?)?)?;
    let turned = z.mul(&Ball::imaginary_unit())?;
    ln(&turned.add(&cosine)?)?.mul(&Ball::imaginary_unit().neg())
}

/// The angle of `(1, z)`; `arctan z = (i/2) (ln(1 - iz) - ln(1 + iz))` off the real line.
fn arctan(z: &Ball) -> Computed {
    if z.is_real() {
        let re = real::atan2(&z.re, &real::one())?;
        return Ok(Ball::new(re, real::zero(), z.err + 1, z.lossy));
    }
    let turned = z.mul(&Ball::imaginary_unit())?;
    let one = Ball::exactly(1.0);
    let difference = ln(&one.sub(&turned)?)?.sub(&ln(&one.add(&turned)?)?)?;
    difference.mul(&Ball::imaginary_unit())?.mul(&Ball::exactly(0.5))
}

fn half_pi() -> Computed {
    Ball::pi()?.mul(&Ball::exactly(0.5))
}
