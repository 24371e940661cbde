//! Quotations of what the user typed, short enough to be read.

use std::borrow::Cow;

/// Characters that are quoted, at most.
const LONGEST: usize = 200;

/// `text`, or its beginning and how much more there is.
pub(super) fn quoted(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(LONGEST) {
        None => text.into(),
        Some((end, _)) => {
            let more = text[end..].chars().count();
            format!("{}… ({more} more characters)", &text[..end]).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_and_counted() {
        let whole = "é".repeat(LONGEST);
        assert_eq!(quoted(&whole), whole);
        assert_eq!(quoted(&format!("{whole}abc")), format!("{whole}… (3 more characters)"));
    }
}
