//! A trainer on disk: the policy's folder with `optimizer.safetensors` beside the weights.

use std::collections::HashMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{AdamWConfig, Trainer};
use crate::checkpoint::{self, Reader};
use crate::model::Weights;
use crate::ops::host::{self, pool::Pool};
use crate::{Device, LmError, Policy};

/// File of the moments.
const FILE: &str = "optimizer.safetensors";

/// Its one key of metadata: several would be written in an order that differs from run to run.
const STATE: &str = "state";

/// What a trainer is beside its tensors.
#[derive(Serialize, Deserialize)]
struct State {
    steps: u64,
    adamw: AdamWConfig,
}

impl Trainer {
    /// Saves the policy (as [`Policy::save`]) and the optimiser's state, exactly: training goes on from
    /// [`Trainer::resume`] as if it had not been interrupted. Of a trainer with an adapter, the adapter is saved and
    /// the frozen policy is not: it goes on from [`Trainer::resume_lora`].
    pub fn save(&self, dir: &Path) -> Result<(), LmError> {
        if self.policy.model.weights.adapted() {
            self.save_adapter(dir)?;
        } else {
            self.policy.save(dir)?;
        }
        let params = self.policy.model.params();
        let named = |prefix: &str, weights| {
            let params = params.trained().zip(Weights::trained(weights));
            let named = params.map(|(param, tensor)| (format!("{prefix}.{}", param.label), tensor));
            named.collect::<Vec<_>>()
        };
        let tensors = [named("mean", &self.mean), named("square", &self.square)].concat();
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
    /// As [`Policy::load`]; an optimiser state that is missing, damaged or of another model.
    pub fn resume(dir: &Path, device: &Device) -> Result<Self, LmError> {
        Self::with_state(Policy::load(dir, device)?, dir)
    }

    /// A trainer on `policy` with the moments in `dir`.
    pub(super) fn with_state(policy: Policy, dir: &Path) -> Result<Self, LmError> {
        let path = dir.join(FILE);
        if !path.is_file() {
            return Err(LmError::MissingFile {
                folder: dir.to_path_buf(),
                file: FILE.to_owned(),
                hint: "a trainer's folder; a policy's folder alone starts a new trainer",
            });
        }
        let reader = Reader::open_file(&path)?;
        let state = reader
            .metadata(STATE)
            .and_then(|state| serde_json::from_str(state).ok());
        let State { steps, adamw: config } = state.ok_or_else(|| LmError::Checkpoint {
            path: path.clone(),
            message: format!("metadata `{STATE}` is missing or not valid"),
        })?;
        let mean = moments(&policy, &reader, "mean")?;
        let square = moments(&policy, &reader, "square")?;
        Ok(Self {
            policy,
            config,
            mean,
            square,
            steps,
            pool: Pool::default(),
        })
    }
}

fn moments(policy: &Policy, reader: &Reader, prefix: &str) -> Result<Weights, LmError> {
    let params = policy.model.params();
    let mut moments = policy.model.zeros();
    for (tensor, param) in moments.trained_mut().zip(params.trained()) {
        let values = reader.read(&format!("{prefix}.{}", param.label), &param.shape())?;
        *tensor = host::tensor(values, param.shape(), &tensor.device());
    }
    Ok(moments)
}
