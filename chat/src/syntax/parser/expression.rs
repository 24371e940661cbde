//! Expressions, from the loosest operator to the tightest.

use super::stream::Parser;
use crate::error::Result;
use crate::syntax::ast::{Comparison, Expr, Operator, Target};
use crate::syntax::token::Kind;

/// How often `a if b` may follow itself without an `else`.
const MAX_BARE_CONDITIONS: usize = 4;

impl Parser {
    /// An expression.
    pub fn expression(&mut self) -> Result<Expr> {
        self.nested(Self::conditional)
    }

    /// An expression without `if`, for what an `if` may follow.
    fn unconditional(&mut self) -> Result<Expr> {
        self.nested(Self::or)
    }

    /// Expressions with commas between them, which make a tuple; or one expression.
    pub fn tuple(&mut self, conditional: bool, is_end: fn(&Self) -> bool) -> Result<Expr> {
        let (mut items, is_tuple) = self.items(conditional, is_end)?;
        match items.pop() {
            Some(only) if !is_tuple => Ok(only),
            Some(last) => {
                items.push(last);
                Ok(Expr::Tuple(items))
            }
            None => self.unexpected("an expression"),
        }
    }

    fn items(&mut self, conditional: bool, is_end: fn(&Self) -> bool) -> Result<(Vec<Expr>, bool)> {
        let mut items = Vec::new();
        let mut is_tuple = false;
        while !self.ends_tuple() && !is_end(self) {
            items.push(if conditional {
                self.expression()?
            } else {
                self.unconditional()?
            });
            if !self.skip_symbol(",") {
                break;
            }
            is_tuple = true;
        }
        Ok((items, is_tuple))
    }

    fn ends_tuple(&self) -> bool {
        matches!(self.kind(), Kind::PrintEnd | Kind::BlockEnd | Kind::End) || self.is_symbol(")")
    }

    fn conditional(&mut self) -> Result<Expr> {
        let mut yes = self.or()?;
        for _ in 0..MAX_BARE_CONDITIONS {
            if !self.skip_name("if") {
                break;
            }
            let test = Box::new(self.or()?);
            let no = if self.skip_name("else") {
                Some(Box::new(self.expression()?))
            } else {
                None
            };
            yes = Expr::Conditional {
                test,
                yes: Box::new(yes),
                no,
            };
        }
        Ok(yes)
    }

    fn or(&mut self) -> Result<Expr> {
        self.joined("or", Self::and, Expr::Or)
    }

    fn and(&mut self) -> Result<Expr> {
        self.joined("and", Self::not, Expr::And)
    }

    fn joined(
        &mut self,
        word: &str,
        operand: fn(&mut Self) -> Result<Expr>,
        join: fn(Vec<Expr>) -> Expr,
    ) -> Result<Expr> {
        let first = operand(self)?;
        if !self.is_name(word) {
            return Ok(first);
        }
        let mut operands = vec![first];
        while self.skip_name(word) {
            operands.push(operand(self)?);
        }
        Ok(join(operands))
    }

    fn not(&mut self) -> Result<Expr> {
        if self.skip_name("not") {
            return Ok(Expr::Not(Box::new(self.nested(Self::not)?)));
        }
        self.compare()
    }

    fn compare(&mut self) -> Result<Expr> {
        let first = self.sum()?;
        let mut rest = Vec::new();
        while let Some((comparison, tokens)) = self.comparison() {
            self.skip(tokens);
            rest.push((comparison, self.sum()?));
        }
        Ok(if rest.is_empty() {
            first
        } else {
            Expr::Compare(Box::new(first), rest)
        })
    }

    /// The comparison that comes next, with its number of tokens.
    fn comparison(&self) -> Option<(Comparison, usize)> {
        let one = |comparison| Some((comparison, 1));
        match self.kind() {
            Kind::Symbol("==") => one(Comparison::Equal),
            Kind::Symbol("!=") => one(Comparison::NotEqual),
            Kind::Symbol("<") => one(Comparison::Less),
            Kind::Symbol("<=") => one(Comparison::LessOrEqual),
            Kind::Symbol(">") => one(Comparison::Greater),
            Kind::Symbol(">=") => one(Comparison::GreaterOrEqual),
            Kind::Name(name) if name == "in" => one(Comparison::In),
            Kind::Name(name) if name == "not" => match self.ahead(1) {
                Kind::Name(next) if next == "in" => Some((Comparison::NotIn, 2)),
                _ => None,
            },
            _ => None,
        }
    }

    fn sum(&mut self) -> Result<Expr> {
        self.chain(&[("+", Operator::Add), ("-", Operator::Subtract)], Self::concatenation)
    }

    fn concatenation(&mut self) -> Result<Expr> {
        let first = self.product()?;
        if !self.is_symbol("~") {
            return Ok(first);
        }
        let mut operands = vec![first];
        while self.skip_symbol("~") {
            operands.push(self.product()?);
        }
        Ok(Expr::Concat(operands))
    }

