//! How much is in a value.

use super::data::{Sequence, Shape, Value};

/// How deeply lists and dictionaries may hold each other. What walks through a value recurses as deeply.
const MAX_NESTING: u32 = 200;

/// The nesting of a namespace, above that of any other value: it may hold another value tomorrow.
const CHANGING: u32 = 1 << 16;

impl Shape {
    /// The shape of what holds `items`.
    pub(super) fn around<'v>(items: impl Iterator<Item = &'v Value>) -> Self {
        let mut shape = Self { nesting: 1, weight: 1 };
        for item in items {
            shape.add(item);
        }
        shape
    }

    /// Counts one more item.
    pub(super) fn add(&mut self, item: &Value) {
        let shape = item.shape();
        self.nesting = self.nesting.max(1 + shape.nesting);
        self.weight = self.weight.saturating_add(shape.weight);
    }
}

impl From<Vec<Value>> for Sequence {
    fn from(items: Vec<Value>) -> Self {
        let shape = Shape::around(items.iter());
        let items = items.into();
        Self { items, shape }
    }
}

impl Sequence {
    /// As [`Value::weight`].
    pub fn weight(&self) -> usize {
        self.shape.weight
    }
}

impl Value {
    fn shape(&self) -> Shape {
        let leaf = |weight| Shape { nesting: 0, weight };
        match self {
            Self::Str(text) => leaf(1 + text.len()),
            Self::List(items) | Self::Tuple(items) | Self::Group(items) => items.shape,
            Self::Dict(dict) | Self::View(_, dict) => dict.shape,
            Self::Iterator(walk) => walk.borrow().shape,
            Self::Cycler(cycler) => Shape::around(cycler.items.iter()),
            Self::Loop(state) => state.items.shape,
            Self::Method(bound) => bound.receiver.shape(),
            Self::Namespace(dict) => Shape {
                nesting: CHANGING,
                weight: dict.borrow().shape.weight,
            },
            _ => leaf(1),
        }
    }

    /// Values and bytes of text in the value, each as often as printing it would print them.
    pub fn weight(&self) -> usize {
        self.shape().weight
    }

    /// Whether the value is nested too deeply to be kept.
    pub fn is_too_deep(&self) -> bool {
        self.shape().nesting % CHANGING > MAX_NESTING
    }

    /// Whether a namespace is the value or in it.
    pub fn holds_namespace(&self) -> bool {
        self.shape().nesting >= CHANGING
    }
}
