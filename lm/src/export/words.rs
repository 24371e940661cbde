//! Settings that other programs would miss or not understand.

use serde_json::{Map, Value, json};

use super::json::pretty;
use crate::LmError;
use crate::folder::{GENERATION, ModelFiles, TOKENIZER_CONFIG};
use crate::tokenizer::Tokenizer;

/// `generation_config.json`: that of the folder, or one of its own, with all tokens that end a response. Other programs
/// look for them there alone.
pub(super) fn generation(files: &ModelFiles, tokenizer: &Tokenizer) -> Result<Vec<u8>, LmError> {
    let mut found: Map<String, Value> = files.json(GENERATION)?;
    let ends = match tokenizer.eos_ids() {
        [] => None,
        [one] => Some(json!(one)),
        several => Some(json!(several)),
    };
    let known = found.get("eos_token_id");
    let complete = match (&ends, known) {
        (None, _) => true,
        (Some(ends), Some(known)) => known == ends || *known == json!([ends]),
        (Some(_), None) => false,
    };
    if let (true, Some(bytes)) = (complete, files.get(GENERATION)) {
        return Ok(bytes.to_vec());
    }
    if let Some(bos) = tokenizer.bos_id() {
        found.entry("bos_token_id").or_insert(json!(bos));
    }
    found.extend(ends.map(|ends| ("eos_token_id".to_owned(), ends)));
    Ok(pretty(&Value::Object(found)))
}

/// `tokenizer_config.json`, so that version 4 of `transformers` reads what version 5 wrote, and makes no inputs that
/// models of these families do not take.
pub(super) fn tokenizer(files: &ModelFiles) -> Result<Vec<u8>, LmError> {
    let mut config: Map<String, Value> = files.json(TOKENIZER_CONFIG)?;
    // The class of version 5 for a tokenizer.json without a class of its own, which version 4 does not know.
    if config
        .get("tokenizer_class")
        .and_then(Value::as_str)
        .is_none_or(|class| class == "TokenizersBackend")
    {
        config.insert("tokenizer_class".to_owned(), json!("PreTrainedTokenizerFast"));
    }
    // That class adds `token_type_ids` otherwise, which `generate` refuses.
    config
        .entry("model_input_names")
        .or_insert(json!(["input_ids", "attention_mask"]));
    Ok(pretty(&Value::Object(config)))
}
