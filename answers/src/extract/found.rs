//! An answer that a mark or an announcement gives.

use std::borrow::Cow;

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

/// The later of two answers, a firm one before one that is not.
pub(super) fn later<'a>(a: Option<Found<'a>>, b: Option<Found<'a>>) -> Option<Found<'a>> {
    match (a, b) {
        (Some(a), Some(b)) => Some(if (a.firm, a.at) > (b.firm, b.at) { a } else { b }),
        (a, b) => a.or(b),
    }
}
