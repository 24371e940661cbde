//! What follows an operand: attributes, subscripts, calls, filters and tests.

use super::stream::Parser;
use crate::error::Result;
use crate::syntax::ast::{Args, Expr, Op, OpKind};
use crate::syntax::token::Kind;

impl Parser {
    /// Attributes, subscripts and calls.
    pub fn postfix(&mut self, ops: &mut Vec<Op>) -> Result<()> {
        loop {
            let line = self.line();
            let kind = if self.skip_symbol(".") {
                match self.next() {
                    Kind::Name(name) => OpKind::Attribute(name.into()),
                    Kind::Int(index) => OpKind::Item(Expr::Int(index)),
                    other => {
                        return self.fail(format!(
                            "expected a name or a number after `.`, found {}",
                            other.shown()
                        ));
                    }
                }
            } else if self.skip_symbol("[") {
                self.subscript()?
            } else if self.is_symbol("(") {
                OpKind::Call(self.arguments()?)
            } else {
                return Ok(());
            };
            ops.push(Op { line, kind });
        }
    }

    fn subscript(&mut self) -> Result<OpKind> {
        let start = if self.is_symbol(":") {
            None
        } else {
            Some(self.expression()?)
        };
        let kind = if self.skip_symbol(":") {
            let stop = self.bound()?;
            let step = if self.skip_symbol(":") { self.bound()? } else { None };
            OpKind::Slice(Box::new([start, stop, step]))
        } else {
            let Some(first) = start else {
                return self.unexpected("an expression");
            };
            if self.is_symbol(",") {
                let mut items = vec![first];
                while self.skip_symbol(",") && !self.is_symbol("]") {
                    items.push(self.expression()?);
                }
                OpKind::Item(Expr::Tuple(items))
            } else {
                OpKind::Item(first)
            }
        };
        self.expect_symbol("]")?;
        Ok(kind)
    }

    /// The bound of a slice, which may be left out.
    fn bound(&mut self) -> Result<Option<Expr>> {
        if self.is_symbol(":") || self.is_symbol("]") {
            return Ok(None);
        }
        self.expression().map(Some)
    }

    /// Arguments in parentheses.
    pub fn arguments(&mut self) -> Result<Args> {
        self.expect_symbol("(")?;
        let mut args = Args::default();
        while !self.is_symbol(")") {
            if self.skip_symbol("*") {
                args.spread = Some(Box::new(self.expression()?));
            } else if self.skip_symbol("**") {
                args.spread_named = Some(Box::new(self.expression()?));
            } else if let (Kind::Name(name), Kind::Symbol("=")) = (self.kind(), self.ahead(1)) {
                let name = name.as_str().into();
                self.skip(2);
                args.named.push((name, self.expression()?));
            } else if args.named.is_empty() && args.spread.is_none() && args.spread_named.is_none() {
                args.positional.push(self.expression()?);
            } else {
                return self.fail("an argument without a name follows one with a name");
            }
            if !self.skip_symbol(",") {
                break;
            }
        }
        self.expect_symbol(")")?;
        Ok(args)
    }

    /// Filters, tests, and calls of what these give.
    pub fn filters_and_tests(&mut self, ops: &mut Vec<Op>) -> Result<()> {
        loop {
            let line = self.line();
            let kind = if self.skip_symbol("|") {
                self.filter()?
            } else if self.skip_name("is") {
                self.test()?
            } else if self.is_symbol("(") {
                OpKind::Call(self.arguments()?)
            } else {
                return Ok(());
            };
            ops.push(Op { line, kind });
        }
    }

    /// Filters with a `|` before each.
    pub fn filters(&mut self, ops: &mut Vec<Op>) -> Result<()> {
        while self.is_symbol("|") {
            let line = self.line();
            self.skip(1);
            let kind = self.filter()?;
            ops.push(Op { line, kind });
        }
        Ok(())
    }

    /// The name of a filter and its arguments.
    pub fn filter(&mut self) -> Result<OpKind> {
        let name = self.dotted_name()?;
        let args = if self.is_symbol("(") {
            self.arguments()?
        } else {
            Args::default()
        };
        Ok(OpKind::Filter(name.into(), args))
    }

    fn test(&mut self) -> Result<OpKind> {
        let negated = self.skip_name("not");
        let name = self.dotted_name()?;
        let mut args = Args::default();
        let ends = ["else", "or", "and"].iter().any(|word| self.is_name(word));
        if self.is_symbol("(") {
            args = self.arguments()?;
        } else if self.begins_operand() && !ends {
            if self.is_name("is") {
                return self.fail("tests cannot be chained with `is`");
            }
            args.positional.push(self.nested(Self::operand)?);
        }
        Ok(OpKind::Test {
            name: name.into(),
            args,
            negated,
        })
    }

    fn begins_operand(&self) -> bool {
        matches!(
            self.kind(),
            Kind::Name(_) | Kind::Str(_) | Kind::Int(_) | Kind::Float(_) | Kind::Symbol("[" | "{")
        )
    }

    fn operand(&mut self) -> Result<Expr> {
        let primary = self.primary()?;
        let mut ops = Vec::new();
        self.postfix(&mut ops)?;
        Ok(if ops.is_empty() {
            primary
        } else {
            Expr::Postfix(Box::new(primary), ops)
        })
    }

    fn dotted_name(&mut self) -> Result<String> {
        let mut name = self.name()?;
        while self.skip_symbol(".") {
            name.push('.');
            name.push_str(&self.name()?);
        }
        Ok(name)
    }
}
