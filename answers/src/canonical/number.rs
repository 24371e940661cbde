//! Exact rational numbers: integers, decimals, thousands, fractions, mixed numbers, number words, with their unit.
//!
//! Knows tokens with their arguments grouped, and no arithmetic beyond a sign and a fraction bar: `2 + 3`, `\sqrt{4}` and
//! `10^2` are not numbers here.

use num_bigint::BigInt;
use num_rational::Ratio;

use super::lexer::Token;
use super::units;
use crate::budget::{self, OverBudget};

type Rational = Ratio<BigInt>;

/// The number that makes up the whole of `tokens`.
///
/// # Errors
///
/// [`OverBudget::Digits`] if a literal is too long.
pub(super) fn read(tokens: &[Token<'_>]) -> Result<Option<Rational>, OverBudget> {
    let mut cursor = Cursor { rest: tokens };
    let mut negative = cursor.sign();
    let in_parentheses = cursor.parenthesised();
    if in_parentheses {
        negative ^= cursor.sign();
    }
    let Some(magnitude) = cursor.magnitude()? else {
        return Ok(None);
    };
    if in_parentheses && !cursor.take(Token::Symbol(')')) {
        return Ok(None);
    }
    let exponent = cursor.scale();
    if !units::is_unit(cursor.rest) {
        return Ok(None);
    }
    budget::check_digits(exponent)?;
    let value = magnitude * power_of_ten(exponent);
    Ok(Some(if negative { -value } else { value }))
}

#[derive(Clone, Copy)]
struct Cursor<'t, 'a> {
    rest: &'t [Token<'a>],
}

/// A number without a sign, and whether it is a whole one, which a fraction may follow.
struct Literal {
    value: Rational,
    whole: bool,
}

