//! Adapters that are trained here: the same targets in every block, one rank.

use std::collections::BTreeSet;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};

use super::files;
use crate::LmError;
use crate::checkpoint::load::read;
use crate::checkpoint::save::save_params;
use crate::config::Config;
use crate::model::params::{Part, params};
use crate::model::projection::{LoraConfig, LoraTarget};
use crate::model::{Model, Weights};

/// What [`description`] writes, as far as it differs between adapters.
#[derive(Deserialize)]
struct Written {
    r: usize,
    lora_alpha: f64,
    target_modules: Vec<LoraTarget>,
}

/// Writes the adapter of `model`, if it has one.
pub(crate) fn save(model: &Model, dir: &Path) -> Result<(), LmError> {
    let Some(pairs) = model.weights.blocks.iter().find_map(|block| block.lora.as_ref()) else {
        return Ok(());
    };
    let path = files::config_path(dir);
    let text = serde_json::to_string_pretty(&description(&pairs.config())).map_err(|source| LmError::Json {
        path: path.clone(),
        source,
    })?;
    std::fs::write(&path, text).map_err(LmError::io("write", &path))?;
    let params = model.params();
    save_params(params.trained().zip(model.weights.trained()), &files::tensors_path(dir))
}

fn description(config: &LoraConfig) -> Value {
    let targets: Vec<&str> = config.targets.iter().map(|target| target.name()).collect();
    // PEFT writes whole numbers where it can.
    let alpha = if config.alpha.fract() == 0.0 {
        json!(config.alpha as i64)
    } else {
        json!(config.alpha)
    };
    json!({
        "peft_type": "LORA", "task_type": "CAUSAL_LM", "base_model_name_or_path": null, "inference_mode": true,
        "r": config.rank, "lora_alpha": alpha, "lora_dropout": 0.0, "target_modules": targets, "bias": "none",
        "fan_in_fan_out": false, "init_lora_weights": true, "use_rslora": false, "use_dora": false,
        "modules_to_save": null, "rank_pattern": {}, "alpha_pattern": {},
    })
}

/// Attaches the adapter that [`save`] wrote to `dir`, for further training.
///
/// # Errors
/// A file that is missing or damaged; a tensor of the wrong shape, missing or left over.
pub(crate) fn attach(
    dir: &Path,
    weights: &mut Weights,
    config: &Config,
    device: &burn::tensor::Device,
) -> Result<(), LmError> {
    let lora = written(dir)?;
    let reader = files::tensors(dir)?;
    let params = params(config, Some(&lora));
    for (block, param) in weights.blocks.iter_mut().zip(&params.blocks) {
        let pairs = param.lora.as_ref();
        let pairs = pairs.map(|pairs| pairs.try_map(|factor| read(factor, &reader, device)));
        block.lora = pairs.transpose()?;
    }
    let factors = params.trained().flat_map(|factor| &factor.parts);
    let known: BTreeSet<String> = factors.map(Part::name).collect();
    match reader.names().find(|name| !known.contains(*name)) {
        Some(extra) => Err(LmError::Checkpoint {
            path: files::tensors_path(dir),
            message: format!("tensor `{extra}` belongs to no target module of a layer of the model"),
        }),
        None => Ok(()),
    }
}

fn written(dir: &Path) -> Result<LoraConfig, LmError> {
    let Written {
        r,
        lora_alpha,
        target_modules,
    } = serde_json::from_value(files::config(dir)?).map_err(|source| LmError::Json {
        path: files::config_path(dir),
        source,
    })?;
    Ok(LoraConfig {
        rank: r,
        alpha: lora_alpha,
        targets: target_modules,
    })
}
