//! Ids of instructions.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::ArtifactError;

/// Id of an instruction: the first 8 bytes of the BLAKE3 digest of its text, as 16 hexadecimal digits.
///
/// The same text has the same id in every run, so that rows of different runs can be joined. Deserialising does not
/// check the text (tables are protected by digests); [`FromStr`] does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InstructionId(String);

impl InstructionId {
    /// The id of the instruction with this text.
    pub fn of(text: &str) -> Self {
        let mut hex = blake3::hash(text.as_bytes()).to_hex().to_string();
        hex.truncate(16);
        Self(hex)
    }

    /// The hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for InstructionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for InstructionId {
    type Err = ArtifactError;

    fn from_str(text: &str) -> Result<Self, ArtifactError> {
        if text.len() == 16 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ArtifactError::Parse {
                text: text.to_owned(),
                expected: "an instruction id of 16 lowercase hex digits",
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_head_of_the_texts_digest() {
        assert_eq!(InstructionId::of("").as_str(), "af1349b9f5f9a1a6");
        assert_eq!(
            "af1349b9f5f9a1a6".parse::<InstructionId>().unwrap(),
            InstructionId::of("")
        );
        assert!("af1349b9f5f9a1a".parse::<InstructionId>().is_err());
        assert!("AF1349B9F5F9A1A6".parse::<InstructionId>().is_err());
    }
}
