//! Hugging Face model folders and PEFT adapters: reading and writing of `*.safetensors` and the files beside them.
//!
//! Linear weights are `[out, in]` in files and `[in, out]` in memory; queries, keys and values are separate in files
//! and fused in memory, and so are gate and up. [`crate::model::params`] says what a parameter is called in a file and
//! how it is laid out there.

mod load;
pub(crate) mod peft;
mod reader;
mod save;

pub(crate) use load::weights;
pub(crate) use reader::Reader;
pub(crate) use save::{save_params, save_tensors};

use std::path::Path;

use crate::LmError;

/// Files of a model folder that belong to the policy and that training does not change.
const COMPANIONS: [&str; 8] = [
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "merges.txt",
    "chat_template.jinja",
];

/// Name and bytes of the files that are copied unchanged whenever the policy is saved.
pub(crate) fn companions(folder: &Path) -> Result<Vec<(String, Vec<u8>)>, LmError> {
    let mut files = Vec::new();
    for name in COMPANIONS {
        let path = folder.join(name);
        if path.is_file() {
            let bytes = std::fs::read(&path).map_err(LmError::io("read", &path))?;
            files.push((name.to_owned(), bytes));
        }
    }
    Ok(files)
}
