//! Written numbers, read exactly.
//!
//! Thousands, decimals, repeating decimals, mixed numbers, scientific notation, number words. Knows no arithmetic
//! beyond a numeral: `2 + 3` and `10^2` are not read here.

use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::Ratio;

use super::parser::{Parsed, Parser, Stop};
use super::thousands;
use crate::budget;
use crate::canonical::expr::{Id, Rational};
use crate::canonical::lexer::Token;
use crate::canonical::units;

/// With this many decimals or more, a decimal that rounds a simple fraction equals that fraction.
const ROUNDED_FROM: usize = 6;

/// Largest denominator of a simple fraction.
const SIMPLE: u32 = 100;

impl<'a> Parser<'_, 'a> {
    /// A numeral at the cursor.
    pub(super) fn literal(&mut self) -> Parsed<Id> {
        let (whole, decimals) = match thousands::grouped(self.rest(self.at)) {
            Some((digits, length)) => {
                self.at += length;
                (digits, None)
            }
            None => (self.whole_digits(), self.decimals()),
        };
        if whole.is_empty() && decimals.is_none() {
            return Err(Stop::NotMath);
        }
        let mut value = match decimals {
            None => integer(&whole)?,
            Some(decimals) => self.decimal(&whole, decimals)?,
        };
        if decimals.is_none()
            && let Some(part) = self.mixed_part()?
        {
            value += part;
        }
        if let Some(exponent) = self.scientific(&whole, decimals.is_some()) {
            value *= power_of_ten(exponent)?;
        }
        let exponent = self.scale();
        if exponent > 0 {
            value *= power_of_ten(i64::try_from(exponent).unwrap_or(i64::MAX))?;
        }
        // 52_8 is a numeral in another base, and not a factor.
        if self.peek() == Some(Token::Symbol('_')) {
            return Err(Stop::NotMath);
        }
        Ok(self.number(value))
    }

    /// The digits before the point, without thousands separators.
    fn whole_digits(&mut self) -> String {
        let mut digits = String::new();
        if let Some(Token::Number(first)) = self.peek() {
            self.at += 1;
            digits.push_str(first);
            // Raised digits arrive one by one.
            while let Some(Token::Number(next)) = self.peek() {
                self.at += 1;
                digits.push_str(next);
            }
            if first.len() <= 3 && !first.starts_with('0') {
                while let Some(group) = self.thousands() {
                    digits.push_str(group);
                }
            }
        }
        digits
    }

    /// A separator and the three digits after it. Leaves the cursor alone if there are none.
    fn thousands(&mut self) -> Option<&'a str> {
        let start = self.at;
        let spaced = self.take(Token::Space);
        if !spaced && !self.take(Token::Symbol(',')) && self.take(Token::Thousands) {
            self.spaces();
        }
        let group = match self.peek() {
            Some(Token::Number(group)) if self.at > start && group.len() == 3 => group,
            _ => {
                self.at = start;
                return None;
            }
        };
        // 1 100/200 is a mixed number.
        if spaced && self.tokens.get(self.at + 1) == Some(&Token::Symbol('/')) {
            self.at = start;
            return None;
        }
        self.at += 1;
        Some(group)
    }

    fn decimals(&mut self) -> Option<&'a str> {
        let [Token::Symbol('.'), rest @ ..] = &self.tokens[self.at..] else {
            return None;
        };
        match rest {
            [Token::Number(decimals), ..] => {
                self.at += 2;
                Some(decimals)
            }
            [Token::Command("overline" | "dot" | "bar"), ..] | [Token::Symbol('('), Token::Number(_), ..] => {
                self.at += 1;
                Some("")
            }
            _ => None,
        }
    }

    /// The value of `whole.decimals`, with a repeating part behind them.
    fn decimal(&mut self, whole: &str, decimals: &str) -> Parsed<Rational> {
        if let Some((shown, repeated)) = self.repeating(decimals) {
            let unit = power_of_ten(-i64::try_from(shown.len()).unwrap_or(i64::MAX))?;
            let nines = BigInt::from(10).pow(u32::try_from(repeated.len()).unwrap_or(u32::MAX)) - 1;
            return Ok((integer(&format!("{whole}{shown}"))? + integer(&repeated)? / nines) * unit);
        }
        let shown = integer(&format!("{whole}{decimals}"))?;
        let unit = BigInt::from(10).pow(u32::try_from(decimals.len()).unwrap_or(u32::MAX));
        let simple = (decimals.len() >= ROUNDED_FROM)
            .then(|| unrounded(shown.numer(), &unit))
            .flatten();
        Ok(simple.unwrap_or_else(|| shown / &unit))
    }

    /// The fraction of `1\frac{4}{5}` or `1 4/5`. Leaves the cursor alone if there is none.
    fn mixed_part(&mut self) -> Parsed<Option<Rational>> {
        let start = self.at;
        self.spaces();
        let (numerator, denominator, length) = match &self.tokens[self.at..] {
            [
                Token::Command("frac"),
                Token::Open,
                Token::Number(numerator),
                Token::Close,
                Token::Open,
                Token::Number(denominator),
                Token::Close,
                ..,
            ] => (numerator, denominator, 7),
            [
                Token::Number(numerator),
                Token::Symbol('/'),
                Token::Number(denominator),
                ..,
            ] if self.at > start => (numerator, denominator, 3),
            _ => {
                self.at = start;
                return Ok(None);
            }
        };
        let (numerator, denominator) = (integer(numerator)?, integer(denominator)?);
        // If anything, 1\frac{7}{2} is a product.
        if numerator < denominator {
            self.at += length;
            return Ok(Some(numerator / denominator));
        }
        self.at = start;
        Ok(None)
    }

    /// The exponent of `1.5e-3`. `2e-3` subtracts three, since `e` is a number too; `1e-3` does not.
    fn scientific(&mut self, whole: &str, decimal: bool) -> Option<i64> {
        let [Token::Word { text: "e" | "E", .. }, rest @ ..] = &self.tokens[self.at..] else {
            return None;
        };
        let (digits, sign, length) = match rest {
            [Token::Number(digits), ..] => (digits, 1, 2),
            [Token::Symbol('+'), Token::Number(digits), ..] if decimal || whole == "1" => (digits, 1, 3),
            [Token::Symbol('-'), Token::Number(digits), ..] if decimal || whole == "1" => (digits, -1, 3),
            _ => return None,
        };
        self.at += length;
        let magnitude: i64 = digits.parse().unwrap_or(i64::MAX);
        Some(sign * magnitude)
    }

    /// The exponent of ten of the number words that follow.
    fn scale(&mut self) -> usize {
        let mut exponent: usize = 0;
        loop {
            let start = self.at;
            self.spaces();
            let Some(Token::Word { text, .. }) = self.peek() else {
                self.at = start;
                return exponent;
            };
            let Some(power) = units::scale(text) else {
                self.at = start;
                return exponent;
            };
            exponent += power;
            self.at += 1;
        }
    }
}

