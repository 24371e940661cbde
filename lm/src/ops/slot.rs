//! What an optimizer updates of a parameter, and by which numbers.

use burn::tensor::Tensor;

/// A parameter with its moments, which are both in f32 or both in bf16. They are computed in f32, and rounded to the
/// nearest number where they are kept in bf16 (below its smallest normal number, to 0).
pub(crate) struct Slot {
    pub value: Tensor<2>,
    /// First moment `m`.
    pub mean: Tensor<2>,
    /// Second moment `v`.
    pub square: Tensor<2>,
}

/// Which parts of a [`Slot`] have a value that is not finite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Broken {
    pub value: bool,
    pub mean: bool,
    pub square: bool,
}

/// The numbers of one update.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Update {
    pub lr: f32,
    pub beta1: f32,
    pub beta2: f32,
    pub epsilon: f32,
    pub weight_decay: f32,
    /// `1 - beta1^t`
    pub correction1: f32,
    /// `1 - beta2^t`
    pub correction2: f32,
    /// Factor on the gradient, from clipping.
    pub scale: f32,
}
