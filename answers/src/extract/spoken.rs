//! A sentence in a box: `\boxed{\text{There are 5 apples}}`.

use std::borrow::Cow;

use super::quantity::{self, Reading};
use super::{notation, phrase};

/// Commands around words.
const WRAPPERS: [&str; 5] = ["\\text{", "\\textbf{", "\\mbox{", "\\mathrm{", "\\textrm{"];

/// Fewest words of a sentence.
const MIN_WORDS: usize = 3;

/// The value of the sentence in a box; `None` if it is none, or has no number.
pub(super) fn value(content: &str) -> Option<Cow<'_, str>> {
    let wrapped = WRAPPERS.iter().find_map(|wrapper| content.strip_prefix(wrapper));
    let inside = wrapped.and_then(|rest| rest.strip_suffix('}')).unwrap_or(content);
    let words = inside.split_whitespace().filter(|word| word.chars().filter(|c| c.is_alphabetic()).count() > 1);
    // A formula is not cut up.
    if inside.contains(['\\', '{', '}', '^', '_', '=']) || words.count() < MIN_WORDS {
        return None;
    }
    if let Some(found) = phrase::find(inside).filter(|found| found.firm) {
        return Some(found.text);
    }
    if !notation::read(inside).prose || inside.contains(',') {
        return None;
    }
    match quantity::stated("", inside.trim_end_matches('.')) {
        Reading::Value(value) => Some(Cow::Borrowed(value)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_in_a_box_has_a_value() {
        let cases = [
            ("\\text{There are 5 apples}", Some("5")),
            ("\\text{The answer is C}", Some("C")),
            ("The total cost is $34.", Some("34")),
            ("\\text{5 apples}", None),
            ("5 \\text{ apples are left}", None),
            ("\\text{It is less than 5}", None),
            ("\\text{Tom, 5, and Ann, 6}", None),
            ("\\text{Evelyn is the fastest}", None),
        ];
        for (content, expected) in cases {
            assert_eq!(value(content).as_deref(), expected, "{content:?}");
        }
    }
}
