//! Boxes that are left to be filled in: `\boxed{}`, `\boxed{\quad}`, `\boxed{...}`.

/// Content of a box to be filled in.
const BLANKS: [&str; 22] = [
    "\\underline",
    "\\square",
    "\\_",
    "\\quad",
    "\\qquad",
    "\\,",
    "\\;",
    "\\:",
    "\\!",
    "\\ ",
    "~",
    "{",
    "}",
    "$",
    "\\text",
    "?",
    "_",
    ".",
    "\\ldots",
    "\\dots",
    "\\cdots",
    "…",
];

/// Commands that leave a gap as wide as their argument.
const GAPS: [&str; 4] = ["\\phantom{", "\\hphantom{", "\\hspace{", "\\hspace*{"];

/// Whether a box has nothing to say: `\boxed{}`, `\boxed{\,}`, `\boxed{...}`.
pub(super) fn is(content: &str) -> bool {
    let mut rest = content.trim();
    let gap = |text: &'_ str| {
        let inside = GAPS.iter().find_map(|gap| text.strip_prefix(gap))?;
        inside.find('}').map(|end| text.len() - inside.len() + end + 1)
    };
    loop {
        let blank = BLANKS
            .iter()
            .find(|blank| rest.starts_with(**blank))
            .map(|blank| blank.len());
        match gap(rest).or(blank) {
            Some(length) => rest = rest[length..].trim_start(),
            None => return rest.is_empty(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blank_says_nothing() {
        for content in [
            "",
            " ",
            "\\quad",
            "...",
            "?",
            "\\_\\_",
            "\\phantom{xx}",
            "\\underline{\\hspace{1cm}}",
            "\\text{}",
        ] {
            assert!(is(content), "{content:?}");
        }
        for content in ["5", "?5", "x", "\\phantom{x", "\\text{no}"] {
            assert!(!is(content), "{content:?}");
        }
    }
}
