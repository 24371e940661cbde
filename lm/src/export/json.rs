//! JSON over several lines, as Hugging Face libraries write it.

use serde_json::Value;

/// The bytes of a file with this value.
pub(super) fn pretty(value: &Value) -> Vec<u8> {
    format!("{value:#}\n").into_bytes()
}