impl<'a> Cursor<'_, 'a> {
    fn take(&mut self, token: Token<'_>) -> bool {
        let taken = self.rest.first() == Some(&token);
        if taken {
            self.rest = &self.rest[1..];
        }
        taken
    }

    fn spaces(&mut self) {
        while self.take(Token::Space) {}
    }

    fn digits(&mut self) -> Option<&'a str> {
        let (Token::Number(digits), rest) = self.rest.split_first()? else {
            return None;
        };
        self.rest = rest;
        Some(digits)
    }

    /// Reads signs and tells whether they make a negative number.
    fn sign(&mut self) -> bool {
        let negative = self.take(Token::Symbol('-'));
        let _ = negative || self.take(Token::Symbol('+'));
        self.spaces();
        negative
    }

    /// Enters parentheses around a number: `-(5)`, not the point `(1,234)`.
    fn parenthesised(&mut self) -> bool {
        !self.rest.contains(&Token::Symbol(',')) && self.take(Token::Symbol('('))
    }

    fn magnitude(&mut self) -> Result<Option<Rational>, OverBudget> {
        if let Some(fraction) = self.fraction()? {
            return Ok(Some(fraction));
        }
        let Some(literal) = self.literal()? else {
            return Ok(None);
        };
        if literal.whole
            && let Some(fraction) = self.mixed_part()?
        {
            return Ok(Some(literal.value + fraction));
        }
        self.over(literal.value)
    }

    /// `\frac{a}{b}`. Leaves the cursor alone if there is none.
    fn fraction(&mut self) -> Result<Option<Rational>, OverBudget> {
        let mut ahead = *self;
        if !ahead.take(Token::Command("frac")) {
            return Ok(None);
        }
        let (Some(numerator), Some(denominator)) = (ahead.argument()?, ahead.argument()?) else {
            return Ok(None);
        };
        *self = ahead;
        Ok(divide(numerator, denominator))
    }

    /// A signed literal in braces.
    fn argument(&mut self) -> Result<Option<Rational>, OverBudget> {
        if !self.take(Token::Open) {
            return Ok(None);
        }
        self.spaces();
        let negative = self.sign();
        let Some(Literal { value, .. }) = self.literal()? else {
            return Ok(None);
        };
        self.spaces();
        let value = if negative { -value } else { value };
        Ok(self.take(Token::Close).then_some(value))
    }

    /// The fraction of `1\frac{4}{5}` or `1 4/5`. Leaves the cursor alone if there is none.
    fn mixed_part(&mut self) -> Result<Option<Rational>, OverBudget> {
        let mut ahead = *self;
        ahead.spaces();
        let spaced = ahead.rest.len() < self.rest.len();
        let mut part = ahead.fraction()?;
        if part.is_none()
            && spaced
            && let Some(numerator) = ahead.digits()
            && ahead.take(Token::Symbol('/'))
            && let Some(denominator) = ahead.digits()
        {
            part = divide(integer(numerator)?, integer(denominator)?);
        }
        // 1\frac{7}{2} is a product if anything.
        let proper = part.filter(|part| part.numer() < part.denom());
        if proper.is_some() {
            *self = ahead;
        }
        Ok(proper)
    }

    /// `a` or `a/b`, after `a` is read.
    fn over(&mut self, numerator: Rational) -> Result<Option<Rational>, OverBudget> {
        let mut ahead = *self;
        ahead.spaces();
        if !ahead.take(Token::Symbol('/')) {
            return Ok(Some(numerator));
        }
        ahead.spaces();
        let Some(denominator) = ahead.literal()? else {
            return Ok(None);
        };
        *self = ahead;
        Ok(divide(numerator, denominator.value))
    }

    /// Digits with thousands separators and decimals.
    fn literal(&mut self) -> Result<Option<Literal>, OverBudget> {
        let mut digits = String::new();
        let leading = self.digits();
        digits.push_str(leading.unwrap_or_default());
        if matches!(leading, Some(first) if first.len() <= 3 && !first.starts_with('0')) {
            while let Some(group) = self.thousands() {
                digits.push_str(group);
            }
        }
        let decimals = self.decimals();
        if leading.is_none() && decimals.is_none() {
            return Ok(None);
        }
        digits.push_str(decimals.unwrap_or_default());
        let shift = decimals.map_or(0, str::len);
        let value =
            integer(&digits)? / BigInt::from(10).pow(u32::try_from(shift).unwrap_or(u32::MAX));
        let whole = decimals.is_none();
        Ok(Some(Literal { value, whole }))
    }

    /// A separator and the three digits after it. Leaves the cursor alone if there are none.
    fn thousands(&mut self) -> Option<&'a str> {
        let mut ahead = *self;
        let spaced = ahead.take(Token::Space);
        if !spaced && !ahead.take(Token::Symbol(',')) {
            let separated = ahead.take(Token::Thousands);
            separated.then_some(())?;
            ahead.spaces();
        }
        let group = ahead.digits().filter(|digits| digits.len() == 3)?;
        // 1 100/200 is a mixed number.
        if spaced && ahead.rest.first() == Some(&Token::Symbol('/')) {
            return None;
        }
        *self = ahead;
        Some(group)
    }

    fn decimals(&mut self) -> Option<&'a str> {
        let mut ahead = *self;
        ahead.take(Token::Symbol('.')).then_some(())?;
        let decimals = ahead.digits()?;
        *self = ahead;
        Some(decimals)
    }

    /// The exponent of ten of the number words that follow.
    fn scale(&mut self) -> usize {
        let mut exponent = 0;
        loop {
            let mut ahead = *self;
            ahead.spaces();
            let Some((Token::Word { text, .. }, rest)) = ahead.rest.split_first() else {
                return exponent;
            };
            let Some(power) = units::scale(text) else {
                return exponent;
            };
            exponent += power;
            self.rest = rest;
        }
    }
}

fn integer(digits: &str) -> Result<Rational, OverBudget> {
    budget::check_digits(digits.len())?;
    let value = BigInt::parse_bytes(digits.as_bytes(), 10).unwrap_or_default();
    Ok(Rational::from_integer(value))
}

/// Callers have checked the exponent against the budget.
fn power_of_ten(exponent: usize) -> BigInt {
    BigInt::from(10).pow(u32::try_from(exponent).unwrap_or(u32::MAX))
}

/// The quotient, unless it has none.
fn divide(numerator: Rational, denominator: Rational) -> Option<Rational> {
    (*denominator.numer() != BigInt::ZERO).then(|| numerator / denominator)
}
