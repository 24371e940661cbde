//! What differs between the layers of one model, and between the blocks of families.

/// The kind of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LayerKind {
    /// How many positions a query sees, its own included; none: all before it.
    pub window: Option<usize>,
    pub rotation: Rotation,
}

impl LayerKind {
    /// A layer that sees everything and rotates as the model says.
    pub const FULL: Self = Self {
        window: None,
        rotation: Rotation::Model,
    };
}

/// How a layer rotates queries and keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rotation {
    /// As the model says, with its scaling for long contexts.
    Model,
    /// With a base of its own and without scaling.
    Local,
    /// Not at all.
    None,
}

/// Where a block has norms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Norms {
    /// Of the inputs of attention and MLP.
    Before,
    /// Of their outputs.
    After,
    /// Of both.
    Around,
}

/// How queries and keys are normalised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum QkNorms {
    None,
    /// Every head by itself.
    Head,
    /// All heads of a token together.
    Row,
}
