//! The score in a judgement.

/// The last number of a judgement that is a score of 0 to `scale`; the highest score itself, in `4/5` and "4 out of 5",
/// is none.
pub(super) fn score(judgement: &str, scale: u32) -> Option<f64> {
    let highest = f64::from(scale);
    let is_score = |(before, number): &(&str, f64)| {
        let before = before.trim_end();
        let is_scale = *number == highest && (before.ends_with('/') || before.ends_with("out of"));
        (0.0..=highest).contains(number) && !is_scale
    };
    numbers(judgement).into_iter().rfind(is_score).map(|(_, number)| number)
}

/// The plain numbers of a text, each with the text before it.
fn numbers(text: &str) -> Vec<(&str, f64)> {
    let of_number = |c: char| c.is_ascii_digit() || c == '.';
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find(|c: char| c.is_ascii_digit()).map(|start| at + start) {
        let end = text[start..]
            .find(|c: char| !of_number(c))
            .map_or(text.len(), |end| start + end);
        let before = &text[..start];
        let digits = text[start..end].trim_end_matches('.');
        // The 2 of `x2`, `-2` and `.2` is no score.
        let alone = !before.ends_with(|c: char| c.is_alphanumeric() || "-.,".contains(c));
        if alone && let Ok(number) = digits.parse() {
            found.push((before, number));
        }
        at = end;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_read_as_people_write_them() {
        for (judgement, expected) in [
            ("It is right.\nScore: 4", Some(4.0)),
            ("Score: 3/5", Some(3.0)),
            ("I give it 2 out of 5.", Some(2.0)),
            ("5/5", Some(5.0)),
            ("Score: 4.5.", Some(4.5)),
            ("3 of the 12 steps are wrong: 2", Some(2.0)),
            ("**Score: 0**", Some(0.0)),
            ("All 17 steps are fine.", None),
            ("x2 is -3", None),
            ("", None),
        ] {
            assert_eq!(score(judgement, 5), expected, "{judgement}");
        }
    }
}
