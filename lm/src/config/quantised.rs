//! Quantised models, which are told as such: their weights are there, but not as numbers that can be read or trained.

use std::path::Path;

use serde_json::{Map, Value};

use super::unsupported::unsupported;
use crate::LmError;

/// Refuses a model whose configuration says that its weights are quantised.
pub(crate) fn refuse(path: &Path, config: &Map<String, Value>) -> Result<(), LmError> {
    let given = ["quantization_config", "compression_config"].map(|key| config.get(key));
    let Some(given) = given.into_iter().flatten().find(|value| !value.is_null()) else {
        return Ok(());
    };
    let method = given
        .get("quant_method")
        .and_then(Value::as_str)
        .unwrap_or("unknown method");
    Err(unsupported(
        path,
        format!("a quantised model ({method})"),
        "weights in F32, F16 or BF16; use the model that was quantised",
    ))
}
