//! The canonical form of an answer.
//!
//! | step | room | what it does |
//! |---|---|---|
//! | read | `lexer` | LaTeX and plain text into tokens; layout (`\left`, `\!`, `$`, wrappers) is gone |
//! | group | `group` | every argument in braces (`\frac12`, `x^2`), no other braces |
//! | decide | `choice` | an option letter |
//! | structure | `form` | lists, sets, intervals, matrices, equations; what is none of these is a scalar or text |
//! | parse | `parse` | a scalar expression |
//! | evaluate | `eval` | its value, exactly or in digits that are certain |
//!
//! Knows one answer at a time: what an answer is equal to cannot depend on what it is compared with.

mod choice;
mod eval;
mod expr;
mod form;
mod group;
mod lexer;
mod parse;
mod symbols;
mod text;
mod units;

use std::fmt;

use serde::Serialize;

use crate::budget::{self, OverBudget};

/// The canonical form of an answer: two answers are equal exactly if their canonical forms are.
///
/// A number is `n` or `n/d` in lowest terms, an option is its capital letter, anything else is normalised text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Canonical(String);

impl Canonical {
    /// The form as text, to store it or to group by it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Canonical {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Canonical> for String {
    fn from(canonical: Canonical) -> Self {
        canonical.0
    }
}

/// Brings an answer into canonical form.
///
/// A percent mark, a currency and a unit say what is counted, not how many, and are dropped: `50%`, `$50` and
/// `50 cm` are all `50`. Numbers are exact: `0.5`, `1/2` and `\frac{2}{4}` are equal, `0.33` and `1/3` are not.
///
/// # Errors
///
/// [`OverBudget`] if the answer is longer or a number of it larger than the bounds in [`budget`].
pub fn canonical(answer: &str) -> Result<Canonical, OverBudget> {
    budget::check_length(answer)?;
    let tokens = group::group(&lexer::lex(answer));
    let tokens = form::trimmed(&tokens);
    if let Some(letter) = choice::read(tokens) {
        return Ok(Canonical(letter.to_string()));
    }
    let text = form::read(tokens)?;
    // Nothing but layout: such answers must not all be equal to each other.
    Ok(Canonical(if text.is_empty() {
        answer.trim().to_owned()
    } else {
        text
    }))
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
