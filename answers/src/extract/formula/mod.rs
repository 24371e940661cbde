//! The value of the formula that ends the last paragraph: `3\sqrt{2}` of "we get $x = 3\sqrt{2}$."
//!
//! A number that the text after the formula states shows that the formula was not the last word. A relation is a value
//! as a whole: `x > 5` is not `5`, and neither is `x^2 = 5`.

mod equation;

use self::equation::{Equals, last_equals};
use super::words::strip_any_word;
use super::{math, notation, quantity};
use crate::budget::MAX_ANSWER_BYTES;

/// Length in bytes beyond which a formula without `=` is a step of the solution rather than its value.
const MAX_VALUE: usize = 60;

/// Most names to skip from the end: "so $a = 5$ for all $x$ and $y$".
const MAX_NAMES: usize = 4;

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

/// Words before a formula that only says when something holds: "for $x > 0$".
const CONDITIONS: [&str; 13] = [
    "for", "if", "when", "where", "since", "because", "as", "with", "all", "let", "given", "every", "any",
];

/// Commands that form a value without a digit.
const CONSTANTS: [&str; 5] = ["pi", "infty", "sqrt", "emptyset", "varnothing"];

/// The value of the formula that ends last in the last paragraph.
pub(super) fn find(response: &str) -> Option<&str> {
    let mut text = last_paragraph(response)?;
    for _ in 0..=MAX_NAMES {
        let (before, inside, after) = math::last(text)?;
        if quantity::has_value(after) {
            return None;
        }
        let condition = is_bound(inside) && is_condition(before);
        if !condition && !is_name(inside) {
            return stated(inside);
        }
        text = before;
    }
    None
}

/// "for all $x$" names a variable and does not state a value.
fn is_name(formula: &str) -> bool {
    formula.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// Whether the last word before a formula says that it is a condition.
fn is_condition(before: &str) -> bool {
    let word = before.trim_end().rsplit(char::is_whitespace).next().unwrap_or("");
    strip_any_word(word, &CONDITIONS) == Some("")
}

/// The value that a formula states.
pub(super) fn stated(formula: &str) -> Option<&str> {
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

/// The lines after the last blank one.
fn last_paragraph(response: &str) -> Option<&str> {
    let text = response.trim_end();
    let length: usize = text
        .rsplit('\n')
        .take_while(|line| !line.trim().is_empty())
        .map(|line| line.len() + 1)
        .sum();
    text.get((text.len() + 1).checked_sub(length)?..)
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
fn is_bound(formula: &str) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_formula_gives_its_value() {
        let cases = [
            ("We get $x = 3\\sqrt{2}$.", Some("3\\sqrt{2}")),
            ("so the area is $12\\pi$.", Some("12\\pi")),
            ("so the area is $12\\pi$ square units.", Some("12\\pi")),
            ("so it is $\\pi$", Some("\\pi")),
            ("so it is $π$", Some("π")),
            ("Thus\n\n\\[\nx = \\frac{1}{2}.\n\\]", Some("\\frac{1}{2}")),
            ("so $$a = b = 5$$", Some("5")),
            ("hence \\(f(x) = 2x + 1\\).", Some("2x + 1")),
            ("so $x = 3, y = 4$.", Some("x = 3, y = 4")),
            ("so $n = 1, 2, 3$.", Some("1, 2, 3")),
            ("so $x = \\frac{10}{3} \\approx 3.33$", Some("\\frac{10}{3}")),
            ("so $x \\approx 3.33$", Some("3.33")),
            ("\\[\\begin{aligned} x &= 2+3 \\\\ &= 5 \\end{aligned}\\]", Some("5")),
            (
                "$A = \\begin{pmatrix} 1 \\end{pmatrix}$",
                Some("\\begin{pmatrix} 1 \\end{pmatrix}"),
            ),
            ("for $r = 2$ it is $\\sum_{n=1}^{5} n$", None),
            ("the point is $(1, 2)$.", Some("(1, 2)")),
            ("$x = 3\\sqrt{2}$ in 2 steps", Some("3\\sqrt{2}")),
            ("$x = 3$\n\nAll of it.", None),
            ("so $x > 3$", Some("x > 3")),
            ("so $x \\in \\{1, 2\\}$", Some("x \\in \\{1, 2\\}")),
            ("so $P(X = 2)$", None),
            ("so $2x = 5$.", Some("2x = 5")),
            ("so $x^2 = 5$.", Some("x^2 = 5")),
            ("so $x + y = 5$.", Some("5")),
            ("so it is $5$ for $x > 0$.", Some("5")),
            ("where $n$ is the number of sides", None),
            ("so $f(x) = x^2 + 1$ for all $x$.", Some("x^2 + 1")),
            ("so $a = 5$ for all $x$ and $y$.", Some("5")),
            ("so $a = 5$ and 2 of $x$", None),
            ("so $x = $", None),
            ("so $x <= 3$", Some("x <= 3")),
            ("it costs $5", None),
            ("pay $5 for each, so 5$", None),
            ("it costs $5 or $6", None),
            ("it costs 5", None),
            ("\\boxed{}", None),
            ("", None),
            ("\n", None),
        ];
        for (response, expected) in cases {
            assert_eq!(find(response), expected, "{response:?}");
        }
        let long = format!("so ${}$", "1+".repeat(MAX_VALUE));
        assert_eq!(find(&long), None);
    }
}
