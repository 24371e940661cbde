//! Answers that were quoted once too often: `\\\\frac{1}{2}` for `\\frac{1}{2}`.

use std::borrow::Cow;

/// Commands that show that two backslashes are a quoted one, and not the end of a row.
const COMMANDS: [&str; 28] = [
    "frac", "dfrac", "tfrac", "sqrt", "left", "right", "pi", "text", "mathrm", "mathbb", "infty", "le", "leq", "ge",
    "geq", "ne", "neq", "cdot", "times", "begin", "boxed", "cup", "cap", "in", "pm", "theta", "circ", "angle",
];

/// The answer with single backslashes, if all are doubled.
pub(super) fn unquoted(answer: &str) -> Cow<'_, str> {
    if !answer.contains("\\\\") || !is_quoted(answer) {
        return Cow::Borrowed(answer);
    }
    Cow::Owned(answer.replace("\\\\", "\\"))
}

fn is_quoted(answer: &str) -> bool {
    let mut rest = answer;
    let mut command = false;
    while let Some(at) = rest.find('\\') {
        let after = rest[at..].trim_start_matches('\\');
        let run = rest.len() - at - after.len();
        let name = &after[..after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len())];
        if run % 2 == 1 {
            return false;
        }
        command |= run == 2 && COMMANDS.contains(&name);
        rest = after;
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubled_backslashes_become_single() {
        let cases = [
            (r"\\frac{1}{2}", r"\frac{1}{2}"),
            (
                r"\\begin{pmatrix} 1 \\\\ 2 \\end{pmatrix}",
                r"\begin{pmatrix} 1 \\ 2 \end{pmatrix}",
            ),
            (
                r"\begin{pmatrix} 1 \\frac12 \end{pmatrix}",
                r"\begin{pmatrix} 1 \\frac12 \end{pmatrix}",
            ),
            (r"1 \\ 2", r"1 \\ 2"),
            (r"\frac{1}{2}", r"\frac{1}{2}"),
        ];
        for (answer, expected) in cases {
            assert_eq!(unquoted(answer), expected, "{answer}");
        }
    }
}
