//! How right operands are stored.

use crate::Precision;

/// The format of a right operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    F32,
    /// As sums of two numbers of bf16, for nearly the precision of f32.
    Terms,
    Bf16,
    Int8,
}

impl From<Precision> for Format {
    fn from(precision: Precision) -> Self {
        match precision {
            Precision::F32 => Self::F32,
            Precision::Bf16 => Self::Bf16,
            Precision::Int8 => Self::Int8,
        }
    }
}
