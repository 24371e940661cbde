//! Numbers as languages with decimal commas write them.

use std::borrow::Cow;

/// "3 und 5" as a list; `None` if it is anything else.
pub(super) fn listed(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split(' ').collect();
    let [first, conjunction, last] = words.as_slice() else {
        return None;
    };
    let counts = |text: &str| text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '$'));
    let joins = ["und", "et", "y", "e", "и", "i", "en", "och", "oder", "ou", "o", "или"].contains(conjunction);
    (joins && counts(first) && counts(last)).then(|| format!("{first}; {last}"))
}

/// `1.234,5` with a decimal point. `1,234` is a number of thousands in any language.
pub(super) fn with_point(text: Cow<'_, str>) -> Cow<'_, str> {
    let Some((whole, decimals)) = text.split_once(',') else {
        return text;
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let unit = decimals.find(|c: char| !c.is_ascii_digit()).unwrap_or(decimals.len());
    let (decimals, unit) = decimals.split_at(unit);
    let groups: Vec<&str> = whole.trim_start_matches('-').split('.').collect();
    let grouped = groups.iter().skip(1).all(|group| group.len() == 3) && groups.iter().all(|group| digits(group));
    let thousands = decimals.len() == 3 && groups.len() == 1;
    let decimal = grouped && digits(decimals) && !thousands && !unit.starts_with([',', '.']);
    if decimal {
        Cow::Owned(format!("{}.{decimals}{unit}", whole.replace('.', "")))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_numbers_are_a_list() {
        assert_eq!(listed("3 und 5").as_deref(), Some("3; 5"));
        assert_eq!(listed("3 Euro 5"), None);
        assert_eq!(listed("Max und Moritz"), None);
        assert_eq!(with_point("1.234,5 m".into()), "1234.5 m");
        assert_eq!(with_point("1,234".into()), "1,234");
    }
}
