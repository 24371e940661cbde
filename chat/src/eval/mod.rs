//! Runs a template.

mod call;
mod expression;
mod flow;
mod machine;
mod statement;

use std::rc::Rc;

use crate::error::Result;
use crate::syntax::ast::Tree;
use crate::value::{Scope, Text, TextBuf, Value};
use machine::Machine;

/// The text that a template gives with these variables.
///
/// # Errors
/// What the template raises or gets wrong, with its line; a template that costs too much.
pub(crate) fn run(tree: &Tree, variables: Vec<(&str, Value)>) -> Result<Text> {
    let machine = Machine::default();
    let globals = Rc::new(Scope::default());
    for (name, value) in variables {
        globals.set(&name.into(), value);
    }
    let scope = Scope::inside(&globals);
    machine.begin(&tree.blocks, &globals, &scope);
    let mut out = TextBuf::default();
    machine.body(&tree.body, &scope, &mut out)?;
    Ok(out.finish())
}
