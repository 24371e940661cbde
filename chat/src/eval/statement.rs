//! Statements.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use super::flow::Flow;
use super::machine::Machine;
use crate::error::{Error, Result};
use crate::library::{check_attribute, iterate};
use crate::syntax::ast::{Body, Expr, For, Op, Stmt, StmtKind, Target};
use crate::value::{Loop, MacroValue, Recursion, Scope, TextBuf, Value, push_str};

impl Machine {
    /// Runs statements one after the other.
    pub fn body(&self, body: &Body, scope: &Rc<Scope>, out: &mut TextBuf) -> Result<Flow> {
        for statement in body {
            let flow = self
                .deeper(|| self.statement(statement, scope, out))
                .map_err(|e| e.at(statement.line))?;
            if flow != Flow::Next {
                return Ok(flow);
            }
        }
        Ok(Flow::Next)
    }

    fn statement(&self, statement: &Stmt, scope: &Rc<Scope>, out: &mut TextBuf) -> Result<Flow> {
        match &statement.kind {
            StmtKind::Text(text) => {
                self.budget.bytes(text.len())?;
                out.push_str(text);
            }
            StmtKind::Print(value) => push_str(&self.budget, out, &self.expression(value, scope)?)?,
            StmtKind::Set { target, value } => {
                let value = self.expression(value, scope)?;
                self.assign(target, value, scope)?;
            }
            StmtKind::If { branches, otherwise } => return self.branch(branches, otherwise, scope, out),
            StmtKind::For(definition) => return self.for_statement(definition, scope, out),
            StmtKind::Break => return Ok(Flow::Break),
            StmtKind::Continue => return Ok(Flow::Continue),
            _ => return self.rarer(&statement.kind, scope, out),
        }
        Ok(Flow::Next)
    }

    /// Statements with bodies that make a text or a scope.
    fn rarer(&self, kind: &StmtKind, scope: &Rc<Scope>, out: &mut TextBuf) -> Result<Flow> {
        match kind {
            StmtKind::SetBlock { target, filters, body } => {
                let value = self.captured(body, filters, scope)?;
                self.assign(target, value, scope)?;
            }
            StmtKind::FilterBlock { filters, body } => {
                let value = self.captured(body, filters, scope)?;
                push_str(&self.budget, out, &value)?;
            }
            StmtKind::With { bindings, body } => {
                let inner = Scope::inside(scope);
                for (target, value) in bindings {
                    self.assign(target, self.expression(value, scope)?, &inner)?;
                }
                return self.body(body, &inner, out);
            }
            StmtKind::Scope(body) => return self.body(body, &Scope::inside(scope), out),
            StmtKind::Block(block) => {
                let outermost = self.outermost().unwrap_or_else(|| scope.clone());
                return self.body(&block.body, &Scope::inside(&outermost), out);
            }
            StmtKind::Macro(definition) => {
                self.keep(scope);
                let value = MacroValue {
                    definition: definition.clone(),
                    scope: scope.clone(),
                };
                scope.set(&definition.name, Value::Macro(Rc::new(value)));
            }
            StmtKind::CallBlock { caller, call } => {
                self.keep(scope);
                let caller = Value::Macro(Rc::new(MacroValue {
                    definition: caller.clone(),
                    scope: scope.clone(),
                }));
                let value = self.call_with(call, caller, scope)?;
                push_str(&self.budget, out, &value)?;
            }
            StmtKind::Load(tag) => {
                return Err(Error::new(format!(
                    "`{{% {tag} %}}`: a chat template cannot load other files"
                )));
            }
            _ => {}
        }
        Ok(Flow::Next)
    }

    /// The text of a body, through filters.
    fn captured(&self, body: &Body, filters: &[Op], scope: &Rc<Scope>) -> Result<Value> {
        let mut out = TextBuf::default();
        let inner = Scope::inside(scope);
        self.body(body, &inner, &mut out)?;
        self.postfix(out.finish().into(), filters, &inner)
    }

    fn branch(
        &self,
        branches: &[(Expr, Body)],
        otherwise: &Body,
        scope: &Rc<Scope>,
        out: &mut TextBuf,
    ) -> Result<Flow> {
        for (test, body) in branches {
            if self.expression(test, scope)?.truth() {
                return self.body(body, scope, out);
            }
        }
        self.body(otherwise, scope, out)
    }

