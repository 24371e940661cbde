//! The canonical form of an answer.
//!
//! | step | room | what it does |
//! |---|---|---|
//! | read | `lexer` | LaTeX and plain text into tokens, without layout (`\left`, `\!`, `$`, wrappers) |
//! | order | `infix` | the commands of old TeX before their arguments (`{1 \over 2}`) |
//! | group | `group` | every argument in braces (`\frac12`, `x^2`), no other braces |
//! | decide | `choice` | an option letter |
//! | structure | `form` | lists, sets, intervals, matrices, equations; anything else is a scalar or text |
//! | parse | `parse` | a scalar expression |
//! | evaluate | `eval` | its value, exactly or in certain digits |
//!
//! Reads one answer at a time, so that equality cannot depend on what an answer is compared with.

mod choice;
mod escape;
mod eval;
mod expr;
mod form;
mod group;
mod infix;
mod lexer;
mod parse;
mod symbols;
mod text;
mod units;

use std::fmt;

use serde::Serialize;

use crate::budget::{self, OverBudget};
use crate::script;

/// The canonical form of an answer: two answers are equal exactly if their canonical forms are.
///
/// A rational number becomes `n` or `n/d` in lowest terms, any other constant its first 30 digits, an expression in
/// variables `~` and a hash of its values, and an option its capital letter. Sets, tuples, intervals and matrices are
/// composed of these; anything else becomes normalised text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Canonical(String);

impl Canonical {
    /// The form as text, for storing or grouping.
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
/// A transitive equality has to give up some distinctions. These are the decisions:
///
/// - Percent marks, currencies and units say what is counted, not how many, and are dropped: `50%`, `$50` and `50 cm`
///   all equal `50`, and none equals `0.5`.
/// - So is the name of a value: `x = 5`, `y = 5` and `5` are equal, and so are `y = 2x + 1` and `2x + 1`. In a list of
///   several names, names count: `x = 1, y = 2` does not equal `x = 2, y = 1`. The indices of one unknown whose values
///   ascend only number them: `x_1 = 1, x_2 = 2` equals `1, 2`. In any other order they are names, so that
///   `x_1 = 2, x_2 = 1` equals neither.
/// - The domain of a variable behind a value is dropped: `k\pi, k \in \mathbb{Z}` equals `k\pi`, and `x + 1, x \ne 1`
///   equals `x + 1`.
/// - "It is X", "the day is X" and "X is the fastest" equal X, whatever the adjective, which repeats the question; and
///   "Yes, it is" equals "Yes".
/// - An equation between a quantity and a number means that number: `m + n = 25` equals `25`. An equation in `x`, `y`,
///   `z` or `t` stays an equation, and `x + y = 5` is the line `5 - x`.
/// - `3:30` is a time of day; `3:4`, which cannot be one, is the ratio `3/4`, as is "3 to 4". "3 to 4
///   hours" is a range. `100,200` is a single number.
/// - `(1, 2)` is a point or an open interval, and equals neither `1, 2` nor `\{1, 2\}`, which are sets.
/// - A decimal is exact: `0.33` does not equal `1/3`. A decimal that rounds a simple fraction to six places or more
///   equals that fraction.
/// - A variable may be negative: `\sqrt{x^2}` does not equal `x`. Roots of odd order of negative numbers are real.
/// - `\log` has base 10. A numeral in another base (`52_8`) is that numeral, not its value.
///
/// # Errors
///
/// [`OverBudget`] if the answer is longer or deeper, or a number in it larger, than the bounds in [`budget`], or if
/// evaluating it would take too many steps or digits.
pub fn canonical(answer: &str) -> Result<Canonical, OverBudget> {
    budget::check_length(answer)?;
    let answer = script::plain(answer);
    let answer = &*escape::unquoted(&answer);
    let tokens = group::group(&infix::prefixed(lexer::lex(answer)));
    let tokens = form::trimmed(&tokens);
    if let Some(letter) = choice::read(tokens) {
        return Ok(Canonical(letter.to_string()));
    }
    let text = form::read(tokens)?;
    // The answer is nothing but layout. Not all such answers may equal each other.
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
