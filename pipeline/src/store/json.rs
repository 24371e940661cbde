//! JSON files of the store, each with its checksum.

use std::io::ErrorKind;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serl_artifacts::ArtifactError;
use serl_artifacts::atomic::write_atomic;

use super::seal::{self, Broken};
use crate::error::PipelineError;

/// Whether files without a checksum are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unsealed {
    /// Each file must have one.
    Refused,
    /// The store was made by a program that wrote none, and cannot be written to.
    Read,
}

/// Writes `value`, an object, atomically.
pub(crate) fn write_json(path: &Path, what: &'static str, value: &impl Serialize) -> Result<(), PipelineError> {
    Ok(write_atomic(path, &encode(path, what, value)?)?)
}

/// The file `path` with the value, an object.
pub(crate) fn encode(path: &Path, what: &'static str, value: &impl Serialize) -> Result<Vec<u8>, PipelineError> {
    let json = serde_json::to_vec_pretty(value).map_err(|e| broken(path, what, e.to_string()))?;
    Ok(seal::seal(what, &json))
}

/// Reads the file; none if it is not there.
///
/// # Errors
/// [`PipelineError::Json`] if it is not what was written; or the system refuses.
pub(super) fn read_json<T>(path: &Path, what: &'static str, unsealed: Unsealed) -> Result<Option<T>, PipelineError>
where
    T: Serialize + DeserializeOwned,
{
    let Some(file) = read(path, what)? else {
        return Ok(None);
    };
    decode(path, what, &file, unsealed).map(Some)
}

/// The value of the file `path`, whose content is `file`.
///
/// # Errors
/// [`PipelineError::Json`] if it is not what was written.
pub(crate) fn decode<T>(path: &Path, what: &'static str, file: &[u8], unsealed: Unsealed) -> Result<T, PipelineError>
where
    T: Serialize + DeserializeOwned,
{
    let value = match (seal::open(what, file), unsealed) {
        (Ok(json), _) => serde_json::from_slice(&json).map_err(|e| e.to_string()),
        (Err(Broken::Unsealed), Unsealed::Read) => parse_unsealed(file),
        (Err(Broken::Unsealed), Unsealed::Refused) => Err("it does not end with its checksum".to_owned()),
        (Err(Broken::Changed), _) => Err("its content does not match its checksum".to_owned()),
    };
    value.map_err(|reason| broken(path, what, reason))
}

/// Reads a file that a program without checksums wrote; none if it is not there or is not such a file.
pub(super) fn read_unsealed<T>(path: &Path, what: &'static str) -> Result<Option<T>, PipelineError>
where
    T: Serialize + DeserializeOwned,
{
    let file = match read(path, what) {
        Err(PipelineError::Json { .. }) => None,
        read => read?,
    };
    Ok(file.and_then(|file| parse_unsealed(&file).ok()))
}

/// The value of a file without a checksum. A member that is not known is refused: it could be a damaged checksum.
fn parse_unsealed<T: Serialize + DeserializeOwned>(file: &[u8]) -> Result<T, String> {
    let told = |e: serde_json::Error| e.to_string();
    let given: Value = serde_json::from_slice(file).map_err(told)?;
    let value: T = T::deserialize(&given).map_err(told)?;
    let known = serde_json::to_value(&value).map_err(told)?;
    let object = given.as_object().ok_or("it is no object")?;
    match object.keys().find(|name| known.get(name.as_str()).is_none()) {
        Some(name) => Err(format!("it has an unknown member `{}`", name.escape_debug())),
        None => Ok(value),
    }
}

fn read(path: &Path, what: &'static str) -> Result<Option<Vec<u8>>, PipelineError> {
    match std::fs::read(path) {
        Ok(file) => Ok(Some(file)),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) if e.kind() == ErrorKind::IsADirectory => Err(broken(path, what, "it is a folder".to_owned())),
        Err(e) => Err(ArtifactError::io("read", path)(e).into()),
    }
}

/// The error of a file that is not what it should be.
pub(super) fn broken(path: &Path, what: &'static str, reason: String) -> PipelineError {
    PipelineError::Json {
        path: path.to_owned(),
        what,
        reason,
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Note {
        text: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        more: Option<u32>,
    }

    #[test]
    fn only_files_that_end_with_their_checksum_are_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("note.json");
        let note = Note {
            text: "a".to_owned(),
            more: None,
        };
        let strict = || read_json::<Note>(&path, "note", Unsealed::Refused);
        assert_eq!(strict().unwrap(), None);
        write_json(&path, "note", &note).unwrap();
        assert_eq!(strict().unwrap().as_ref(), Some(&note));

        let sealed = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, sealed.replace("\"a\"", "\"b\"")).unwrap();
        assert!(
            strict()
                .unwrap_err()
                .to_string()
                .contains("does not match its checksum")
        );
        std::fs::write(&path, r#"{"text": "a"}"#).unwrap();
        assert!(
            strict()
                .unwrap_err()
                .to_string()
                .contains("does not end with its checksum")
        );
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        assert!(strict().unwrap_err().to_string().contains("it is a folder"));
    }

    #[test]
    fn a_damaged_checksum_does_not_make_an_older_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("note.json");
        for (text, value) in [
            (r#"{"text": "a"}"#, Some(None)),
            (r#"{"text": "a", "more": 1}"#, Some(Some(1))),
            (r#"{"text": "a", "checksum": "x"}"#, None),
            (r#"{"text": "a", "chucksum": "x"}"#, None),
            (r#"["a"]"#, None),
            ("{", None),
        ] {
            std::fs::write(&path, text).unwrap();
            let read = read_unsealed::<Note>(&path, "note").unwrap();
            assert_eq!(read.map(|note| note.more), value, "{text}");
            assert_eq!(
                read_json::<Note>(&path, "note", Unsealed::Read).is_ok(),
                value.is_some()
            );
        }
    }
}
