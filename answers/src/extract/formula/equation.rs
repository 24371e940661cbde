//! Equations in a formula: where their sides are, and whether the right one is the value of the left.

/// Commands that an expression in a variable consists of.
const ARITHMETIC: [&str; 11] = [
    "cdot", "times", "left", "right", "frac", "dfrac", "tfrac", "sqrt", "pi", "div", "pm",
];

/// Letters before parentheses that are a factor rather than a function.
const UNKNOWNS: [char; 5] = ['x', 'y', 'z', 'n', 't'];

/// The last `=` of a formula outside brackets.
pub(super) struct Equals {
    /// Where its right side starts.
    pub(super) end: usize,
    /// Whether there are several equations: `x = 3, y = 4`.
    pub(super) listed: bool,
    /// How many signs there are.
    pub(super) signs: usize,
}

pub(super) fn last_equals(formula: &str) -> Option<Equals> {
    let (mut depth, mut comma, mut before) = (0_usize, false, ' ');
    let mut last: Option<Equals> = None;
    for (at, c) in formula.char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            ',' | ';' if depth == 0 => comma = last.is_some(),
            '=' if depth == 0 && !matches!(before, '<' | '>' | '!') => {
                let listed = comma || last.as_ref().is_some_and(|last| last.listed);
                let signs = last.map_or(1, |last| last.signs + 1);
                last = Some(Equals {
                    end: at + 1,
                    listed,
                    signs,
                });
            }
            _ => {}
        }
        before = c;
    }
    last
}

/// Whether the right side of the only `=` is not the value of the left: `2x = 5`, `x^2 = 5`, but not `x_1 = 5`.
///
/// An expression in several unknowns is a quantity with a value (`x + y = 5`), unless it is a curve
/// (`x^2 + y^2 = 4`).
pub(super) fn is_unsolved(formula: &str, equals: &Equals) -> bool {
    let left = formula[..equals.end - 1].trim();
    let right = formula[equals.end..].trim();
    if equals.signs > 1 || left.contains('&') || left.contains("\\\\") {
        return false;
    }
    if is_letter(right) && !is_letter(left) {
        return true;
    }
    let Some(letters) = letters(left) else {
        return false;
    };
    let curved = left.contains(['^', '²', '³']);
    match letters.as_slice() {
        [] => false,
        [letter] => !is_name(left, *letter),
        several => curved && several.iter().all(|letter| matches!(letter, 'x' | 'y' | 'z')),
    }
}

fn is_letter(side: &str) -> bool {
    let mut chars = side.chars();
    chars.next().is_some_and(char::is_alphabetic) && chars.next().is_none()
}

/// Whether an expression in one letter is the name of a value: `x`, `x_1`, `f(2)`, `f'`, `f^{-1}(2)`.
fn is_name(side: &str, letter: char) -> bool {
    let Some(rest) = side.strip_prefix(letter) else {
        return false;
    };
    let indexed = rest.starts_with('_') && !rest.contains(['+', '-', '^', '*']);
    let called = !UNKNOWNS.contains(&letter) && rest.ends_with(')') && rest.starts_with(['(', '\'', '^']);
    rest.is_empty() || rest.chars().all(|c| c == '\'') || indexed || called
}

/// The different letters of an expression; `None` if it contains anything that is not arithmetic.
fn letters(side: &str) -> Option<Vec<char>> {
    let mut letters = Vec::new();
    let mut chars = side.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if c == '\\' {
            let name: &str = &side[at + 1..];
            let name = &name[..name.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(name.len())];
            if !name.is_empty() && !ARITHMETIC.contains(&name) {
                return None;
            }
            for _ in 0..name.len() {
                chars.next();
            }
        } else if c.is_alphabetic() && !letters.contains(&c) {
            letters.push(c);
        }
    }
    Some(letters)
}

/// The formula without what is in brackets.
pub(super) fn outside_brackets(formula: &str) -> String {
    let mut depth = 0_usize;
    let mut outside = String::new();
    for c in formula.chars() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ if depth == 0 => outside.push(c),
            _ => {}
        }
    }
    outside
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_side_is_solved_if_it_is_a_name_or_a_quantity() {
        let unsolved = [
            "2x = 5",
            "x^2 = 5",
            "x + 5 = 12",
            "-x = 5",
            "\\frac{x}{2} = 5",
            "x^2 + y^2 = 4",
            "5 = x",
        ];
        let solved = [
            "x = 5",
            "x_1 = 5",
            "f(2) = 5",
            "f'(2) = 5",
            "x + y = 5",
            "a^2 + b^2 = 5",
            "AB = 5",
            "2 + 3 = 5",
            "\\angle A = 5",
            "\\int_0^1 x = 5",
            "2x = 6 = 5",
            "P(A) = 5",
        ];
        for (formulas, expected) in [(&unsolved[..], true), (&solved, false)] {
            for formula in formulas {
                let equals = last_equals(formula).expect(formula);
                assert_eq!(is_unsolved(formula, &equals), expected, "{formula:?}");
            }
        }
    }
}
