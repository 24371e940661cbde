//! Expressions.

use std::rc::Rc;

use super::machine::Machine;
use crate::error::{Error, Result};
use crate::library::{self, Call, Host, attribute, find_function, percent, subscript};
use crate::syntax::ast::{Comparison, Expr, Op, OpKind, Operator};
use crate::value::{
    Dict, Scope, Text, TextBuf, Value, contains, equal, negative, operate, order, positive, push_str, slice,
};

impl Machine {
    /// The value of an expression.
    pub fn expression(&self, expr: &Expr, scope: &Rc<Scope>) -> Result<Value> {
        self.deeper(|| match expr {
            Expr::None => Ok(Value::None),
            Expr::Bool(value) => Ok(Value::Bool(*value)),
            Expr::Int(value) => Ok(Value::Int(*value)),
            Expr::Float(value) => Ok(Value::Float(*value)),
            Expr::Str(text) => Ok(Value::Str(Text::new(text.clone()))),
            Expr::Name(name) => Ok(self.name(name, scope)),
            Expr::Postfix(value, ops) => {
                let value = self.expression(value, scope)?;
                self.postfix(value, ops, scope)
            }
            Expr::Not(value) => Ok(Value::Bool(!self.expression(value, scope)?.truth())),
            Expr::And(operands) => self.first_that(operands, false, scope),
            Expr::Or(operands) => self.first_that(operands, true, scope),
            Expr::Compare(first, rest) => self.compare(first, rest, scope),
            Expr::Chain(first, rest) => self.chain(first, rest, scope),
            Expr::Concat(operands) => self.concatenate(operands, scope),
            Expr::Conditional { test, yes, no } => self.conditional(test, yes, no.as_deref(), scope),
            Expr::Negative(value) => negative(&self.expression(value, scope)?),
            Expr::Positive(value) => positive(&self.expression(value, scope)?),
            Expr::List(items) => Ok(Value::list(self.all(items, scope)?)),
            Expr::Tuple(items) => Ok(Value::tuple(self.all(items, scope)?)),
            Expr::Dict(items) => self.dict(items, scope),
        })
    }

    fn name(&self, name: &str, scope: &Rc<Scope>) -> Value {
        let found = scope.get(name).or_else(|| find_function(name));
        found.unwrap_or_else(|| Value::undefined(format!("`{name}` is undefined")))
    }

    pub fn all(&self, items: &[Expr], scope: &Rc<Scope>) -> Result<Vec<Value>> {
        items.iter().map(|item| self.expression(item, scope)).collect()
    }

    fn dict(&self, items: &[(Expr, Expr)], scope: &Rc<Scope>) -> Result<Value> {
        let mut dict = Dict::default();
        for (key, value) in items {
            let key = self.expression(key, scope)?;
            if matches!(key, Value::List(_) | Value::Dict(_)) {
                return Err(Error::new(format!("a `{}` cannot be a key", key.type_name())));
            }
            self.budget.steps(dict.len())?;
            self.budget.bytes(key.weight())?;
            dict.insert(key, self.expression(value, scope)?);
        }
        Ok(Value::dict(dict))
    }

    /// The first operand whose truth is `wanted`, else the last one.
    fn first_that(&self, operands: &[Expr], wanted: bool, scope: &Rc<Scope>) -> Result<Value> {
        let mut value = Value::None;
        for operand in operands {
            value = self.expression(operand, scope)?;
            if value.truth() == wanted {
                break;
            }
        }
        Ok(value)
    }

    fn conditional(&self, test: &Expr, yes: &Expr, no: Option<&Expr>, scope: &Rc<Scope>) -> Result<Value> {
        if self.expression(test, scope)?.truth() {
            return self.expression(yes, scope);
        }
        match no {
            Some(no) => self.expression(no, scope),
            None => Ok(Value::undefined("the condition is false, and there is no `else`")),
        }
    }

    fn compare(&self, first: &Expr, rest: &[(Comparison, Expr)], scope: &Rc<Scope>) -> Result<Value> {
        let mut left = self.expression(first, scope)?;
        for (comparison, right) in rest {
            let right = self.expression(right, scope)?;
            self.budget.bytes(left.weight().min(right.weight()))?;
            let ordered = |symbol: &str| order(&left, &right, symbol);
            let holds = match comparison {
                Comparison::Equal => equal(&left, &right),
                Comparison::NotEqual => !equal(&left, &right),
                Comparison::Less => ordered("<")?.is_some_and(|order| order.is_lt()),
                Comparison::LessOrEqual => ordered("<=")?.is_some_and(|order| order.is_le()),
                Comparison::Greater => ordered(">")?.is_some_and(|order| order.is_gt()),
                Comparison::GreaterOrEqual => ordered(">=")?.is_some_and(|order| order.is_ge()),
                Comparison::In => self.contains(&right, &left)?,
                Comparison::NotIn => !self.contains(&right, &left)?,
            };
            if !holds {
                return Ok(Value::Bool(false));
            }
            left = right;
        }
        Ok(Value::Bool(true))
    }