fn integer(digits: &str) -> Parsed<Rational> {
    budget::check_digits(digits.len())?;
    let value = BigInt::parse_bytes(digits.as_bytes(), 10).unwrap_or_default();
    Ok(Rational::from_integer(value))
}

fn power_of_ten(exponent: i64) -> Parsed<Rational> {
    let digits = usize::try_from(exponent.unsigned_abs()).unwrap_or(usize::MAX);
    budget::check_digits(digits)?;
    let power = BigInt::from(10).pow(u32::try_from(digits).unwrap_or(u32::MAX));
    Ok(if exponent < 0 {
        Ratio::new(BigInt::from(1), power)
    } else {
        Ratio::from_integer(power)
    })
}

/// The fraction with a denominator of at most [`SIMPLE`] that `shown / unit` rounds or cuts off, if there is one:
/// `0.333333` is `1/3`.
///
/// Each decimal maps to one fraction, whatever it is compared with, so that equality stays transitive.
fn unrounded(shown: &BigInt, unit: &BigInt) -> Option<Rational> {
    for denominator in 3..=SIMPLE {
        let (below, rest) = (shown * denominator).div_rem(unit);
        // Distances of the fractions below and above, in units of its last place times the denominator.
        let (beyond, limit) = (unit - &rest, BigInt::from(denominator));
        if &rest * 2 <= limit {
            return Some(Rational::new(below, limit));
        }
        if beyond < limit {
            return Some(Rational::new(below + 1, limit));
        }
    }
    None
}
