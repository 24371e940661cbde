//! Reads one scalar expression from tokens.
//!
//! | level | file | reads |
//! |---|---|---|
//! | sum, product, sign | here | `a + b`, `a \pm b`, `ab`, `a \cdot b`, `a / b`, `-a` |
//! | power | here | `a^b`, `a!`, `a^\circ`, `a\%` |
//! | atom | `atom` | brackets, bars, fractions, roots, names |
//! | combination | `combination` | `C_5^2`, `{}_5C_2` |
//! | function | `function` | `\sin^2 2x`, `\log_2 8` |
//! | number | `literal`, `repeating`, `thousands` | `1{,}000`, `0.1\overline{6}`, `1\frac{4}{5}`, `1.5e3` |
//!
//! Knows tokens with their arguments grouped, but no values: `1/0` is an expression. Tokens that are not an expression
//! give `None` rather than an error, since they may be text.

mod atom;
mod combination;
mod function;
mod literal;
mod parser;
mod repeating;
mod thousands;

pub(super) use self::atom::{is_accent, is_letter};
pub(super) use self::function::is_function;
pub(super) use self::thousands::grouped;

use self::parser::{Parsed, Parser, Stop};
use super::expr::{Expr, Function, Node};
use super::lexer::Token;
use super::units;
use crate::budget::{MAX_DEPTH, OverBudget};

