//! Sizes that a model can have. Whether the weights have them is compared before anything is allocated.

use std::path::Path;

use super::definition::Config;
use super::rope::RopeScaling;
use crate::LmError;

/// Largest size of a dimension: far above that of any model, and so small that products of two are numbers.
const MOST: usize = 1 << 28;

/// Longest context: f32, in which angles are computed, tells later positions no longer apart.
const MOST_POSITIONS: usize = 1 << 24;

/// Most layers: far above any model's.
const MOST_LAYERS: usize = 1 << 16;

/// Most values of a model that is made from nothing: 128 GiB in f32.
const MOST_VALUES: u128 = 1 << 35;

/// Refuses a model that is too large to be made from nothing, without weights whose sizes can be compared.
pub(super) fn check_random(config: &Config, path: &Path) -> Result<(), LmError> {
    let [vocab, hidden, width, layers] =
        [config.vocab, config.hidden, config.intermediate, config.layers].map(|n| n as u128);
    let attention = 2 * (config.query_width() + config.kv_width()) as u128;
    let values = vocab * hidden + layers * hidden * (attention + 3 * width);
    if values <= MOST_VALUES {
        return Ok(());
    }
    Err(LmError::Config {
        path: path.to_path_buf(),
        message: format!("random weights would be {values} values, but at most {MOST_VALUES} are made"),
    })
}

/// Refuses sizes and numbers that no model has.
pub(super) fn check(config: &Config, path: &Path) -> Result<(), LmError> {
    match problem(config) {
        None => Ok(()),
        Some(message) => Err(LmError::Config {
            path: path.to_path_buf(),
            message,
        }),
    }
}

fn problem(config: &Config) -> Option<String> {
    let Config {
        vocab,
        hidden,
        intermediate,
        layers,
        heads,
        kv_heads,
        head_dim,
        context,
        ..
    } = *config;
    let sizes = [
        ("vocab_size", vocab, MOST),
        ("hidden_size", hidden, MOST),
        ("intermediate_size", intermediate, MOST),
        ("num_hidden_layers", layers, MOST_LAYERS),
        ("num_attention_heads", heads, MOST),
        ("num_key_value_heads", kv_heads, MOST),
        ("head_dim", head_dim, MOST),
        ("max_position_embeddings", context, MOST_POSITIONS),
    ];
    if let Some((key, size, most)) = sizes.into_iter().find(|(_, size, most)| !(1..=*most).contains(size)) {
        return Some(format!("`{key}` is {size}, but must be between 1 and {most}"));
    }
    if heads * head_dim > MOST {
        return Some(format!(
            "{heads} heads of `head_dim` {head_dim} are more than {MOST} values"
        ));
    }
    if !heads.is_multiple_of(kv_heads) {
        return Some(format!(
            "num_attention_heads {heads} is not a multiple of num_key_value_heads {kv_heads}"
        ));
    }
    if !head_dim.is_multiple_of(2) {
        return Some(format!("head_dim {head_dim} must be even"));
    }
    if let RopeScaling::Long { short, .. } = &config.rope_scaling {
        let rotated = config.rotated.unwrap_or(head_dim);
        if short.len() != rotated / 2 {
            let count = short.len();
            return Some(format!(
                "short_factor has {count} numbers, but {rotated} elements of a head are rotated in pairs"
            ));
        }
    }
    let numbers = [
        ("rms_norm_eps", config.epsilon),
        ("initializer_range", config.initializer_range),
    ];
    let bad = numbers
        .into_iter()
        .find(|(_, value)| !(value.is_finite() && *value >= 0.0));
    bad.map(|(key, value)| format!("`{key}` is {value}, but must be a number of at least 0"))
}
