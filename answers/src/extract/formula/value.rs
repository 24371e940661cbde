//! The value that one formula states.

use super::equation::{self, Equals, last_equals};
use crate::budget::MAX_ANSWER_BYTES;
use crate::extract::notation;

/// Length in bytes beyond which a formula without `=` is a step of the solution rather than its value.
pub(super) const MAX_VALUE: usize = 60;

/// Commands that relate a value to its bounds.
const BOUNDS: [&str; 13] = [
    "le", "leq", "leqslant", "ge", "geq", "geqslant", "ne", "neq", "in", "lt", "gt", "subset", "subseteq",
];

/// Commands that relate two sides without giving a value.
const RELATIONS: [&str; 10] = [
    "equiv",
    "to",
    "implies",
    "Rightarrow",
    "iff",
    "sim",
    "cong",
    "mid",
    "propto",
    "notin",
];

/// Commands that form a value without a digit.
const CONSTANTS: [&str; 5] = ["pi", "infty", "sqrt", "emptyset", "varnothing"];

/// The value that a formula states.
pub(in crate::extract) fn stated(formula: &str) -> Option<&str> {
    let formula = trimmed(formula);
    if formula.len() > MAX_ANSWER_BYTES {
        return None;
    }
    let value = match last_equals(formula) {
        Some(equals) if equals.listed || equation::is_unsolved(formula, &equals) => formula,
        Some(Equals { end, .. }) => exact(closed(&formula[end..])),
        None => value(formula)?,
    };
    let value = trimmed(value);
    let seen = notation::read(value);
    (seen.content && !seen.prose).then_some(value)
}

fn trimmed(formula: &str) -> &str {
    let formula = formula.trim().trim_end_matches(['.', ',', ';']).trim_end();
    formula.trim_end_matches("\\\\").trim_end()
}

/// Drops the end of an environment that started before the value.
fn closed(value: &str) -> &str {
    match value.split_once("\\end{") {
        Some((inside, _)) if !inside.contains("\\begin{") => inside,
        _ => value,
    }
}

/// Drops a rounded value after the exact one.
fn exact(value: &str) -> &str {
    let value = value.split("\\approx").next().unwrap_or(value);
    value.split('≈').next().unwrap_or(value)
}

/// A short formula that contains a number; of an approximation, the exact side.
fn value(formula: &str) -> Option<&str> {
    let value = formula.rsplit("\\approx").next().unwrap_or(formula);
    let value = value.rsplit('≈').next().unwrap_or(value);
    if is_bound(value) {
        return (value.len() <= MAX_VALUE).then_some(value);
    }
    let related = value.contains(['=', '<', '>', '≤', '≥', '≠']) || has_command(value, &RELATIONS);
    let counts = value.contains(|c: char| c.is_ascii_digit() || matches!(c, 'π' | '∞' | '∅'));
    let counts = counts || has_command(value, &CONSTANTS);
    (value.len() <= MAX_VALUE && !related && counts).then_some(value)
}

/// Whether a formula bounds something, outside of all brackets: `x \le 5`, but not `P(X > 2)`.
pub(super) fn is_bound(formula: &str) -> bool {
    let outside = equation::outside_brackets(formula);
    let signs = outside.contains(['<', '>', '≤', '≥', '≠', '∈']) || outside.contains("!=");
    (signs || has_command(&outside, &BOUNDS)) && !has_command(&outside, &RELATIONS)
}

fn has_command(formula: &str, names: &[&str]) -> bool {
    formula.split('\\').skip(1).any(|part| {
        let end = part.find(|c: char| !c.is_ascii_alphabetic());
        names.contains(&&part[..end.unwrap_or(part.len())])
    })
}
