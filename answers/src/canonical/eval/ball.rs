//! Complex numbers with error bounds: a midpoint, and the magnitude of the largest distance to the true value.
//!
//! Error bounds distinguish zero from what is merely small, choose the right side of a branch cut, and keep uncertain
//! digits out of canonical forms. After ball arithmetic (J. van der Hoeven, "Ball arithmetic", 2009), with the radius
//! rounded up to a power of two.

use astro_float::BigFloat;

use super::real::{self, NOTHING, PRECISION};
use super::trouble::Trouble;
use crate::budget::OverBudget;
use crate::canonical::expr::Rational;

/// A value with an error below this is zero if it can be: no true value of a short expression is that small.
const SURELY_ZERO: i64 = -110;

/// A summand smaller than the other by this many bits does not show in the digits of the sum.
const INVISIBLE: i64 = 98;

pub(super) type Computed<T = Ball> = Result<T, Trouble>;

/// All complex numbers whose parts differ from `re` and `im` by at most `2^err`.
#[derive(Debug, Clone)]
pub(super) struct Ball {
    pub(super) re: BigFloat,
    pub(super) im: BigFloat,
    pub(super) err: i64,
    /// Whether a summand was too small to leave a trace, so that another value may have the same digits.
    pub(super) lossy: bool,
}

impl Ball {
    /// A real number, at most `2^err` from the truth.
    pub(super) fn real(re: BigFloat, err: i64) -> Self {
        Self {
            re,
            im: real::zero(),
            err,
            lossy: false,
        }
    }

    /// A number computed from others, with its rounding error added. An imaginary part that may be zero becomes zero.
    pub(super) fn new(re: BigFloat, im: BigFloat, err: i64, lossy: bool) -> Self {
        let mut err = err.max(real::rounding(&re)).max(real::rounding(&im)) + 1;
        let mut im = im;
        if !im.is_zero() && real::magnitude(&im) <= err {
            im = real::zero();
            err += 1;
        }
        Self { re, im, err, lossy }
    }

    /// A rational number.
    pub(super) fn rational(value: &Rational) -> Computed {
        let re = real::from_rational(value)?;
        let err = real::rounding(&re);
        Ok(Self::real(re, err))
    }

    /// A float, exactly.
    pub(super) fn exactly(x: f64) -> Self {
        Self::real(real::from_f64(x), NOTHING)
    }

    /// Zero, exactly. Roots of a number that is surely zero also return this, or the error would grow to its root.
    pub(super) fn zero() -> Self {
        Self::real(real::zero(), NOTHING)
    }

    pub(super) fn imaginary_unit() -> Self {
        Self {
            re: real::zero(),
            im: real::one(),
            err: NOTHING,
            lossy: false,
        }
    }

    pub(super) fn pi() -> Computed {
        let pi = real::pi()?;
        let err = real::rounding(&pi);
        Ok(Self::real(pi, err))
    }

    pub(super) fn is_real(&self) -> bool {
        self.im.is_zero()
    }

    /// `e` with both parts below `2^e`, errors included.
    pub(super) fn magnitude(&self) -> i64 {
        real::magnitude(&self.re).max(real::magnitude(&self.im)).max(self.err) + 1
    }

    /// Whether it is zero.
    ///
    /// # Errors
    ///
    /// [`OverBudget::Precision`] if that cannot be decided.
    pub(super) fn is_zero(&self) -> Computed<bool> {
        self.is_zero_beside(0)
    }

    /// Whether it is zero, as a difference of numbers of magnitude `scale`.
    ///
    /// # Errors
    ///
    /// [`OverBudget::Precision`] if that cannot be decided.
    pub(super) fn is_zero_beside(&self, scale: i64) -> Computed<bool> {
        let largest = real::magnitude(&self.re).max(real::magnitude(&self.im));
        if largest > self.err + 1 {
            return Ok(false);
        }
        if self.err <= SURELY_ZERO + scale {
            return Ok(true);
        }
        Err(OverBudget::Precision.into())
    }

    /// Whether a real number is negative. It must not be close to zero, unless it is zero.
    pub(super) fn is_negative(&self) -> Computed<bool> {
        Ok(!self.is_zero()? && self.re.is_negative())
    }

    pub(super) fn neg(&self) -> Self {
        Self {
            re: self.re.neg(),
            im: if self.im.is_zero() { real::zero() } else { self.im.neg() },
            ..*self
        }
    }

    pub(super) fn add(&self, other: &Self) -> Computed {
        let re = real::add(&self.re, &other.re)?;
        let im = real::add(&self.im, &other.im)?;
        let err = self.err.max(other.err) + 1;
        let lossy = self.lossy || other.lossy || hides(self, other) || hides(other, self);
        Ok(Self::new(re, im, err, lossy))
    }

    pub(super) fn sub(&self, other: &Self) -> Computed {
        self.add(&other.neg())
    }

    pub(super) fn mul(&self, other: &Self) -> Computed {
        let err = (self.magnitude() + other.err).max(other.magnitude() + self.err) + 2;
        let lossy = self.lossy || other.lossy;
        if self.is_real() && other.is_real() {
            let re = real::mul(&self.re, &other.re)?;
            return Ok(Self::new(re, real::zero(), err, lossy));
        }
        let re = real::sub(&real::mul(&self.re, &other.re)?, &real::mul(&self.im, &other.im)?)?;
        let im = real::add(&real::mul(&self.re, &other.im)?, &real::mul(&self.im, &other.re)?)?;
        let rounding = self.magnitude() + other.magnitude() - PRECISION as i64 + 6;
        Ok(Self::new(re, im, err.max(rounding), lossy))
    }

    /// The quotient.
    ///
    /// # Errors
    ///
    /// [`Trouble::Undefined`] if `other` is zero.
    pub(super) fn div(&self, other: &Self) -> Computed {
        if other.is_zero()? {
            return Err(Trouble::Undefined);
        }
        self.mul(&other.reciprocal()?)
    }

    fn reciprocal(&self) -> Computed {
        let lower = real::magnitude(&self.re).max(real::magnitude(&self.im)) - 2;
        let err = self.err - 2 * lower + 1;
        if self.is_real() {
            let re = real::div(&real::one(), &self.re)?;
            return Ok(Self::new(re, real::zero(), err, self.lossy));
        }
        let norm = real::add(&real::mul(&self.re, &self.re)?, &real::mul(&self.im, &self.im)?)?;
        let re = real::div(&self.re, &norm)?;
        let im = real::div(&self.im, &norm)?.neg();
        Ok(Self::new(re, im, err, self.lossy))
    }
}

/// Whether `large` swallows `small`.
fn hides(large: &Ball, small: &Ball) -> bool {
    let bottom = real::magnitude(&small.re).max(real::magnitude(&small.im));
    let top = real::magnitude(&large.re).max(real::magnitude(&large.im));
    bottom > NOTHING && bottom > small.err && top - bottom > INVISIBLE
}
