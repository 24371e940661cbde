//! What values are made of.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ops::Deref;
use std::rc::Rc;
use std::sync::Arc;

use super::text::Text;
use crate::syntax::ast::{For, Macro};

/// A value.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    /// What a name or attribute that does not exist gives, with the message that using it gives.
    Undefined(Rc<str>),
    None,
    Bool(bool),
    Int(i128),
    Float(f64),
    Str(Text),
    List(Rc<Sequence>),
    Tuple(Rc<Sequence>),
    /// A group of `groupby`: a tuple whose items are also `grouper` and `list`.
    Group(Rc<Sequence>),
    Dict(Rc<Dict>),
    /// `keys()`, `values()` or `items()` of a dictionary.
    View(View, Rc<Dict>),
    Range(Range),
    /// An iterator, which can be walked through once.
    Iterator(Rc<RefCell<Walk>>),
    Namespace(Rc<RefCell<Dict>>),
    Loop(Rc<Loop>),
    Macro(Rc<MacroValue>),
    /// A function of the environment.
    Function(&'static str),
    /// A method with the value it belongs to.
    Method(Rc<Bound>),
    Cycler(Rc<Cycler>),
    /// `joiner()`: its separator, and whether it was called.
    Joiner(Rc<(Text, Cell<bool>)>),
}

/// How much is in a value.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Shape {
    /// How deeply values hold each other: 0 for a text, 1 for a list of texts.
    pub nesting: u32,
    /// Values and bytes of text, each as often as printing the value would print it.
    pub weight: usize,
}

/// The items of a list or tuple.
#[derive(Debug)]
pub(crate) struct Sequence {
    pub(super) items: Box<[Value]>,
    pub(super) shape: Shape,
}

impl Deref for Sequence {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        &self.items
    }
}

/// Keys with their values, in the order in which they were first put in.
#[derive(Debug, Clone, Default)]
pub(crate) struct Dict {
    pub(super) items: Vec<(Value, Value)>,
    pub(super) shape: Shape,
}

/// Which part of a dictionary a view shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum View {
    Keys,
    Values,
    Items,
}

/// `range(start, stop, step)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Range {
    pub start: i128,
    pub stop: i128,
    pub step: i128,
}

/// The items that are left of an iterator, and the name of its Python type.
#[derive(Debug)]
pub(crate) struct Walk {
    pub kind: &'static str,
    pub items: std::vec::IntoIter<Value>,
    pub(super) shape: Shape,
}

/// The names of a scope and of the scopes around it.
#[derive(Debug, Default)]
pub(crate) struct Scope {
    pub(super) names: RefCell<HashMap<Arc<str>, Value>>,
    pub(super) around: Option<Rc<Scope>>,
}

/// What `loop` is inside of a loop.
#[derive(Debug)]
pub(crate) struct Loop {
    pub items: Rc<Sequence>,
    pub index: Cell<usize>,
    pub depth: usize,
    /// The last arguments of `loop.changed`.
    pub changed: RefCell<Option<Vec<Value>>>,
    /// What a recursive loop runs again.
    pub recursion: Option<Recursion>,
}

/// A recursive loop with the scope around it.
#[derive(Debug, Clone)]
pub(crate) struct Recursion {
    pub definition: Arc<For>,
    pub scope: Rc<Scope>,
}

/// A macro with the scope in which it was defined.
#[derive(Debug)]
pub(crate) struct MacroValue {
    pub definition: Arc<Macro>,
    pub scope: Rc<Scope>,
}

/// A method of a value.
#[derive(Debug)]
pub(crate) struct Bound {
    pub receiver: Value,
    pub name: &'static str,
}

/// `cycler(…)`.
#[derive(Debug)]
pub(crate) struct Cycler {
    pub items: Vec<Value>,
    pub at: Cell<usize>,
}
