//! What can keep an expression from having a value.

use crate::budget::OverBudget;

/// Why there is no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::canonical) enum Trouble {
    /// A division by zero, or the logarithm of zero.
    Undefined,
    Over(OverBudget),
}

impl From<OverBudget> for Trouble {
    fn from(over: OverBudget) -> Self {
        Self::Over(over)
    }
}
