//! Shared by the readers of items: the item, why there may be none, and the count of steps.

use super::part::Part;
use crate::budget::{OverBudget, Steps};
use crate::canonical::eval::{self, Trouble};
use crate::canonical::expr::Expr;

/// Why an item is compared as text.
pub(super) enum Unread {
    NotMath,
    Over(OverBudget),
}

impl Unread {
    /// Nothing to read, instead of text: another reader may know the tokens.
    pub(super) fn or_none<T>(self) -> Result<Option<T>, Self> {
        match self {
            Self::NotMath => Ok(None),
            over => Err(over),
        }
    }
}

impl From<OverBudget> for Unread {
    fn from(over: OverBudget) -> Self {
        Self::Over(over)
    }
}

impl From<Trouble> for Unread {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Undefined => Self::NotMath,
            Trouble::Over(over) => Self::Over(over),
        }
    }
}

/// One item of an answer.
pub(super) struct Item {
    /// The name of the value, as in `x = 5`.
    pub(super) name: Option<String>,
    pub(super) part: Part,
}

/// Reads items and counts the cost.
pub(super) struct Reader {
    pub(super) steps: Steps,
    pub(super) depth: usize,
}

impl Reader {
    /// The value of an expression, or both values of one with `±`.
    pub(super) fn scalar(&mut self, expr: &Expr) -> Result<Part, Unread> {
        let plus = eval::scalar(expr, false, &mut self.steps)?;
        if !expr.has_plus_minus() {
            return Ok(Part::Scalar(plus));
        }
        let minus = eval::scalar(expr, true, &mut self.steps)?;
        Ok(Part::Set(vec![plus, minus]))
    }
}
