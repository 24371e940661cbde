//! Numbers that `serde_json` cannot hold: Python writes `NaN`, `Infinity` and `-Infinity`, and numbers of any length.

use std::borrow::Cow;

const WORDS: [&str; 3] = ["-Infinity", "Infinity", "NaN"];

/// Digits that a 64-bit float holds for certain, and the fewest that a 64-bit integer may not hold.
const SAFE: usize = 17;

/// Outside of texts, replaces what is no number by `null`, and numbers with more digits than can be kept by texts.
pub(super) fn replace(json: &str) -> Cow<'_, str> {
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

/// The length of the number that `rest` begins with, and what is put in its place, if it cannot be kept.
fn other(rest: &str) -> Option<(usize, String)> {
    if let Some(word) = WORDS.iter().find(|word| rest.starts_with(**word)) {
        return Some((word.len(), "null".to_owned()));
    }
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
                r#"{"a": 12345678901234567890123, "b": [18446744073709551615, 0.30000000000000004]}"#,
                r#"{"a": "12345678901234567890123", "b": [18446744073709551615, 0.30000000000000004]}"#,
            ),
            (
                r#"{"a": 3.14159265358979323846, "b": "12345678901234567890123", "c": 1.50e300}"#,
                r#"{"a": "3.14159265358979323846", "b": "12345678901234567890123", "c": 1.50e300}"#,
            ),
            (r#"{"a": "é Infinity"}"#, r#"{"a": "é Infinity"}"#),
        ];
        for (json, expected) in cases {
            assert_eq!(replace(json), expected);
        }
    }
}
