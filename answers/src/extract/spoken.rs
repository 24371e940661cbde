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
    let inside = unwrapped(content);
    let words = inside
        .split_whitespace()
        .filter(|word| word.chars().filter(|c| c.is_alphabetic()).count() > 1);
    // A formula is not cut up.
    let few = words.count()
        < if inside.len() < content.len() {
            MIN_WORDS - 1
        } else {
            MIN_WORDS
        };
    if few || inside.contains(['\\', '{', '}', '^', '_', '=']) {
        return None;
    }
    if let Some(found) = phrase::find(&inside, 0).filter(|found| found.firm) {
        return Some(Cow::Owned(found.text.into_owned()));
    }
    if !notation::read(&inside).prose || inside.contains(',') {
        return None;
    }
    match quantity::stated("", inside.trim_end_matches('.')) {
        Reading::Value(value) => Some(Cow::Owned(value.to_owned())),
        _ => None,
    }
}

/// The content without the commands around its words.
fn unwrapped(content: &str) -> Cow<'_, str> {
    let Some(_) = WRAPPERS.iter().find(|wrapper| content.contains(**wrapper)) else {
        return Cow::Borrowed(content);
    };
    let mut text = content.to_owned();
    for wrapper in WRAPPERS {
        text = text.replace(wrapper, "\u{1}");
    }
    let mut out = String::with_capacity(text.len());
    let mut open = 0_usize;
    for c in text.chars() {
        match c {
            '\u{1}' => open += 1,
            '}' if open > 0 => open -= 1,
            c => out.push(c),
        }
    }
    Cow::Owned(out)
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
            ("\\text{There are } 5 \\text{ apples}", Some("5")),
            ("\\text{It is less than 5}", None),
            ("\\text{Tom, 5, and Ann, 6}", None),
            ("\\text{Evelyn is the fastest}", None),
        ];
        for (content, expected) in cases {
            assert_eq!(value(content).as_deref(), expected, "{content:?}");
        }
    }
}
