//! A trainer on disk: the policy's folder with `optimizer.safetensors` beside the weights.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::ranks::Ranks;
use super::{AdamWConfig, Trainer};
use crate::checkpoint::{self, Slot, Tensors};
use crate::folder::Folder;
use crate::model::params::Param;
use crate::model::{Model, Weights};
use crate::ops::host::pool::Pool;
use crate::{Device, LmError, Policy};

/// File of the moments.
const FILE: &str = "optimizer.safetensors";

/// Its one key of metadata: several would be written in an order that differs from run to run.
const STATE: &str = "state";

/// Prefixes of the names of the first and the second moments.
const MOMENTS: [&str; 2] = ["mean", "square"];

/// The state of a trainer apart from its tensors.
#[derive(Serialize, Deserialize)]
struct State {
    steps: u64,
    adamw: AdamWConfig,
}

impl Trainer {
    /// Saves the policy (as [`Policy::save`]) and the optimizer's state, exactly: [`Trainer::resume`] continues as if
    /// training had not been interrupted. Of a trainer with an adapter, it saves the adapter but not the frozen policy;
    /// [`Trainer::resume_lora`] continues it.
    pub fn save(&self, dir: &Path) -> Result<(), LmError> {
        if self.policy.model.weights.adapted() {
            self.save_adapter(dir)?;
        } else {
            self.policy.save(dir)?;
        }
        let params = self.policy.model.params();
        let mut tensors = Vec::new();
        for (moment, weights) in MOMENTS.into_iter().zip([&self.mean, &self.square]) {
            let names = params.trained().map(|param| name(moment, param));
            tensors.extend(names.zip(weights.trained()));
        }
        let path = dir.join(FILE);
        let state = State {
            steps: self.steps,
            adamw: self.config,
        };
        let state = serde_json::to_string(&state).map_err(|source| LmError::Json {
            path: path.clone(),
            source,
        })?;
        checkpoint::save_tensors(tensors, HashMap::from([(STATE.to_owned(), state)]), &path)
    }

    /// Loads what [`Trainer::save`] wrote.
    ///
    /// # Errors
    /// As [`Policy::load`]; an optimizer state that is missing, damaged or of another model.
    pub fn resume(folder: impl Into<Folder>, device: &Device) -> Result<Self, LmError> {
        let folder = folder.into();
        Self::carry_on(Policy::load(&folder, device)?, folder)
    }

    /// Continues with the moments saved in `folder` on `policy`, whose weights must be those saved there, and reads no
    /// second policy. A policy that is not shared is trained in place.
    ///
    /// # Errors
    /// An optimizer state that is missing, damaged or of another model.
    pub fn carry_on(mut policy: Policy, folder: impl Into<Folder>) -> Result<Self, LmError> {
        let folder = folder.into();
        policy.forget_copies();
        let missing = || LmError::MissingFile {
            folder: folder.dir().to_path_buf(),
            file: FILE.to_owned(),
            hint: "a trainer's folder; a policy's folder alone starts a new trainer",
        };
        let file = folder.source(FILE)?.ok_or_else(missing)?;
        let path = file.path.clone();
        let tensors = Tensors::of_file(file)?.of_any_size();
        let state = tensors
            .metadata(STATE)
            .and_then(|state| serde_json::from_str(state).ok());
        let State { steps, adamw: config } = state.ok_or_else(|| LmError::Checkpoint {
            path: path.clone(),
            message: format!("metadata `{STATE}` is missing or not valid"),
        })?;
        let params = policy.model.params();
        check_names(&params, &tensors, &path).map_err(|error| tensors.blame(error))?;
        let [mean, square] = moments(&policy.model, &params, &tensors)?;
        Ok(Self {
            policy,
            config,
            mean,
            square,
            steps,
            ranks: Ranks::alone(),
            pool: Pool::default(),
        })
    }
}

/// The name of a parameter's moment in the file.
fn name(moment: &str, param: &Param) -> String {
    format!("{moment}.{}", param.label)
}

/// Refuses moments of parameters that are not trained here: the state of a larger model has everything that a smaller
/// one needs.
fn check_names(params: &Weights<Param>, tensors: &Tensors, path: &Path) -> Result<(), LmError> {
    let of_moment = |moment| params.trained().map(move |param| name(moment, param));
    let known: BTreeSet<String> = MOMENTS.into_iter().flat_map(of_moment).collect();
    match tensors.names().find(|name| !known.contains(*name)) {
        None => Ok(()),
        Some(name) => Err(LmError::Checkpoint {
            path: path.to_path_buf(),
            message: format!(
                "`{name}` is not the moment of a parameter that is trained here: it belongs to another policy"
            ),
        }),
    }
}

/// The first and the second moments of what is trained, read in one go.
fn moments(model: &Model, params: &Weights<Param>, tensors: &Tensors) -> Result<[Weights; 2], LmError> {
    let of_moment = |moment| {
        let slot = move |param: &Param| Slot::stored(name(moment, param), &param.shape());
        params.trained().map(slot)
    };
    let mut slots: Vec<Slot> = MOMENTS.into_iter().flat_map(of_moment).collect();
    let device = model.device.burn();
    tensors.fill(&mut slots, &device)?;
    let mut slots = slots.into_iter();
    Ok(MOMENTS.map(|_| {
        let mut moments = model.zeros();
        for (tensor, slot) in moments.trained_mut().zip(&mut slots) {
            *tensor = slot.into_tensor(&device);
        }
        moments
    }))
}
