//! Adapters that are trained here: the same targets in every block, one rank.

use std::collections::BTreeSet;
use std::path::Path;

use burn::tensor::Tensor;
use serde::Deserialize;
use serde_json::{Value, json};

use super::files;
use crate::LmError;
use crate::checkpoint::save::save_params;
use crate::checkpoint::slot::Slot;
use crate::config::Config;
use crate::folder::Folder;
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
    let path = dir.join(files::CONFIG);
    let text = serde_json::to_string_pretty(&description(&pairs.config())).map_err(|source| LmError::Json {
        path: path.clone(),
        source,
    })?;
    std::fs::write(&path, text).map_err(LmError::io("write", &path))?;
    let params = model.params();
    let tensors = params.trained().zip(model.weights.trained());
    save_params(tensors, &dir.join(files::TENSORS))
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

/// Attaches the adapter that [`save`] wrote to `folder`, for further training.
///
/// # Errors
/// A file that is missing, damaged or changed; a tensor of the wrong shape, missing or left over.
pub(crate) fn attach(
    folder: &Folder,
    weights: &mut Weights,
    config: &Config,
    device: &burn::tensor::Device,
) -> Result<(), LmError> {
    let lora = written(folder)?;
    let tensors = files::tensors(folder)?;
    let params = params(config, Some(&lora));
    let mut slots: Vec<Slot> = params.trained().map(|factor| Slot::new(factor, Part::name)).collect();
    tensors.fill(&mut slots, device)?;
    let factors = params.trained().flat_map(|factor| &factor.parts);
    let known: BTreeSet<String> = factors.map(Part::name).collect();
    if let Some(extra) = tensors.names().find(|name| !known.contains(*name)) {
        return Err(tensors.blame(LmError::Checkpoint {
            path: tensors.path().to_path_buf(),
            message: format!("tensor `{extra}` belongs to no target module of a layer of the model"),
        }));
    }
    let mut read = slots.into_iter().map(|slot| slot.into_tensor(device));
    // There is a slot for every factor of every block, in this order.
    let mut next = || read.next().unwrap_or_else(|| Tensor::empty([0, 0], device));
    for (block, param) in weights.blocks.iter_mut().zip(&params.blocks) {
        block.lora = param.lora.as_ref().map(|pairs| pairs.map(|_| next()));
    }
    Ok(())
}

/// What [`description`] says of the adapter in `folder`.
pub(super) fn written(folder: &Folder) -> Result<LoraConfig, LmError> {
    let (path, value) = files::config(folder)?;
    let Written {
        r,
        lora_alpha,
        target_modules,
    } = serde_json::from_value(value).map_err(|source| LmError::Json { path, source })?;
    Ok(LoraConfig {
        rank: r,
        alpha: lora_alpha,
        targets: target_modules,
    })
}
