//! A multiple-choice option letter, (A) to (J), at the start of a text.
//!
//! Knows the letter and its marks, not its place in a response.

/// Marks that may precede the letter.
const OPEN: [&str; 18] = [
    "【",
    "「",
    "《",
    "\\textbf{",
    "\\text{",
    "\\mathbf{",
    "\\mathrm{",
    "\\(",
    "\\[",
    "(",
    "[",
    "*",
    "_",
    "`",
    "\"",
    "$",
    " ",
    "{",
];

/// Marks that may follow the letter.
const CLOSE: [&str; 17] = [
    "】", "」", "》", "\\)", "\\]", ")", "]", ".", ":", "。", "：", "}", "*", "_", "`", "\"", "$",
];

/// An option letter at the start of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Letter<'a> {
    /// The letter alone.
    pub(super) letter: &'a str,
    /// Whether `)`, `.` or `:` marks it as an option. The article "A" has no such mark.
    pub(super) marked: bool,
    /// Whether a colon marks it, which also follows the A of an answer: "A: 5".
    pub(super) colon: bool,
    /// The text after the letter and its marks.
    pub(super) after: &'a str,
}

/// The option letter at the start of `text`: `C`, `(C)`, `C.`, `**C**`, `\text{(C)}`, `$C$`.
pub(super) fn letter(text: &str) -> Option<Letter<'_>> {
    let text = strip_all(text, &OPEN);
    if !matches!(text.as_bytes(), [b'A'..=b'J', ..]) {
        return None;
    }
    let (letter, rest) = text.split_at(1);
    let after = strip_all(rest, &CLOSE);
    let marks = &rest[..rest.len() - after.len()];
    let run_on = after.starts_with(|c: char| c.is_alphanumeric() && !is_ideograph(c));
    (!run_on).then_some(Letter {
        letter,
        marked: is_marked(marks),
        colon: marks.contains([':', '：']),
        after,
    })
}

/// Whether another option letter starts `text`: the second of "(A), (B)".
pub(crate) fn leading_letter(text: &str) -> Option<char> {
    let found = letter(text).filter(|found| found.marked || found.after.is_empty())?;
    found.letter.chars().next()
}

/// Whether `c` belongs to a script that puts no spaces between words: a letter before it stands alone.
pub(crate) fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{e7f}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}')
}

/// Whether one of the marks is that of an option, rather than a math delimiter.
fn is_marked(marks: &str) -> bool {
    let marks = marks.replace("\\)", "").replace("\\]", "");
    marks.contains([')', ']', '.', ':', '。', '：'])
}

fn strip_all<'a>(mut text: &'a str, prefixes: &[&str]) -> &'a str {
    while let Some(rest) = prefixes.iter().find_map(|prefix| text.strip_prefix(prefix)) {
        text = rest;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_read_with_their_marks() {
        let cases = [
            ("C", Some(("C", false, ""))),
            ("(C)", Some(("C", true, ""))),
            ("[C]", Some(("C", true, ""))),
            ("C. 42", Some(("C", true, " 42"))),
            ("**C**: 42", Some(("C", true, " 42"))),
            ("\\textbf{(C)} 42", Some(("C", true, " 42"))),
            ("\\(C\\)", Some(("C", false, ""))),
            ("$C$ is", Some(("C", false, " is"))),
            ("A line", Some(("A", false, " line"))),
            ("B。", Some(("B", true, ""))),
            ("C.5", None),
            ("A1", None),
            ("All", None),
            ("c", None),
            ("K", None),
            ("", None),
        ];
        for (text, expected) in cases {
            let found = letter(text).map(|found| (found.letter, found.marked, found.after));
            assert_eq!(found, expected, "{text:?}");
        }
    }
}