    fn product(&mut self) -> Result<Expr> {
        let operators = [
            ("*", Operator::Multiply),
            ("/", Operator::Divide),
            ("//", Operator::FloorDivide),
            ("%", Operator::Modulo),
        ];
        self.chain(&operators, Self::power)
    }

    fn power(&mut self) -> Result<Expr> {
        self.chain(&[("**", Operator::Power)], |parser| parser.unary(true))
    }

    fn chain(&mut self, operators: &[(&str, Operator)], operand: fn(&mut Self) -> Result<Expr>) -> Result<Expr> {
        let first = operand(self)?;
        let mut rest = Vec::new();
        while let Some((_, operator)) = operators.iter().find(|(symbol, _)| self.is_symbol(symbol)) {
            self.skip(1);
            rest.push((*operator, operand(self)?));
        }
        Ok(if rest.is_empty() {
            first
        } else {
            Expr::Chain(Box::new(first), rest)
        })
    }

    fn unary(&mut self, with_filter: bool) -> Result<Expr> {
        let node = if self.skip_symbol("-") {
            Expr::Negative(Box::new(self.nested(|parser| parser.unary(false))?))
        } else if self.skip_symbol("+") {
            Expr::Positive(Box::new(self.nested(|parser| parser.unary(false))?))
        } else {
            self.primary()?
        };
        let mut ops = Vec::new();
        self.postfix(&mut ops)?;
        if with_filter {
            self.filters_and_tests(&mut ops)?;
        }
        Ok(if ops.is_empty() {
            node
        } else {
            Expr::Postfix(Box::new(node), ops)
        })
    }

    /// A name, a literal or something in brackets.
    pub fn primary(&mut self) -> Result<Expr> {
        match self.kind().clone() {
            Kind::Name(name) => {
                self.skip(1);
                Ok(self.named(&name))
            }
            Kind::Str(mut text) => {
                self.skip(1);
                // Adjacent strings are one.
                while let Kind::Str(more) = self.kind() {
                    text.push_str(more);
                    self.skip(1);
                }
                Ok(Expr::Str(text.into()))
            }
            Kind::Int(value) => {
                self.skip(1);
                Ok(Expr::Int(value))
            }
            Kind::Float(value) => {
                self.skip(1);
                Ok(Expr::Float(value))
            }
            Kind::Symbol("(") => {
                self.skip(1);
                let (mut items, is_tuple) = self.items(true, |_| false)?;
                self.expect_symbol(")")?;
                match items.pop() {
                    Some(only) if !is_tuple => Ok(only),
                    last => {
                        items.extend(last);
                        Ok(Expr::Tuple(items))
                    }
                }
            }
            Kind::Symbol("[") => self.list(),
            Kind::Symbol("{") => self.dict(),
            _ => self.unexpected("an expression"),
        }
    }

    fn named(&mut self, name: &str) -> Expr {
        match name {
            "true" | "True" => Expr::Bool(true),
            "false" | "False" => Expr::Bool(false),
            "none" | "None" => Expr::None,
            _ => {
                for special in &mut self.macros {
                    special.caller |= name == "caller";
                    special.kwargs |= name == "kwargs";
                    special.varargs |= name == "varargs";
                }
                if name == "loop" {
                    self.mentions.fill(true);
                }
                Expr::Name(name.into())
            }
        }
    }

    fn list(&mut self) -> Result<Expr> {
        self.expect_symbol("[")?;
        let mut items = Vec::new();
        while !self.is_symbol("]") {
            items.push(self.expression()?);
            if !self.skip_symbol(",") {
                break;
            }
        }
        self.expect_symbol("]")?;
        Ok(Expr::List(items))
    }

    fn dict(&mut self) -> Result<Expr> {
        self.expect_symbol("{")?;
        let mut items = Vec::new();
        while !self.is_symbol("}") {
            let key = self.expression()?;
            self.expect_symbol(":")?;
            items.push((key, self.expression()?));
            if !self.skip_symbol(",") {
                break;
            }
        }
        self.expect_symbol("}")?;
        Ok(Expr::Dict(items))
    }

    /// What a loop, `set` or `with` assigns to.
    pub fn target(&mut self) -> Result<Target> {
        let first = self.single_target()?;
        if !self.is_symbol(",") {
            return Ok(first);
        }
        let mut targets = vec![first];
        while self.skip_symbol(",") {
            if !matches!(self.kind(), Kind::Name(name) if name != "in") && !self.is_symbol("(") {
                break;
            }
            targets.push(self.single_target()?);
        }
        Ok(Target::Tuple(targets))
    }

    fn single_target(&mut self) -> Result<Target> {
        if self.skip_symbol("(") {
            let target = self.nested(Self::target)?;
            self.expect_symbol(")")?;
            return Ok(target);
        }
        let name = self.name()?;
        if matches!(name.as_str(), "true" | "True" | "false" | "False" | "none" | "None") {
            return self.fail(format!("cannot assign to `{name}`"));
        }
        if self.skip_symbol(".") {
            return Ok(Target::Attribute(name.into(), self.name()?.into()));
        }
        Ok(Target::Name(name.into()))
    }
}
