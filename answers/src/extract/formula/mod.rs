//! The value of the formula that ends the last paragraph: `3\sqrt{2}` of "we get $x = 3\sqrt{2}$."
//!
//! A number that the text after the formula states shows that the formula was not the last word. A relation is a value
//! as a whole: `x > 5` is not `5`, and neither is `x^2 = 5`.

mod equation;
mod value;

pub(super) use self::value::stated;

use self::value::is_bound;
use super::words::strip_any_word;
use super::{math, quantity};

/// Most names to skip from the end: "so $a = 5$ for all $x$ and $y$".
const MAX_NAMES: usize = 4;

/// Longest name of `x = 5` in bytes.
const MAX_NAME: usize = 3;

/// Words before a formula that only says when something holds: "for $x > 0$".
const CONDITIONS: [&str; 13] = [
    "for", "if", "when", "where", "since", "because", "as", "with", "all", "let", "given", "every", "any",
];

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
            return joined(text, before, inside).or_else(|| stated(inside));
        }
        text = before;
    }
    None
}

/// The formula `inside` and the one that ends `before`, if they are one answer: "$x = 3$ and $y = 5$".
fn joined<'a>(text: &'a str, before: &str, inside: &str) -> Option<&'a str> {
    let (start, other, between) = math::last(before)?;
    let between = between.trim();
    // "when $t = 0$, $y = 5$"
    if is_condition(start) {
        return None;
    }
    let conjunction = strip_any_word(between.trim_start_matches(',').trim_start(), &["and", "or"]) == Some("");
    let alike = assigns(inside) == assigns(other) && !is_name(other) && !is_bound(other);
    let values = inside.contains('=') == assigns(inside) && other.contains('=') == assigns(other);
    if !((conjunction || between == ",") && alike && values) {
        return None;
    }
    stated(other)?;
    stated(inside)?;
    let end = before.len() + delimited(&text[before.len()..])?;
    text.get(start.len()..end)
}

/// The length of the formula that `text` starts with, with its delimiters.
fn delimited(text: &str) -> Option<usize> {
    math::leading(text).map(|(_, after)| text.len() - after.len())
}

/// `x = 5`
fn assigns(formula: &str) -> bool {
    let Some((name, value)) = formula.split_once('=') else {
        return false;
    };
    is_name(name.trim()) && name.trim().len() <= MAX_NAME && !value.contains('=')
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

#[cfg(test)]
mod tests {
    use super::value::MAX_VALUE;
    use super::*;

    #[test]
    fn the_last_formula_gives_its_value() {
        let cases = [
            ("We get $x = 3\\sqrt{2}$.", Some("3\\sqrt{2}")),
            ("So $x = 3$ and $y = 5$.", Some("$x = 3$ and $y = 5$")),
            ("The roots are $3$, and $5$.", Some("$3$, and $5$")),
            ("so $a = 3$ and thus $b = 5$.", Some("5")),
            ("when $t = 0$, $y = 5$.", Some("5")),
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
