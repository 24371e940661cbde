//! Numbers that JSON lacks: Python writes `NaN`, `Infinity` and `-Infinity`.

use std::borrow::Cow;

const WORDS: [&str; 3] = ["-Infinity", "Infinity", "NaN"];

/// Replaces such numbers outside of texts by `null`.
pub(super) fn replace_non_finite(json: &str) -> Cow<'_, str> {
    if !json.contains("NaN") && !json.contains("Infinity") {
        return Cow::Borrowed(json);
    }
    let bytes = json.as_bytes();
    let mut out = String::new();
    let (mut at, mut copied, mut quoted) = (0, 0, false);
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if quoted => at += 1,
            b'"' => quoted = !quoted,
            b'-' | b'I' | b'N' if !quoted => {
                if let Some(word) = WORDS.iter().find(|word| bytes[at..].starts_with(word.as_bytes())) {
                    out.push_str(&json[copied..at]);
                    out.push_str("null");
                    at += word.len();
                    copied = at;
                    continue;
                }
            }
            _ => {}
        }
        at += 1;
    }
    Cow::Owned(out + &json[copied..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_are_replaced() {
        let cases = [
            (
                r#"{"a": NaN, "b": [-Infinity,Infinity], "c": -1}"#,
                r#"{"a": null, "b": [null,null], "c": -1}"#,
            ),
            (r#"{"NaN": "\"NaN", "b": NaN}"#, r#"{"NaN": "\"NaN", "b": null}"#),
            (r#"{"a": "é Infinity"}"#, r#"{"a": "é Infinity"}"#),
        ];
        for (json, expected) in cases {
            assert_eq!(replace_non_finite(json), expected);
        }
    }
}
