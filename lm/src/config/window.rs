//! Which layers see everything before a token and which only a window of it, and how each of them rotates.

use std::path::Path;

use serde::Deserialize;

use super::family::Family;
use super::layer::{LayerKind, Rotation};
use super::unsupported::unsupported;
use crate::LmError;

/// What `transformers` takes for keys that files leave out.
const DEFAULT_WINDOW: usize = 4096;
const DEFAULT_FIRST: usize = 28;
const GEMMA3_PERIOD: usize = 6;
const OLMO3_PERIOD: usize = 4;
const SMOLLM3_PERIOD: usize = 4;

/// The keys of `config.json` that tell layers apart.
#[derive(Debug, Deserialize)]
pub(super) struct Window {
    use_sliding_window: Option<bool>,
    /// `None`: not there; `Some(None)`: null.
    #[serde(default, deserialize_with = "given")]
    sliding_window: Option<Option<usize>>,
    max_window_layers: Option<usize>,
    sliding_window_pattern: Option<usize>,
    layer_types: Option<Vec<String>>,
    no_rope_layers: Option<Vec<u8>>,
    no_rope_layer_interval: Option<usize>,
}

/// Tells a key that is null from one that is not there.
fn given<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Option<usize>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl Window {
    /// The kinds of the layers of a model; none if all of them are [`LayerKind::FULL`].
    ///
    /// # Errors
    /// A type of layer that is not computed, a window of nothing, a list that is too short.
    pub fn kinds(&self, path: &Path, family: Family, layers: usize, context: usize) -> Result<Vec<LayerKind>, LmError> {
        let window = self.width(family);
        if window == Some(0) {
            return Err(unsupported(
                path,
                "sliding_window 0".to_owned(),
                "a window of at least 1",
            ));
        }
        let is_long = self.sliding_window.flatten().unwrap_or(DEFAULT_WINDOW) >= context;
        let kind = |index| {
            let rotates = self.rotates(path, family, index)?;
            let slides = self.slides(path, family, index, window.is_some() || is_long, rotates)?;
            // A window that no sequence fills hides nothing.
            let window = window.filter(|window| slides && *window < context);
            let rotation = match family {
                _ if !rotates => Rotation::None,
                Family::Gemma3 | Family::Olmo3 if slides => Rotation::Local,
                _ => Rotation::Model,
            };
            Ok(LayerKind { window, rotation })
        };
        let kinds: Vec<LayerKind> = (0..layers).map(kind).collect::<Result<_, LmError>>()?;
        let full = kinds.iter().all(|kind| *kind == LayerKind::FULL);
        Ok(if full { Vec::new() } else { kinds })
    }

    /// The window of the layers that have one.
    fn width(&self, family: Family) -> Option<usize> {
        match family {
            Family::Llama | Family::Olmo2 => None,
            Family::Mistral | Family::Gemma3 | Family::Olmo3 => self.sliding_window.unwrap_or(Some(DEFAULT_WINDOW)),
            Family::Phi3 => self.sliding_window.flatten(),
            Family::Qwen2 | Family::Qwen3 if self.use_sliding_window == Some(true) => {
                self.sliding_window.unwrap_or(Some(DEFAULT_WINDOW))
            }
            Family::SmolLm3 if self.use_sliding_window == Some(true) => self.sliding_window.flatten(),
            Family::Qwen2 | Family::Qwen3 | Family::SmolLm3 => None,
        }
    }

    /// Whether a layer has the window.
    fn slides(
        &self,
        path: &Path,
        family: Family,
        index: usize,
        windowed: bool,
        rotates: bool,
    ) -> Result<bool, LmError> {
        // These two read no types of layers.
        if matches!(family, Family::Mistral | Family::Phi3) {
            return Ok(windowed);
        }
        if let Some(types) = &self.layer_types {
            return match types.get(index).map(String::as_str) {
                Some("full_attention") => Ok(false),
                Some("sliding_attention") if windowed => Ok(true),
                Some(other) => {
                    let supported = "`full_attention`, and `sliding_attention` in a family with a sliding_window";
                    Err(unsupported(path, format!("`{other}` in layer_types"), supported))
                }
                None => Err(too_short(path, "layer_types", index)),
            };
        }
        let period = |period: usize| !(index + 1).is_multiple_of(period.max(1));
        Ok(windowed
            && match family {
                Family::Qwen2 | Family::Qwen3 => index >= self.max_window_layers.unwrap_or(DEFAULT_FIRST),
                Family::Gemma3 => period(self.sliding_window_pattern.unwrap_or(GEMMA3_PERIOD)),
                Family::Olmo3 => period(OLMO3_PERIOD),
                Family::SmolLm3 => !rotates,
                Family::Llama | Family::Mistral | Family::Phi3 | Family::Olmo2 => false,
            })
    }

    /// Whether a layer rotates queries and keys.
    fn rotates(&self, path: &Path, family: Family, index: usize) -> Result<bool, LmError> {
        match (family, &self.no_rope_layers) {
            (Family::SmolLm3, Some(layers)) => {
                let layer = layers
                    .get(index)
                    .ok_or_else(|| too_short(path, "no_rope_layers", index))?;
                Ok(*layer != 0)
            }
            (Family::SmolLm3, None) => {
                let period = self.no_rope_layer_interval.unwrap_or(SMOLLM3_PERIOD);
                Ok(!(index + 1).is_multiple_of(period.max(1)))
            }
            _ => Ok(true),
        }
    }
}

fn too_short(path: &Path, key: &str, index: usize) -> LmError {
    LmError::Config {
        path: path.to_path_buf(),
        message: format!("{key} has {index} entries, fewer than there are layers"),
    }
}
