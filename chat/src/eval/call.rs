//! Calls of functions, methods, macros and recursive loops.

use std::rc::Rc;
use std::sync::Arc;

use super::machine::Machine;
use crate::error::{Error, Result};
use crate::library::{Call, call_function, call_method, iterate};
use crate::syntax::ast::{Args, Expr, Macro, Op, OpKind};
use crate::value::{Loop, MacroValue, Scope, Text, TextBuf, Value};

impl Machine {
    /// The values of arguments.
    pub fn arguments(&self, args: &Args, scope: &Rc<Scope>) -> Result<Call> {
        let mut positional = self.all(&args.positional, scope)?;
        let mut named = Vec::with_capacity(args.named.len());
        for (name, value) in &args.named {
            named.push((Text::new(name.clone()), self.expression(value, scope)?));
        }
        if let Some(spread) = &args.spread {
            positional.extend(iterate(self, &self.expression(spread, scope)?)?);
        }
        if let Some(spread) = &args.spread_named {
            let Value::Dict(dict) = self.expression(spread, scope)? else {
                return Err(Error::new("what follows `**` must be a dictionary"));
            };
            for (name, value) in dict.iter() {
                let name = name
                    .as_text()
                    .ok_or_else(|| Error::new("the names of arguments must be strings"))?;
                named.push((name.clone(), value.clone()));
            }
        }
        if positional
            .iter()
            .chain(named.iter().map(|(_, value)| value))
            .any(Value::is_too_deep)
        {
            return Err(Error::new("a value holds others too deeply"));
        }
        Ok(Call { positional, named })
    }

    /// Calls a value.
    pub fn call(&self, callee: &Value, call: Call) -> Result<Value> {
        match callee {
            Value::Method(method) => call_method(self, method, call),
            Value::Function(name) => call_function(self, name, call),
            Value::Macro(value) => self.call_macro(value, call),
            Value::Loop(state) => self.recurse(state, call),
            Value::Joiner(joiner) => {
                call.bind("joiner", [], 0)?;
                let again = joiner.1.replace(true);
                Ok(if again { joiner.0.clone() } else { Text::default() }.into())
            }
            Value::Undefined(message) => Err(Error::new(&**message)),
            _ => Err(Error::new(format!("`{}` cannot be called", callee.type_name()))),
        }
    }

    /// The call of a `{% call %}`, with its body as `caller`.
    pub fn call_with(&self, call: &Expr, caller: Value, scope: &Rc<Scope>) -> Result<Value> {
        let Expr::Postfix(value, ops) = call else {
            return Err(Error::new("`{% call %}` needs a call"));
        };
        let Some((
            Op {
                line,
                kind: OpKind::Call(args),
            },
            before,
        )) = ops.split_last()
        else {
            return Err(Error::new("`{% call %}` needs a call"));
        };
        let value = self.expression(value, scope)?;
        let callee = self.postfix(value, before, scope)?;
        let mut call = self.arguments(args, scope)?;
        call.named.push(("caller".into(), caller));
        self.call(&callee, call).map_err(|error| error.at(*line))
    }

    fn call_macro(&self, value: &MacroValue, call: Call) -> Result<Value> {
        let scope = Scope::inside(&value.scope);
        self.bind(&value.definition, call, &scope)?;
        self.text_of(&value.definition.body, &scope)
    }

    /// Gives the arguments of a macro to its parameters.
    fn bind(&self, definition: &Macro, mut call: Call, scope: &Rc<Scope>) -> Result<()> {
        let name = &definition.name;
        let mut positional = std::mem::take(&mut call.positional).into_iter();
        let mut given = Vec::with_capacity(definition.params.len());
        for (param, _) in &definition.params {
            given.push(positional.next().or_else(|| call.take(param)));
        }
        let takes_caller = definition.params.iter().any(|(param, _)| &**param == "caller");
        if definition.uses.caller && !takes_caller {
            let caller = call.take("caller");
            scope.set(
                &"caller".into(),
                caller.unwrap_or_else(|| Value::undefined("there is no caller")),
            );
        }
        let rest: Vec<Value> = positional.collect();
        if definition.uses.varargs {
            scope.set(&"varargs".into(), Value::tuple(rest));
        } else if !rest.is_empty() {
            let takes = definition.params.len();
            return Err(Error::new(format!(
                "the macro `{name}` takes no more than {takes} arguments"
            )));
        }
        if definition.uses.kwargs {
            scope.set(&"kwargs".into(), Value::dict(call.into_dict()));
        } else if let Some((unknown, _)) = call.named.first() {
            return Err(Error::new(format!(
                "the macro `{name}` has no parameter `{}`",
                unknown.as_str()
            )));
        }
        for ((param, default), given) in definition.params.iter().zip(given) {
            let value = match (given, default) {
                (Some(value), _) => value,
                (None, Some(default)) => self.expression(default, scope)?,
                (None, None) => Value::undefined(format!("the parameter `{param}` was not given")),
            };
            scope.set(param, value);
        }
        Ok(())
    }

    /// `loop(items)`: the text of a recursive loop over other items.
    fn recurse(&self, state: &Loop, call: Call) -> Result<Value> {
        let Some(recursion) = &state.recursion else {
            return Err(Error::new("a loop that calls itself must be marked `recursive`"));
        };
        let [items] = call.bind("loop", ["iterable"], 1)?;
        let mut out = TextBuf::default();
        let definition = Arc::clone(&recursion.definition);
        self.for_loop(
            &definition,
            &items.unwrap_or(Value::None),
            state.depth + 1,
            &recursion.scope,
            &mut out,
        )?;
        Ok(out.finish().into())
    }
}