    /// Gives a value to a name, an attribute of a namespace, or its items to several targets.
    pub fn assign(&self, target: &Target, value: Value, scope: &Rc<Scope>) -> Result<()> {
        if value.is_too_deep() {
            return Err(Error::new("a value holds others too deeply"));
        }
        match target {
            Target::Name(name) => scope.set(name, value),
            Target::Attribute(name, attribute) => {
                let Some(Value::Namespace(namespace)) = scope.get(name) else {
                    return Err(Error::new(format!(
                        "`{name}` is not a namespace, so `{name}.{attribute}` cannot be set"
                    )));
                };
                let attribute = Value::from(&**attribute);
                check_attribute(&attribute, &value)?;
                namespace.borrow_mut().insert(attribute, value);
            }
            Target::Tuple(targets) => {
                let items = iterate(self, &value)?;
                if items.len() != targets.len() {
                    let (found, expected) = (items.len(), targets.len());
                    return Err(Error::new(format!(
                        "{found} values cannot be unpacked into {expected} names"
                    )));
                }
                for (target, item) in targets.iter().zip(items) {
                    self.assign(target, item, scope)?;
                }
            }
        }
        Ok(())
    }

    fn for_statement(&self, definition: &Arc<For>, scope: &Rc<Scope>, out: &mut TextBuf) -> Result<Flow> {
        let iterable = self.expression(&definition.iter, scope)?;
        self.for_loop(definition, &iterable, 0, scope, out)
    }

    /// Runs a loop over the items of `iterable`; `depth` counts how often a recursive loop has called itself.
    pub fn for_loop(
        &self,
        definition: &Arc<For>,
        iterable: &Value,
        depth: usize,
        scope: &Rc<Scope>,
        out: &mut TextBuf,
    ) -> Result<Flow> {
        let mut items = iterate(self, iterable)?;
        // Python tests an item when its turn comes, unless `loop` needs to know how many there are.
        let mut late = None;
        if let Some(test) = &definition.test {
            if definition.uses_loop {
                items = self.chosen(definition, test, items, scope)?;
            } else {
                late = Some(test);
            }
        }
        let state = Rc::new(Loop {
            items: Rc::new(items.into()),
            index: Cell::new(0),
            depth,
            changed: RefCell::new(None),
            recursion: definition.recursive.then(|| Recursion {
                definition: definition.clone(),
                scope: scope.clone(),
            }),
        });
        let name: Option<Arc<str>> = definition.uses_loop.then(|| "loop".into());
        let mut ran = false;
        for index in 0..state.items.len() {
            state.index.set(index);
            self.budget.steps(1)?;
            let inner = Scope::inside(scope);
            self.assign(&definition.target, state.items[index].clone(), &inner)?;
            if let Some(test) = late
                && !self.expression(test, &inner)?.truth()
            {
                continue;
            }
            if let Some(name) = &name {
                inner.set(name, Value::Loop(state.clone()));
            }
            match self.body(&definition.body, &inner, out)? {
                Flow::Break => break,
                Flow::Continue => {}
                // As in Jinja2, only an iteration that reached its end keeps `{% else %}` away.
                Flow::Next => ran = true,
            }
        }
        if ran {
            return Ok(Flow::Next);
        }
        self.body(&definition.otherwise, &Scope::inside(scope), out)
    }

    fn chosen(&self, definition: &For, test: &Expr, items: Vec<Value>, scope: &Rc<Scope>) -> Result<Vec<Value>> {
        let mut chosen = Vec::new();
        for item in items {
            let inner = Scope::inside(scope);
            self.assign(&definition.target, item.clone(), &inner)?;
            if self.expression(test, &inner)?.truth() {
                chosen.push(item);
            }
        }
        Ok(chosen)
    }

    /// The text of a body that is called like a function.
    pub fn text_of(&self, body: &Body, scope: &Rc<Scope>) -> Result<Value> {
        let mut out = TextBuf::default();
        self.body(body, scope, &mut out)?;
        Ok(out.finish().into())
    }
}
