//! The end of the first sentence of a line.

use super::option::is_ideograph;

/// Marks that may end a sentence.
const MARKS: [char; 9] = ['.', '!', '?', '。', '！', '？', '।', '؟', '۔'];

/// Words whose full stop does not end a sentence.
const ABBREVIATIONS: [&str; 8] = ["mr", "mrs", "ms", "dr", "st", "vs", "approx", "ca"];

/// The first sentence of a line without its final mark, and the text after that mark.
pub(super) fn first(line: &str) -> (&str, &str) {
    line.match_indices(MARKS)
        .map(|(at, mark)| (&line[..at], mark, &line[at + mark.len()..]))
        .find(|(before, mark, after)| {
            let ends =
                after.is_empty() || after.starts_with([' ', '\t', '*', '"', '$']) || after.starts_with(is_ideograph);
            !mark.is_ascii() || (ends && !belongs_to_value(before, mark, after))
        })
        .map_or((line, ""), |(before, _, after)| (before, after))
}

/// Whether `mark` does not end a sentence: "Mrs. Hilt", "3:30 p.m.", `5!`, `1,\! 000`, `\right.`.
fn belongs_to_value(before: &str, mark: &str, after: &str) -> bool {
    if mark == "!" {
        return before.ends_with(|c: char| c.is_ascii_digit() || matches!(c, ')' | '}' | '\\'));
    }
    let word = before.rsplit(' ').next().unwrap_or(before);
    let title = ABBREVIATIONS.iter().any(|known| word.eq_ignore_ascii_case(known));
    let dotted = word.contains('.') && word.chars().all(|c| c.is_alphabetic() || c == '.');
    let delimiter = word.ends_with("\\left") || word.ends_with("\\right");
    (title && !after.is_empty()) || dotted || delimiter
}

/// The last sentence of a text, with its mark.
pub(crate) fn last(text: &str) -> &str {
    let line = text.trim().lines().next_back().unwrap_or("").trim();
    let mut rest = line;
    loop {
        let after = first(rest).1.trim_start_matches(['*', '_', ' ', '"']);
        if after.is_empty() {
            return rest;
        }
        rest = after;
    }
}

/// Where `part` starts in `text`, of which it is a part.
pub(super) fn offset(text: &str, part: &str) -> usize {
    (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_ends_at_its_mark() {
        let cases = [
            ("5. Then", "5"),
            ("3.5", "3.5"),
            ("3.5.", "3.5"),
            ("Mrs. Hilt. She", "Mrs. Hilt"),
            ("3:30 p.m.", "3:30 p.m."),
            ("5!", "5!"),
            ("Lisa!", "Lisa"),
            ("\\left. x \\right.", "\\left. x \\right."),
            ("5。好", "5"),
            ("5", "5"),
            ("", ""),
        ];
        for (line, expected) in cases {
            assert_eq!(first(line).0, expected, "{line:?}");
        }
    }
}
