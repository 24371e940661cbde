//! What functions of the library may ask of the template that calls them.

use super::call::Call;
use crate::budget::Budget;
use crate::error::Result;
use crate::value::Value;

/// A running template.
pub(crate) trait Host {
    /// What is left to spend.
    fn budget(&self) -> &Budget;

    /// Applies the filter `name`.
    fn filter(&self, name: &str, value: Value, call: Call) -> Result<Value>;

    /// Applies the test `name`.
    fn test(&self, name: &str, value: &Value, call: Call) -> Result<bool>;
}