    fn contains(&self, container: &Value, item: &Value) -> Result<bool> {
        match container {
            Value::Str(text) => self.budget.bytes(text.len())?,
            _ => {
                let length = container.length().unwrap_or(0);
                self.budget.steps(length)?;
                self.budget
                    .bytes(item.weight().saturating_mul(length).min(container.weight()))?;
            }
        }
        contains(container, item)
    }

    fn chain(&self, first: &Expr, rest: &[(Operator, Expr)], scope: &Rc<Scope>) -> Result<Value> {
        let mut left = self.expression(first, scope)?;
        for (operator, right) in rest {
            let right = self.expression(right, scope)?;
            left = match (&left, operator) {
                (Value::Str(format), Operator::Modulo) => percent(self, format, &right)?.into(),
                _ => {
                    self.afford(&left, *operator, &right)?;
                    operate(&left, *operator, &right)?
                }
            };
        }
        Ok(left)
    }

    /// Pays for the result of an operation on texts and lists before it is made.
    fn afford(&self, left: &Value, operator: Operator, right: &Value) -> Result<()> {
        let times = |value: &Value| usize::try_from(value.as_int().unwrap_or(1)).unwrap_or(0);
        let size = |value: &Value| match value {
            Value::Str(text) => text.len(),
            _ => value.length().unwrap_or(0),
        };
        let is_text = [left, right].iter().any(|value| matches!(value, Value::Str(_)));
        let result = match operator {
            Operator::Add => size(left).saturating_add(size(right)),
            Operator::Multiply => size(left)
                .max(size(right))
                .saturating_mul(times(left).max(times(right))),
            _ => 0,
        };
        if is_text {
            self.budget.bytes(result)
        } else {
            self.budget.steps(result)
        }
    }

    fn concatenate(&self, operands: &[Expr], scope: &Rc<Scope>) -> Result<Value> {
        let mut out = TextBuf::default();
        for operand in operands {
            let value = self.expression(operand, scope)?;
            push_str(&self.budget, &mut out, &value)?;
        }
        Ok(out.finish().into())
    }

    /// The value after attributes, subscripts, calls, filters and tests.
    pub fn postfix(&self, value: Value, ops: &[Op], scope: &Rc<Scope>) -> Result<Value> {
        let mut value = value;
        for op in ops {
            self.budget.steps(1)?;
            value = self.op(value, &op.kind, scope).map_err(|error| error.at(op.line))?;
        }
        Ok(value)
    }

    fn op(&self, value: Value, op: &OpKind, scope: &Rc<Scope>) -> Result<Value> {
        match op {
            OpKind::Attribute(name) => {
                if let Value::Dict(dict) = &value {
                    self.budget.steps(dict.len() / 16)?;
                }
                attribute(&value, name)
            }
            OpKind::Item(key) => {
                let key = self.expression(key, scope)?;
                match &value {
                    Value::Str(text) => self.budget.bytes(text.len())?,
                    Value::Dict(dict) => self.budget.steps(dict.len() / 16)?,
                    _ => {}
                }
                self.budget.bytes(key.weight())?;
                subscript(&value, &key)
            }
            OpKind::Slice(bounds) => self.slice(&value, bounds, scope),
            OpKind::Call(args) => {
                let call = self.arguments(args, scope)?;
                self.call(&value, call)
            }
            OpKind::Filter(name, args) => {
                let call = self.arguments(args, scope)?;
                library::filter(self, name, value, call)
            }
            OpKind::Test { name, args, negated } => {
                let call: Call = self.arguments(args, scope)?;
                Ok(Value::Bool(self.test(name, &value, call)? != *negated))
            }
        }
    }

    fn slice(&self, value: &Value, bounds: &[Option<Expr>; 3], scope: &Rc<Scope>) -> Result<Value> {
        let bound = |at: usize| {
            bounds[at]
                .as_ref()
                .map_or(Ok(Value::None), |bound| self.expression(bound, scope))
        };
        let [start, stop, step] = [bound(0)?, bound(1)?, bound(2)?];
        match value {
            Value::Undefined(message) => return Err(Error::new(&**message)),
            Value::Str(text) => self.budget.bytes(text.len())?,
            _ => self.budget.steps(value.length().unwrap_or(0))?,
        }
        let slice = slice(value, [&start, &stop, &step])?;
        slice.ok_or_else(|| Error::new(format!("`{}` has no slices", value.type_name())))
    }
}
