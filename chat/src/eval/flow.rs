//! Where a statement leads.

/// What happens after a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    /// The next statement.
    Next,
    /// The end of the loop.
    Break,
    /// The next item of the loop.
    Continue,
}
