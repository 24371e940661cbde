//! Adapters as files of PEFT: `adapter_config.json` and `adapter_model.safetensors`.

use std::collections::BTreeSet;
use std::path::Path;

use burn::tensor::Tensor;
use serde::Deserialize;
use serde_json::{Value, json};

use super::save::save_params;
use super::slot::Slot;
use super::tensors::Tensors;
use crate::LmError;
use crate::config::Config;
use crate::folder::Folder;
use crate::model::params::{Part, params};
use crate::model::projection::{LoraConfig, LoraTarget};
use crate::model::{Model, Weights};

const CONFIG: &str = "adapter_config.json";
const TENSORS: &str = "adapter_model.safetensors";

/// Values that would change the computation and must be absent, false, empty or the one value that is computed here.
const PLAIN: [(&str, &str); 16] = [
    ("bias", "none"),
    ("use_dora", ""),
    ("use_qalora", ""),
    ("use_bdlora", ""),
    ("arrow_config", ""),
    ("kasa_config", ""),
    ("alora_invocation_tokens", ""),
    ("lora_bias", ""),
    ("fan_in_fan_out", ""),
    ("modules_to_save", ""),
    ("layers_to_transform", ""),
    ("layer_replication", ""),
    ("rank_pattern", ""),
    ("alpha_pattern", ""),
    ("trainable_token_indices", ""),
    ("target_parameters", ""),
];

#[derive(Deserialize)]
struct Raw {
    peft_type: String,
    r: usize,
    lora_alpha: f64,
    #[serde(default)]
    use_rslora: bool,
    target_modules: Vec<String>,
}

/// Writes the adapter of `model`, if it has one.
pub(crate) fn save(model: &Model, dir: &Path) -> Result<(), LmError> {
    let Some(pairs) = model.weights.blocks.iter().find_map(|block| block.lora.as_ref()) else {
        return Ok(());
    };
    let path = dir.join(CONFIG);
    let text = serde_json::to_string_pretty(&description(&pairs.config())).map_err(|source| LmError::Json {
        path: path.clone(),
        source,
    })?;
    std::fs::write(&path, text).map_err(LmError::io("write", &path))?;
    let params = model.params();
    save_params(params.trained().zip(model.weights.trained()), &dir.join(TENSORS))
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

/// Attaches the adapter in `folder` to `weights`.
///
/// # Errors
/// A file that is missing or damaged, an adapter of another kind, a tensor of the wrong shape, missing or left over.
pub(crate) fn load(
    folder: &Folder,
    weights: &mut Weights,
    config: &Config,
    device: &burn::tensor::Device,
) -> Result<(), LmError> {
    let lora = read_config(folder)?;
    let file = folder.source(TENSORS)?.ok_or_else(|| missing(folder.dir(), TENSORS))?;
    let tensors = Tensors::of_file(file)?;
    let params = params(config, Some(&lora));
    let mut slots: Vec<Slot> = params.trained().map(|factor| Slot::new(factor, Part::name)).collect();
    tensors.fill(&mut slots)?;
    // A tensor that nothing reads belongs to an adapted matrix, which would silently be left out.
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

fn missing(dir: &Path, file: &str) -> LmError {
    LmError::Config {
        path: dir.to_path_buf(),
        message: format!("no {file}: an adapter is a folder of {CONFIG} and {TENSORS}, as PEFT saves it"),
    }
}

fn read_config(folder: &Folder) -> Result<LoraConfig, LmError> {
    let path = folder.path(CONFIG);
    let bytes = folder.read(CONFIG)?.ok_or_else(|| missing(folder.dir(), CONFIG))?;
    let json = |source| LmError::Json {
        path: path.clone(),
        source,
    };
    let value: Value = serde_json::from_slice(&bytes).map_err(json)?;
    let unsupported = |what: String, supported| LmError::Unsupported {
        path: path.clone(),
        what,
        supported,
    };
    for (key, allowed) in PLAIN {
        if let Some(value) = value.get(key).filter(|value| !is_plain(value, allowed)) {
            return Err(unsupported(format!("{key} {value}"), "LoRA without it"));
        }
    }
    // Some initialisations change the base weights too, so that the pairs fit no other base.
    match value.get("init_lora_weights").and_then(Value::as_str) {
        None | Some("gaussian" | "eva" | "orthogonal") => {}
        Some(other) => {
            let what = format!("init_lora_weights `{other}`");
            return Err(unsupported(what, "an adapter to the base model as it is"));
        }
    }
    let raw: Raw = serde_json::from_value(value).map_err(json)?;
    if raw.peft_type != "LORA" {
        let what = format!("peft_type `{}`", raw.peft_type);
        return Err(unsupported(what, "`LORA`"));
    }
    if raw.r == 0 || raw.target_modules.is_empty() {
        let message = "r must be at least 1, and target_modules must name a module".to_owned();
        return Err(LmError::Config { path, message });
    }
    let target = |name: &String| {
        let named = LoraTarget::ALL.into_iter().find(|target| target.name() == name);
        named.ok_or_else(|| {
            let what = format!("target module `{name}`");
            unsupported(what, "q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj")
        })
    };
    let targets: Vec<LoraTarget> = raw.target_modules.iter().map(target).collect::<Result<_, _>>()?;
    // Rank-stabilised LoRA (Kalajdzievski 2023, arXiv:2312.03732) counts the product alpha / sqrt(rank) times.
    let alpha = if raw.use_rslora {
        raw.lora_alpha * (raw.r as f64).sqrt()
    } else {
        raw.lora_alpha
    };
    Ok(LoraConfig {
        rank: raw.r,
        alpha,
        targets,
    })
}

fn is_plain(value: &Value, allowed: &str) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text == allowed,
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(true) | Value::Number(_) => false,
    }
}
