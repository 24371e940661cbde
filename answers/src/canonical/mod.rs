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
/// A rational number is `n` or `n/d` in lowest terms, another constant its first 30 digits, an expression in variables
/// `~` and a hash of its values, an option its capital letter; sets, tuples, intervals and matrices are made of these,
/// and anything else is normalised text.
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
/// What an equality that is transitive gives up, and which way it was decided:
///
/// - A percent mark, a currency and a unit say what is counted, not how many, and are dropped: `50%`, `$50` and `50 cm`
///   are all `50`, and none is `0.5`.
/// - So is the name of a value: `x = 5`, `y = 5` and `5` are equal, and so are `y = 2x + 1` and `2x + 1`. In a list of
///   several names they count: `x = 1, y = 2` is not `x = 2, y = 1`.
/// - An equation between a quantity and a number is that number: `m + n = 25` is `25`. One in `x`, `y`, `z` or `t` is
///   an equation, and `x + y = 5` is the line `5 - x`.
/// - `3:30` is a time of day, and `3:4`, which is none, the ratio `3/4`. `100,200` is one number.
/// - `(1, 2)` is a point or an open interval, and equal to neither `1, 2` nor `\{1, 2\}`, which are sets.
/// - A decimal is exact: `0.33` is not `1/3`. One that rounds a simple fraction to six places or more is that fraction.
/// - A variable may be negative: `\sqrt{x^2}` is not `x`. Roots of odd order of negative numbers are real.
/// - `\log` is to the base 10. A numeral of another base (`52_8`) is that numeral, and not its value.
///
/// # Errors
///
/// [`OverBudget`] if the answer is longer, deeper or a number of it larger than the bounds in [`budget`], or if its
/// value would take too many steps or digits to tell.
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
