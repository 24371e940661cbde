//! Sliding windows: a layer that has one does not see everything before a token. None is computed here, but many files
//! mention one that no layer uses.

use std::path::Path;

use serde::Deserialize;

use super::family::Family;
use super::unsupported;
use crate::LmError;

/// `max_window_layers` and `sliding_window` of files that leave them out, in `transformers`.
const DEFAULT_LAYERS: usize = 28;
const DEFAULT_WINDOW: usize = 4096;

/// The keys of `config.json` that say which layers have a window.
#[derive(Debug, Deserialize)]
pub(super) struct Window {
    use_sliding_window: Option<bool>,
    sliding_window: Option<usize>,
    max_window_layers: Option<usize>,
    layer_types: Option<Vec<String>>,
}

impl Window {
    /// Refuses a model of which a layer has a window shorter than the context.
    pub fn check(&self, path: &Path, family: Family, layers: usize, context: usize) -> Result<(), LmError> {
        // `layer_types` says it layer by layer; only sliding windows are ever as good as none.
        let mut types = self.layer_types.iter().flatten();
        let is_long = self.sliding_window.unwrap_or(DEFAULT_WINDOW) >= context;
        let is_full = |kind: &str| kind == "full_attention" || kind == "sliding_attention" && is_long;
        if let Some(kind) = types.find(|kind| !is_full(kind)) {
            let what = format!("`{kind}` in layer_types");
            return Err(unsupported(path, what, "`full_attention`"));
        }
        let first = self.max_window_layers.unwrap_or(DEFAULT_LAYERS);
        let uses = family.has_window() && self.use_sliding_window == Some(true) && self.layer_types.is_none();
        if uses && first < layers && !is_long {
            let what = format!("use_sliding_window true from layer {first} on");
            return Err(unsupported(path, what, "full attention"));
        }
        Ok(())
    }
}