/// Reads all of `tokens` as an expression, which a unit may follow.
///
/// # Errors
///
/// [`OverBudget`] if numbers are too long or brackets too deep.
pub(super) fn scalar(tokens: &[Token<'_>]) -> Result<Option<Expr>, OverBudget> {
    let mut parser = Parser::new(tokens);
    match parser.whole() {
        Ok(()) => Ok(Some(parser.expr)),
        Err(Stop::NotMath) => Ok(None),
        Err(Stop::Over(over)) => Err(over),
    }
}

impl<'t, 'a> Parser<'t, 'a> {
    fn whole(&mut self) -> Parsed<()> {
        self.sum()?;
        if self.within == 0 && units::is_unit(self.rest(self.at)) {
            Ok(())
        } else {
            Err(Stop::NotMath)
        }
    }

    fn sum(&mut self) -> Parsed {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(OverBudget::Depth.into());
        }
        let mut left = self.product()?;
        loop {
            let before = self.at;
            self.spaces();
            let (negated, plus_minus) = match self.peek() {
                Some(Token::Symbol('+')) => (false, None),
                Some(Token::Symbol('-')) => (true, None),
                Some(Token::Command("pm")) => (false, Some(false)),
                Some(Token::Command("mp")) => (false, Some(true)),
                _ => {
                    // A unit may follow, which the space belongs to.
                    self.at = before;
                    break;
                }
            };
            self.at += 1;
            let mut right = self.product()?;
            if negated {
                right = self.expr.push(Node::Neg(right));
            }
            if let Some(minus) = plus_minus {
                right = self.expr.push(Node::PlusMinus(right, minus));
            }
            left = self.expr.push(Node::Add(left, right));
        }
        self.depth -= 1;
        Ok(left)
    }

    fn product(&mut self) -> Parsed {
        let mut left = self.signed()?;
        loop {
            let before = self.at;
            self.spaces();
            match self.peek() {
                Some(Token::Symbol('*')) if !units::is_unit(self.rest(self.at)) => {
                    self.at += 1;
                    let right = self.signed()?;
                    left = self.expr.push(Node::Mul(left, right));
                }
                Some(Token::Symbol('/')) => {
                    self.at += 1;
                    let right = self.signed()?;
                    left = self.expr.push(Node::Div(left, right));
                }
                _ if self.starts_factor(before) => {
                    let right = self.power()?;
                    left = self.expr.push(Node::Mul(left, right));
                }
                _ => {
                    self.at = if self.within == 0 { before } else { self.at };
                    return Ok(left);
                }
            }
        }
    }

    /// Signs and their operand.
    fn signed(&mut self) -> Parsed {
        let mut negative = false;
        let mut plus_minus = None;
        loop {
            self.spaces();
            match self.peek() {
                Some(Token::Symbol('-')) => negative = !negative,
                Some(Token::Symbol('+')) => {}
                Some(Token::Command("pm")) => plus_minus = Some(false),
                Some(Token::Command("mp")) => plus_minus = Some(true),
                _ => break,
            }
            self.at += 1;
        }
        let mut operand = self.power()?;
        if negative {
            operand = self.expr.push(Node::Neg(operand));
        }
        if let Some(minus) = plus_minus {
            operand = self.expr.push(Node::PlusMinus(operand, minus));
        }
        Ok(operand)
    }

    /// Whether a factor follows without a multiplication sign. A unit is not a factor; `before` is where its space
    /// starts.
    fn starts_factor(&self, before: usize) -> bool {
        match self.peek() {
            // 2 3 is not a product.
            Some(Token::Number(_)) => !matches!(self.tokens[..before], [.., Token::Number(_)]),
            Some(Token::Symbol('(')) => !units::is_unit(self.rest(before)),
            Some(Token::Symbol('[')) => true,
            Some(Token::Symbol('|')) => !self.barred,
            Some(Token::Command("frac" | "mu" | "Omega")) => !units::is_unit(self.rest(before)),
            Some(Token::Command(name)) => atom::is_factor(name),
            Some(Token::Word { text, .. }) if self.within == 0 && text.len() > 1 => !units::is_unit(self.rest(before)),
            Some(Token::Word { upright: true, .. }) if self.within == 0 => !units::is_unit(self.rest(before)),
            Some(Token::Word { .. }) => true,
            _ => false,
        }
    }

    /// An atom with its suffixes: exponent, `!`, degrees, percent.
    fn power(&mut self) -> Parsed {
        let mut base = self.atom()?;
        loop {
            match self.peek() {
                Some(Token::Symbol('!')) if self.within == 0 => {
                    self.at += 1;
                    if self.peek() == Some(Token::Symbol('!')) {
                        return Err(Stop::NotMath);
                    }
                    base = self.expr.push(Node::Call(Function::Factorial, base));
                }
                Some(Token::Symbol('^')) if self.within == 0 => {
                    let exponent = self.exponent()?;
                    base = self.expr.push(Node::Pow(base, exponent));
                }
                Some(Token::Symbol('°')) if self.within == 0 => {
                    // 25°C: a unit from here on.
                    let names_scale = matches!(
                        self.tokens.get(self.at + 1),
                        Some(Token::Word {
                            text: "C" | "F" | "K",
                            ..
                        })
                    );
                    if names_scale && units::is_unit(self.rest(self.at)) {
                        return Ok(base);
                    }
                    self.at += 1;
                    if self.angle {
                        base = self.expr.push(Node::Call(Function::Degrees, base));
                    }
                }
                Some(Token::Symbol('%')) if self.within == 0 => self.at += 1,
                _ => return Ok(base),
            }
        }
    }

    /// An exponent, and the exponents of it: `2^3^2` is `2^9`.
    fn exponent(&mut self) -> Parsed {
        let mut tower = Vec::new();
        while self.take(Token::Symbol('^')) {
            tower.push(self.argument()?);
        }
        let mut exponent = tower.pop().ok_or(Stop::NotMath)?;
        while let Some(base) = tower.pop() {
            exponent = self.expr.push(Node::Pow(base, exponent));
        }
        Ok(exponent)
    }

    /// The expression in the braces of an argument.
    fn argument(&mut self) -> Parsed {
        self.expect(Token::Open)?;
        let (barred, angle) = (self.barred, self.angle);
        (self.barred, self.angle) = (false, false);
        let closing = self.closing();
        let end = std::mem::replace(&mut self.end, closing);
        let inside = self.sum()?;
        (self.barred, self.angle) = (barred, angle);
        // `\frac{3\text{ cm}}{2\text{ cm}}`
        if self.within == 0 && units::is_unit(self.rest(self.at)) {
            self.at = self.end;
        }
        self.end = end;
        self.expect(Token::Close)?;
        Ok(inside)
    }
}
