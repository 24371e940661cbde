//! `config.json` of a policy that is saved: as it was read, but for what has changed and for what some of the programs
//! that read such folders would miss.

use serde_json::{Map, Value, json};

use super::definition::Config;
use super::family::Family;
use crate::export::SaveDtype;

impl Config {
    /// The file of a saved policy, whose weights are in f32.
    ///
    /// What `transformers` 5 alone writes is added in the words of version 4, which vLLM and others read too; version 5
    /// reads both. A file of version 4 stays as it is, since everyone reads it.
    pub fn saved(&self) -> Map<String, Value> {
        let mut file = self.raw.clone();
        let precision = json!(SaveDtype::F32.torch_name());
        if file.contains_key("dtype") || file.contains_key("torch_dtype") {
            file.insert("torch_dtype".to_owned(), precision.clone());
        }
        if let Some(dtype) = file.get_mut("dtype") {
            *dtype = precision;
        }
        if file.get("rope_parameters").is_some_and(Value::is_object) {
            file.insert("rope_theta".to_owned(), json!(self.rope_theta));
            if let Some(scaling) = self.rope_scaling.to_json() {
                file.insert("rope_scaling".to_owned(), scaling);
            }
            if let Some(rotated) = self.rotated {
                let share = rotated as f64 / self.head_dim as f64;
                file.insert("partial_rotary_factor".to_owned(), json!(share));
            }
            if self.family == Family::Gemma3 {
                file.insert("rope_local_base_freq".to_owned(), json!(self.local_theta));
            }
        }
        let tied = file.get("tie_word_embeddings").and_then(Value::as_bool);
        if tied.unwrap_or_else(|| self.family.tied()) != self.tied {
            file.insert("tie_word_embeddings".to_owned(), json!(self.tied));
        }
        let architecture = self.family.architecture();
        let named = file.get("architectures").and_then(Value::as_array);
        if !named.is_some_and(|names| names.iter().any(|name| name == architecture)) {
            file.insert("architectures".to_owned(), json!([architecture]));
        }
        // It names code beside the weights, which is not saved and which nothing needs for these families.
        file.remove("auto_map");
        file
    }

    /// The file of an exported policy, whose weights are in `dtype`. It always says so: without the key, version 4 of
    /// `transformers` takes f32, and version 5 what the first tensor has.
    pub fn exported(&self, dtype: SaveDtype) -> Map<String, Value> {
        let mut file = self.saved();
        let precision = json!(dtype.torch_name());
        if let Some(known) = file.get_mut("dtype") {
            *known = precision.clone();
        }
        file.insert("torch_dtype".to_owned(), precision);
        file
    }
}
