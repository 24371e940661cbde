//! The table of a `Precompiled` normalizer. Its library allocates as many bytes as the table claims to have before it
//! looks at those that are there, and a failed allocation cannot be caught.

/// The key of a table, whose value is base64.
const KEY: &str = "\"precompiled_charsmap\"";

/// Refuses a `tokenizer.json` with a table that claims to be longer than it is.
pub(super) fn check(json: &[u8]) -> Result<(), String> {
    let text = std::str::from_utf8(json).map_err(|error| error.to_string())?;
    let lies = |(at, _): (usize, &str)| table(&text[at + KEY.len()..]).is_some_and(is_too_short);
    match text.match_indices(KEY).any(lies) {
        true => Err("the table of its `Precompiled` normalizer is truncated or damaged".to_owned()),
        false => Ok(()),
    }
}

/// The text that follows a key.
fn table(after: &str) -> Option<&str> {
    let text = after.trim_start().strip_prefix(':')?.trim_start().strip_prefix('"')?;
    text.split('"').next()
}

/// Whether base64 begins with a length in bytes, little-endian in four of them, that exceeds what follows.
fn is_too_short(base64: &str) -> bool {
    let digits: Option<Vec<u64>> = base64.bytes().take(8).map(digit).collect();
    let Some(digits) = digits.filter(|digits| digits.len() == 8) else {
        return false;
    };
    let bits = digits.iter().fold(0, |bits, digit| bits << 6 | digit);
    let claimed = u32::from_be_bytes([
        (bits >> 40) as u8,
        (bits >> 32) as u8,
        (bits >> 24) as u8,
        (bits >> 16) as u8,
    ]);
    claimed.swap_bytes() as usize + 4 > base64.len() / 4 * 3
}

fn digit(byte: u8) -> Option<u64> {
    let value = match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(u64::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(table: &str) -> Vec<u8> {
        format!(r#"{{"normalizer": {{"type": "Precompiled", "precompiled_charsmap" : "{table}"}}}}"#).into_bytes()
    }

    #[test]
    fn a_table_that_claims_more_than_it_has_is_refused() {
        // Lengths 0 and 4 before four bytes; then 10, and one of four gigabytes.
        for good in ["", "AAAAAAAAAAA=", "BAAAAAAAAAA="] {
            assert!(check(&json(good)).is_ok(), "{good}");
        }
        assert!(check(br#"{"normalizer": null}"#).is_ok());
        for bad in ["CgAAAAAAAAA=", "AAAA/////wAAAAA="] {
            assert!(check(&json(bad)).unwrap_err().contains("Precompiled"), "{bad}");
        }
    }
}
