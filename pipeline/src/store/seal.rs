//! The checksum that every JSON file of the store carries of itself.
//!
//! It is the last member of the file's object:
//!
//! ```text
//!  {
//!    "key": "51cb…",
//!    …
//!    "checksum": "<64 hexadecimal digits>"
//!  }
//! ```
//! The checksum is BLAKE3 over the kind of the file (`manifest`), a line feed, and every byte of the file before the
//! comma that precedes the member. What follows the comma has one spelling, so no bit of the file can change unnoticed,
//! that of the member's own name included. The kind keeps a pin from passing as the record of a run.

use serl_artifacts::Digest;

/// Between the content and the digits.
const BEFORE: &[u8] = b",\n  \"checksum\": \"";
/// After the digits.
const AFTER: &[u8] = b"\"\n}\n";
/// How an object printed by `serde_json` ends.
const END: &[u8] = b"\n}";
const DIGITS: usize = 64;

/// What is wrong with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Broken {
    /// It carries no checksum, as far as can be seen.
    Unsealed,
    /// Its checksum is another one.
    Changed,
}

/// The file of this kind with the content `json`, a non-empty object as `serde_json` prints it over several lines.
pub(super) fn seal(kind: &str, json: &[u8]) -> Vec<u8> {
    let content = json.strip_suffix(END).unwrap_or(json);
    let digits = checksum(kind, content).to_hex();
    [content, BEFORE, digits.as_bytes(), AFTER].concat()
}

/// The content of a file of this kind, without its checksum.
///
/// # Errors
/// The file is not exactly as it was sealed.
pub(super) fn open(kind: &str, file: &[u8]) -> Result<Vec<u8>, Broken> {
    let (content, digits) = split(file).ok_or(Broken::Unsealed)?;
    if checksum(kind, content).to_hex().as_bytes() != digits {
        return Err(Broken::Changed);
    }
    Ok([content, END].concat())
}

fn split(file: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = file.strip_suffix(AFTER)?;
    let (rest, digits) = rest.split_at_checked(rest.len().checked_sub(DIGITS)?)?;
    Some((rest.strip_suffix(BEFORE)?, digits))
}

fn checksum(kind: &str, content: &[u8]) -> Digest {
    Digest::of_parts(&[kind.as_bytes(), b"\n", content])
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &[u8] = b"{\n  \"a\": 1,\n  \"b\": [\n    2\n  ]\n}";

    /// `b3sum` of `record\n{\n  "a": 1,\n  "b": [\n    2\n  ]`.
    const CHECKSUM: &str = "5eca5baf45a9a66f262a8e11182fcb348f1cf559e2c8f30d3473600c2958b8cb";

    #[test]
    fn the_checksum_is_the_last_member_of_the_object() {
        let file = String::from_utf8(seal("record", JSON)).unwrap();
        let end = format!("\n  ],\n  \"checksum\": \"{CHECKSUM}\"\n}}\n");
        assert!(file.ends_with(&end), "{file}");
        let value: serde_json::Value = serde_json::from_str(&file).unwrap();
        assert_eq!(value["checksum"], CHECKSUM);
        assert_eq!(open("record", file.as_bytes()).unwrap(), JSON);
    }

    #[test]
    fn no_bit_can_change_and_no_byte_can_go_or_come() {
        let file = seal("record", JSON);
        for at in 0..file.len() {
            for bit in 0..8 {
                let mut changed = file.clone();
                changed[at] ^= 1 << bit;
                assert!(open("record", &changed).is_err(), "bit {bit} of byte {at}");
            }
            assert!(open("record", &file[..at]).is_err(), "cut at {at}");
            let longer = [&file[..at], b" ", &file[at..]].concat();
            assert!(open("record", &longer).is_err(), "a space at {at}");
        }
        assert_eq!(open("pin", &file), Err(Broken::Changed));
        assert_eq!(open("record", JSON), Err(Broken::Unsealed));
        assert_eq!(open("record", b""), Err(Broken::Unsealed));
    }
}
