//! What a running template has, and what it may still spend.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use crate::budget::Budget;
use crate::error::{Error, Result};
use crate::library::{self, Call, Host};
use crate::syntax::ast::Macro;
use crate::value::{MacroValue, Scope, Value};

/// How many statements, expressions and macros may be under way in each other. Together they take less than 1 MiB of
/// stack.
const MAX_DEPTH: usize = 400;

/// A running template.
#[derive(Debug, Default)]
pub(super) struct Machine {
    pub budget: Budget,
    depth: Cell<usize>,
    /// Scopes that values refer to, the oldest first.
    kept: RefCell<Vec<Rc<Scope>>>,
}

impl Machine {
    /// Does something one level deeper, at the price of a step.
    pub fn deeper<T>(&self, act: impl FnOnce() -> Result<T>) -> Result<T> {
        self.budget.steps(1)?;
        let depth = self.depth.get();
        if depth == MAX_DEPTH {
            return Err(Error::new("its macros, loops or expressions are nested too deeply"));
        }
        self.depth.set(depth + 1);
        let done = act();
        self.depth.set(depth);
        done
    }

    /// Makes the blocks of the template the methods of `self`.
    pub fn begin(&self, blocks: &[Arc<Macro>], globals: &Scope, scope: &Rc<Scope>) {
        self.keep(scope);
        let block = |definition: &Arc<Macro>| {
            let value = MacroValue {
                definition: definition.clone(),
                scope: scope.clone(),
            };
            (Value::from(&*definition.name), Value::Macro(Rc::new(value)))
        };
        let blocks = blocks.iter().map(block).collect();
        globals.set(&"self".into(), Value::Namespace(Rc::new(RefCell::new(blocks))));
    }

    /// The scope of the template, in which its blocks run.
    pub fn outermost(&self) -> Option<Rc<Scope>> {
        self.kept.borrow().first().cloned()
    }

    /// Remembers a scope that a value may refer to, so that both are freed at the end.
    pub fn keep(&self, scope: &Rc<Scope>) {
        let mut kept = self.kept.borrow_mut();
        if !kept.last().is_some_and(|last| Rc::ptr_eq(last, scope)) {
            kept.push(scope.clone());
        }
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        // The oldest first: what a newer scope refers to is then already empty, and no drop recurses far.
        for scope in self.kept.get_mut().drain(..) {
            scope.clear();
        }
    }
}

impl Host for Machine {
    fn budget(&self) -> &Budget {
        &self.budget
    }

    fn filter(&self, name: &str, value: Value, call: Call) -> Result<Value> {
        library::filter(self, name, value, call)
    }

    fn test(&self, name: &str, value: &Value, call: Call) -> Result<bool> {
        library::test(self, name, value, call)
    }
}
