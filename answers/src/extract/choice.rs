//! A last line that is an option letter and nothing else.

/// The last line without its emphasis, if it is one of the options (A)-(J).
pub(super) fn find(response: &str) -> Option<&str> {
    let line = response.trim_end().lines().next_back()?;
    let line = line.trim().trim_matches(['*', '_', '`', '"']);
    let letter = line
        .trim_start_matches('(')
        .trim_end_matches(['.', ')', ':']);
    matches!(letter.as_bytes(), [b'A'..=b'J']).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lone_letter_is_an_option() {
        let cases = [
            ("C", Some("C")),
            ("It must be this one:\n\n(C)\n", Some("(C)")),
            ("**B.**", Some("B.")),
            ("D)", Some("D)")),
            ("Option C", None),
            ("K", None),
            ("c", None),
            ("A line", None),
            ("", None),
        ];
        for (response, expected) in cases {
            assert_eq!(find(response), expected, "{response:?}");
        }
    }
}
