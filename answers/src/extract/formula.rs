//! The value of the formula that ends the last paragraph: `3\sqrt{2}` of "we get $x = 3\sqrt{2}$."
//!
//! A number after the formula shows that the formula was not the last word.

use super::{math, notation, number};
use crate::budget::MAX_ANSWER_BYTES;

/// Length in bytes beyond which a formula without `=` is a step of the solution rather than its value.
const MAX_VALUE: usize = 60;

/// Most names to skip from the end: "so $a = 5$ for all $x$ and $y$".
const MAX_NAMES: usize = 4;

/// Commands that relate two sides, so that the formula as a whole is not a value.
const RELATIONS: [&str; 20] = [
    "le",
    "leq",
    "leqslant",
    "ge",
    "geq",
    "geqslant",
    "ne",
    "neq",
    "in",
    "equiv",
    "to",
    "implies",
    "Rightarrow",
    "iff",
    "sim",
    "cong",
    "mid",
    "subset",
    "subseteq",
    "propto",
];

/// Commands that form a value without a digit.
const CONSTANTS: [&str; 5] = ["pi", "infty", "sqrt", "emptyset", "varnothing"];

/// The value of the formula that ends last in the last paragraph.
pub(super) fn find(response: &str) -> Option<&str> {
    let mut text = last_paragraph(response)?;
    for _ in 0..=MAX_NAMES {
        let (before, inside, after) = math::last(text)?;
        if number::find(after).is_some() {
            return None;
        }
        if !is_name(inside) {
            return stated(trimmed(inside));
        }
        text = before;
    }
    None
}

/// "for all $x$" names a variable and does not state a value.
fn is_name(formula: &str) -> bool {
    formula.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// The value that a formula states.
fn stated(formula: &str) -> Option<&str> {
    if formula.len() > MAX_ANSWER_BYTES {
        return None;
    }
    let value = match last_equals(formula) {
        Some(Equals { listed: true, .. }) => formula,
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

/// The last `=` of a formula outside brackets.
struct Equals {
    /// Where its right side starts.
    end: usize,
    /// Whether there are several equations: `x = 3, y = 4`.
    listed: bool,
}

fn last_equals(formula: &str) -> Option<Equals> {
    let (mut depth, mut comma, mut before) = (0_usize, false, ' ');
    let mut last: Option<Equals> = None;
    for (at, c) in formula.char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            ',' | ';' if depth == 0 => comma = last.is_some(),
            '=' if depth == 0 && !matches!(before, '<' | '>' | '!') => {
                let listed = comma || last.is_some_and(|last| last.listed);
                last = Some(Equals { end: at + 1, listed });
            }
            _ => {}
        }
        before = c;
    }
    last
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

/// A short formula without relations that contains a number; of an approximation, the exact side.
fn value(formula: &str) -> Option<&str> {
    let value = formula.rsplit("\\approx").next().unwrap_or(formula);
    let value = value.rsplit('≈').next().unwrap_or(value);
    let related = value.contains(['=', '<', '>', '≤', '≥', '≠']) || has_command(value, &RELATIONS);
    let counts = value.contains(|c: char| c.is_ascii_digit() || matches!(c, 'π' | '∞' | '∅'));
    let counts = counts || has_command(value, &CONSTANTS);
    (value.len() <= MAX_VALUE && !related && counts).then_some(value)
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
            ("$x = 3\\sqrt{2}$ in 2 steps", None),
            ("$x = 3$\n\nAll of it.", None),
            ("so $x > 3$", None),
            ("so $x \\in \\{1, 2\\}$", None),
            ("so $P(X = 2)$", None),
            ("where $n$ is the number of sides", None),
            ("so $f(x) = x^2 + 1$ for all $x$.", Some("x^2 + 1")),
            ("so $a = 5$ for all $x$ and $y$.", Some("5")),
            ("so $a = 5$ for 2 of $x$", None),
            ("so $x = $", None),
            ("so $x <= 3$", None),
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
