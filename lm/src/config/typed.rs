//! Values of the wrong type, named by their keys.

use std::path::Path;

use serde::de::DeserializeOwned;

use crate::LmError;

/// Rust's words for what a value should be, and those of everyone.
const WORDS: [(&str, &str); 7] = [
    ("usize", "a whole number, 0 or more"),
    ("u64", "a whole number, 0 or more"),
    ("u32", "a whole number, 0 or more"),
    ("f32", "a number"),
    ("f64", "a number"),
    ("a boolean", "true or false"),
    ("a sequence", "a list"),
];

/// Reads a `T` from the JSON `bytes` of the file `path`.
pub(crate) fn parsed<T: DeserializeOwned>(path: &Path, bytes: &[u8]) -> Result<T, LmError> {
    let valid = serde_json::from_slice::<serde::de::IgnoredAny>(bytes);
    valid.map_err(|source| LmError::Json {
        path: path.to_path_buf(),
        source,
    })?;
    typed(path, bytes)
}

/// Reads a `T` from JSON that is known to be valid.
pub(crate) fn typed<T: DeserializeOwned>(path: &Path, bytes: &[u8]) -> Result<T, LmError> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let (key, reason) = (error.path().to_string(), plain(&error.inner().to_string()));
        LmError::Config {
            path: path.to_path_buf(),
            message: if key == "." {
                reason
            } else {
                format!("`{key}`: {reason}")
            },
        }
    })
}

fn plain(reason: &str) -> String {
    let reason = reason.split(" at line ").next().unwrap_or_default();
    match reason.split_once(", expected ") {
        Some((found, expected)) => {
            let word = WORDS.iter().find(|(rust, _)| *rust == expected);
            format!("{found}, expected {}", word.map_or(expected, |(_, word)| word))
        }
        None => reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_a_wrong_value_is_named() {
        #[derive(Debug, serde::Deserialize)]
        struct Layers {
            #[serde(rename = "num_hidden_layers")]
            _count: usize,
        }
        let told = |json: &str| {
            typed::<Layers>(Path::new("config.json"), json.as_bytes())
                .unwrap_err()
                .to_string()
        };
        assert_eq!(
            told(r#"{"num_hidden_layers": "2"}"#),
            "config.json: `num_hidden_layers`: invalid type: string \"2\", expected a whole number, 0 or more"
        );
        assert_eq!(told("{}"), "config.json: missing field `num_hidden_layers`");
    }
}
