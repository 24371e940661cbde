//! The names of a running template.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use super::data::{Scope, Value};

impl Scope {
    /// A scope inside of `around`.
    pub fn inside(around: &Rc<Self>) -> Rc<Self> {
        Rc::new(Self {
            names: RefCell::default(),
            around: Some(around.clone()),
        })
    }

    pub fn set(&self, name: &Arc<str>, value: Value) {
        self.names.borrow_mut().insert(name.clone(), value);
    }

    /// Forgets all names. A macro refers to the scope in which it has its name; this breaks the circle.
    pub fn clear(&self) {
        let names = std::mem::take(&mut *self.names.borrow_mut());
        drop(names);
    }

    /// The value of a name, in the innermost scope that has it.
    pub fn get(&self, name: &str) -> Option<Value> {
        let mut scope = Some(self);
        while let Some(here) = scope {
            if let Some(value) = here.names.borrow().get(name) {
                return Some(value.clone());
            }
            scope = here.around.as_deref();
        }
        None
    }
}
