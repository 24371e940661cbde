//! Functions: their names, and the notation of their arguments.
//!
//! `\sin^2 2x`, `\ln|t|`, `\log_2 8`, `arctan(x)`. An argument without brackets continues as long as factors
//! follow, and ends before the next function, bracket or multiplication sign.

use num_bigint::BigInt;

use super::parser::{Parsed, Parser, Stop};
use crate::canonical::expr::{Function, Id, Node, Rational};
use crate::canonical::lexer::Token;

/// A name that takes an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    Function(Function),
    /// The logarithm to the base that is its subscript, or 10.
    Log,
    Sqrt,
}

/// The function called `name`, as a command or as a word.
pub(super) fn named(name: &str) -> Option<Named> {
    let function = match name {
        "sin" => Function::Sin,
        "cos" => Function::Cos,
        "tan" | "tg" => Function::Tan,
        "cot" | "ctg" => Function::Cot,
        "sec" => Function::Sec,
        "csc" | "cosec" => Function::Csc,
        "arcsin" | "asin" => Function::Arcsin,
        "arccos" | "acos" => Function::Arccos,
        "arctan" | "atan" | "arctg" => Function::Arctan,
        "arccot" | "acot" => Function::Arccot,
        "arcsec" | "asec" => Function::Arcsec,
        "arccsc" | "acsc" => Function::Arccsc,
        "sinh" | "sh" => Function::Sinh,
        "cosh" | "ch" => Function::Cosh,
        "tanh" | "th" => Function::Tanh,
        "coth" => Function::Coth,
        "sech" => Function::Sech,
        "csch" => Function::Csch,
        "arsinh" | "arcsinh" | "asinh" => Function::Arsinh,
        "arcosh" | "arccosh" | "acosh" => Function::Arcosh,
        "artanh" | "arctanh" | "atanh" => Function::Artanh,
        "exp" => Function::Exp,
        "ln" => Function::Ln,
        "abs" => Function::Abs,
        "log" | "lg" => return Some(Named::Log),
        "sqrt" => return Some(Named::Sqrt),
        _ => return None,
    };
    Some(Named::Function(function))
}

/// Whether `name` takes an argument.
pub(in crate::canonical) fn is_function(name: &str) -> bool {
    named(name).is_some()
}

impl Parser<'_, '_> {
    /// Reads the exponent and argument of a function whose name was just read.
    pub(super) fn call(&mut self, name: Named) -> Parsed<Id> {
        let mut base = None;
        let mut exponent = None;
        loop {
            self.spaces();
            if base.is_none() && name == Named::Log && self.take(Token::Symbol('_')) {
                base = Some(self.argument()?);
            } else if exponent.is_none() && self.take(Token::Symbol('^')) {
                exponent = Some(self.exponent_tokens()?);
            } else {
                break;
            }
        }
        let angle = std::mem::replace(&mut self.angle, is_trigonometric(name));
        let operand = self.operand()?;
        self.angle = angle;
        match (name, exponent) {
            (Named::Function(function), Some(Exponent::Inverse)) => {
                let inverse = function.inverse().ok_or(Stop::NotMath)?;
                Ok(self.expr.push(Node::Call(inverse, operand)))
            }
            (_, Some(Exponent::Inverse)) => Err(Stop::NotMath),
            (name, Some(Exponent::Power(power))) => {
                let value = self.apply(name, base, operand);
                Ok(self.expr.push(Node::Pow(value, power)))
            }
            (name, None) => Ok(self.apply(name, base, operand)),
        }
    }

    fn apply(&mut self, name: Named, base: Option<Id>, operand: Id) -> Id {
        match name {
            Named::Function(function) => self.expr.push(Node::Call(function, operand)),
            Named::Sqrt => {
                let half = self.number(Rational::new(BigInt::from(1), BigInt::from(2)));
                self.expr.push(Node::Pow(operand, half))
            }
            Named::Log => {
                let base = base.unwrap_or_else(|| self.number(Rational::from_integer(10.into())));
                let base = self.expr.push(Node::Call(Function::Ln, base));
                let operand = self.expr.push(Node::Call(Function::Ln, operand));
                self.expr.push(Node::Div(operand, base))
            }
        }
    }

    /// The exponent between a function and its argument.
    fn exponent_tokens(&mut self) -> Parsed<Exponent> {
        let start = self.at;
        if let [Token::Symbol('-'), Token::Number("1")] = self.raw_argument()? {
            return Ok(Exponent::Inverse);
        }
        self.at = start;
        Ok(Exponent::Power(self.argument()?))
    }

    /// The argument of a function.
    fn operand(&mut self) -> Parsed<Id> {
        self.spaces();
        let negative = self.take(Token::Symbol('-'));
        self.spaces();
        let bracketed = matches!(self.peek(), Some(Token::Symbol('(' | '[' | '|') | Token::Open));
        let operand = if bracketed { self.atom()? } else { self.open_operand()? };
        Ok(if negative {
            self.expr.push(Node::Neg(operand))
        } else {
            operand
        })
    }

    /// An argument without brackets: factors and divisors, as long as they follow.
    fn open_operand(&mut self) -> Parsed<Id> {
        let mut operand = self.power()?;
        loop {
            let before = self.at;
            self.spaces();
            if self.take(Token::Symbol('/')) {
                let divisor = self.power()?;
                operand = self.expr.push(Node::Div(operand, divisor));
            } else if self.continues_operand(before) {
                let factor = self.power()?;
                operand = self.expr.push(Node::Mul(operand, factor));
            } else {
                if self.within == 0 {
                    self.at = before;
                }
                return Ok(operand);
            }
        }
    }

    fn continues_operand(&self, before: usize) -> bool {
        let ends = match self.peek() {
            Some(Token::Command(name)) => named(name).is_some() && name != "sqrt",
            Some(Token::Word { text, .. }) => named(text).is_some() && text != "sqrt",
            Some(Token::Symbol(_) | Token::Number(_)) => true,
            _ => false,
        };
        !ends && self.starts_factor(before)
    }
}

enum Exponent {
    Inverse,
    Power(Id),
}

fn is_trigonometric(name: Named) -> bool {
    matches!(
        name,
        Named::Function(Function::Sin | Function::Cos | Function::Tan | Function::Cot | Function::Sec | Function::Csc)
    )
}
