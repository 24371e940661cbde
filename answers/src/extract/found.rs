//! An answer that a mark or an announcement gives.

use std::borrow::Cow;

use super::Method;

/// An answer, and where it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found<'a> {
    /// Position of the mark or announcement in the text.
    pub(super) at: usize,
    /// The answer.
    pub(super) text: Cow<'a, str>,
    /// Whether it is an answer for certain, rather than words about one: "The answer is reasonable."
    pub(super) firm: bool,
}

/// The later of two answers with their methods, a firm one before one that is not.
pub(super) fn later<'a>(a: Option<(Method, Found<'a>)>, b: Option<(Method, Found<'a>)>) -> Option<(Method, Found<'a>)> {
    match (a, b) {
        (Some(a), Some(b)) => {
            let first = (a.1.firm, a.1.at) > (b.1.firm, b.1.at);
            Some(if first { a } else { b })
        }
        (a, b) => a.or(b),
    }
}
