//! JSON escapes that do not denote a character.
//!
//! JSON writes characters beyond U+FFFF as two UTF-16 surrogates, `\ud83d\ude00`. Programs that cut a text between
//! the two leave one without its partner, which no UTF-8 string can hold.

use std::borrow::Cow;

/// Length of `\uXXXX`.
const ESCAPE: usize = 6;

/// Replaces every escaped surrogate in `json` that has no partner by `\ufffd`, the replacement character.
pub(super) fn replace_lone(json: &str) -> Cow<'_, str> {
    let bytes = json.as_bytes();
    let mut out: Option<String> = None;
    let (mut at, mut copied) = (0, 0);
    while at < bytes.len() {
        if bytes[at] != b'\\' {
            at += 1;
            continue;
        }
        let Some(unit) = unit(bytes, at) else {
            // Another escape: the character after its backslash cannot start one.
            at += 2;
            continue;
        };
        let low_follows = matches!(self::unit(bytes, at + ESCAPE), Some(0xDC00..=0xDFFF));
        match unit {
            0xD800..=0xDBFF if low_follows => at += 2 * ESCAPE,
            0xD800..=0xDFFF => {
                let out = out.get_or_insert_default();
                out.push_str(&json[copied..at]);
                out.push_str("\\ufffd");
                at += ESCAPE;
                copied = at;
            }
            _ => at += ESCAPE,
        }
    }
    match out {
        None => Cow::Borrowed(json),
        Some(out) => Cow::Owned(out + &json[copied..]),
    }
}

/// The code unit of the `\uXXXX` at `at`, if there is one.
fn unit(bytes: &[u8], at: usize) -> Option<u16> {
    let hex = bytes.get(at..at + ESCAPE)?.strip_prefix(b"\\u")?;
    let hex = std::str::from_utf8(hex).ok()?;
    hex.bytes().all(|b| b.is_ascii_hexdigit()).then_some(())?;
    u16::from_str_radix(hex, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_surrogates_without_a_partner_are_replaced() {
        let cases = [
            (r#""\ud83d\ude00""#, r#""\ud83d\ude00""#),
            (r#""\ud800""#, r#""\ufffd""#),
            (r#""a\uDC00b""#, r#""a\ufffdb""#),
            (r#""\ude00\ud83d""#, r#""\ufffd\ufffd""#),
            (r#""\ud83d\ud83d\ude00""#, r#""\ufffd\ud83d\ude00""#),
            (r#""\ud83dx\ude00é""#, r#""\ufffdx\ufffdé""#),
            // An escaped backslash and the letters ud800.
            (r#""\\ud800""#, r#""\\ud800""#),
            (r#""\\\ud800""#, r#""\\\ufffd""#),
            (r#""\u00e9\n""#, r#""\u00e9\n""#),
            (r#""\ud8"#, r#""\ud8"#),
            (r#""\ué""#, r#""\ué""#),
            ("\\", "\\"),
        ];
        for (json, expected) in cases {
            assert_eq!(replace_lone(json), expected);
        }
    }

    #[test]
    fn every_escape_can_be_read_afterwards() {
        for unit in 0..=u16::MAX {
            let json = format!("\"\\u{unit:04x}\"");
            assert!(serde_json::from_str::<String>(&replace_lone(&json)).is_ok());
        }
    }
}
