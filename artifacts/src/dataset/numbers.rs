//! Numbers that `serde_json` cannot hold: Python writes `NaN`, `Infinity` and `-Infinity`, and numbers of any length.

use std::borrow::Cow;

const WORDS: [&str; 3] = ["-Infinity", "Infinity", "NaN"];

/// Digits that a 64-bit float always gives back as they were.
const SAFE: usize = 15;

/// Replaces `NaN` and infinities outside of texts by `null`.
pub(super) fn replace_non_finite(json: &str) -> Cow<'_, str> {
    replace(json, non_finite)
}

/// Replaces numbers outside of texts by texts, if they have more digits than can be kept.
pub(super) fn replace_long(json: &str) -> Cow<'_, str> {
    replace(json, long)
}

/// The length of what a text begins with, and what is put in its place.
type Replaced = Option<(usize, String)>;

fn replace(json: &str, other: fn(&str) -> Replaced) -> Cow<'_, str> {
    let bytes = json.as_bytes();
    let mut out = String::new();
    let (mut at, mut copied, mut quoted) = (0, 0, false);
    while at < bytes.len() {
        let other = match bytes[at] {
            b'\\' if quoted => {
                at += 2;
                continue;
            }
            b'"' => {
                quoted = !quoted;
                None
            }
            b'-' | b'I' | b'N' | b'0'..=b'9' if !quoted => other(&json[at..]),
            _ => None,
        };
        at += match other {
            Some((length, text)) => {
                out.push_str(&json[copied..at]);
                out.push_str(&text);
                copied = at + length;
                length
            }
            None if !quoted => number(&bytes[at..]).max(1),
            None => 1,
        };
    }
    match copied {
        0 => Cow::Borrowed(json),
        _ => Cow::Owned(out + &json[copied..]),
    }
}

fn non_finite(rest: &str) -> Replaced {
    let word = WORDS.iter().find(|word| rest.starts_with(**word))?;
    Some((word.len(), "null".to_owned()))
}

fn long(rest: &str) -> Replaced {
    let written = &rest[..number(rest.as_bytes())];
    let mantissa = written.split(['e', 'E']).next().unwrap_or_default();
    let digits = mantissa
        .trim_start_matches(['-', '0', '.'])
        .bytes()
        .filter(u8::is_ascii_digit);
    let kept = digits.count() <= SAFE || written.parse::<i64>().is_ok() || written.parse::<u64>().is_ok();
    // What is no number is left to the parser, which says where it is.
    (!kept && written.parse::<f64>().is_ok()).then(|| (written.len(), format!("\"{written}\"")))
}

/// Bytes that may belong to a number.
fn number(rest: &[u8]) -> usize {
    let of_number = |byte: &u8| byte.is_ascii_digit() || b"+-.eE".contains(byte);
    rest.iter().take_while(|byte| of_number(byte)).count()
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
            (
                r#"{"a": 12345678901234567890123, "b": [18446744073709551615, 0.123456789012345]}"#,
                r#"{"a": "12345678901234567890123", "b": [18446744073709551615, 0.123456789012345]}"#,
            ),
            (
                r#"{"a": 0.12345678901234567, "b": "12345678901234567890123", "c": 1.50e300}"#,
                r#"{"a": "0.12345678901234567", "b": "12345678901234567890123", "c": 1.50e300}"#,
            ),
            (r#"{"a": "é Infinity"}"#, r#"{"a": "é Infinity"}"#),
        ];
        for (json, expected) in cases {
            assert_eq!(replace_long(&replace_non_finite(json)), expected);
        }
    }
}
