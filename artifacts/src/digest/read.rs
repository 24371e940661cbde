//! Digests of files and out of texts: what can fail.

use std::fs::File;
use std::path::Path;
use std::str::FromStr;

use super::Digest;
use crate::error::ArtifactError;

impl Digest {
    /// The digest and the length in bytes of the file at `path`, read in pieces.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn of_file(path: &Path) -> Result<(Self, u64), ArtifactError> {
        let file = File::open(path).map_err(ArtifactError::io("open", path))?;
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(file).map_err(ArtifactError::io("read", path))?;
        Ok((Self(*hasher.finalize().as_bytes()), hasher.count()))
    }
}

impl FromStr for Digest {
    type Err = ArtifactError;

    fn from_str(text: &str) -> Result<Self, ArtifactError> {
        let wrong = || ArtifactError::Parse {
            text: text.to_owned(),
            expected: "a digest of 64 lowercase hex digits",
        };
        if text.bytes().any(|b| b.is_ascii_uppercase()) {
            return Err(wrong());
        }
        blake3::Hash::from_hex(text)
            .map(|hash| Self(*hash.as_bytes()))
            .map_err(|_| wrong())
    }
}

impl TryFrom<String> for Digest {
    type Error = ArtifactError;

    fn try_from(text: String) -> Result<Self, ArtifactError> {
        text.parse()
    }
}
