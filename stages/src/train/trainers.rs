//! Trainers of a node: opened, saved in checkpoints, and put as outputs.

use std::path::Path;

use serl_artifacts::table::Table;
use serl_artifacts::{ArtifactError, Digest, Tree, table};
use serl_lm::{AdamWConfig, Device, Policy, Trainer, model_files};
use serl_pipeline::{Checkpoint, NodeContext};
use serl_random::Place;

use super::hand::PolicyInHand;
use super::log::Log;
use super::outputs::{ADAPTER, FIGURES, LOG, POLICY, TRAINER};
use crate::config::TrainConfig;
use crate::error::StageError;
use crate::sampling::source::{checked, folder};

/// The settings that trainers are opened with.
pub(super) struct Trainers<'a> {
    pub(super) config: &'a TrainConfig,
    pub(super) device: &'a Device,
    /// Ranks that compute at the same time.
    pub(super) ranks: usize,
    pub(super) place: Place,
}

impl Trainers<'_> {
    /// The state saved by an interrupted run of this node.
    pub(super) fn saved(
        &self,
        policy: &mut PolicyInHand<'_>,
        ctx: &NodeContext<'_>,
    ) -> Result<Option<(Trainer, Log)>, StageError> {
        let Some(Checkpoint { folder, tree, .. }) = ctx.latest_checkpoint()? else {
            return Ok(None);
        };
        let log = Log {
            steps: read(&folder, &tree, LOG.name)?,
            figures: read(&folder, &tree, FIGURES.name)?,
        };
        let folder = checked(&folder, &tree);
        let trainer = match self.config.lora.adapter() {
            Some(_) => Trainer::resume_lora(policy.take(ctx)?, folder)?,
            None => {
                // The checkpoint holds the weights as they are now.
                policy.drop();
                Trainer::resume(folder, self.device)?
            }
        };
        Ok(Some((self.placed(trainer)?, log)))
    }

    /// The trainer that a node starts with: the carried one, or a fresh one.
    pub(super) fn open(&self, mut policy: PolicyInHand<'_>, ctx: &NodeContext<'_>) -> Result<Trainer, StageError> {
        let policy = policy.take(ctx)?;
        if ctx.has_input("trainer") {
            let trainer = Trainer::carry_on(policy, folder(ctx.input("trainer")?));
            let trainer = trainer.map_err(|error| StageError::from(error).of_input(ctx, "trainer"))?;
            return self.placed(trainer);
        }
        let adamw = AdamWConfig {
            beta1: self.config.beta1,
            beta2: self.config.beta2,
            epsilon: self.config.epsilon,
            weight_decay: self.config.weight_decay,
        };
        let seed = self.place.clone().at("lora").seed();
        self.placed(self.config.lora.trainer(policy, seed, adamw)?)
    }

    /// The trainer with its moments kept, and its ranks, as they are set.
    fn placed(&self, trainer: Trainer) -> Result<Trainer, StageError> {
        Ok(trainer.keep_moments_in(self.config.moments)?.on_ranks(self.ranks)?)
    }

    /// Saves everything needed to continue after `done` steps of this node.
    pub(super) fn checkpoint(
        &self,
        done: u64,
        trainer: &Trainer,
        log: &Log,
        ctx: &NodeContext<'_>,
    ) -> Result<(), StageError> {
        let folder = ctx.work_dir().join("checkpoint");
        trainer.save(&folder)?;
        write(&folder, LOG.name, &log.steps)?;
        write(&folder, FIGURES.name, &log.figures)?;
        ctx.commit_checkpoint(done, &folder)?;
        Ok(())
    }

    /// Puts the outputs `policy` and, to be carried on, `trainer` (both hold the same weights, stored once), or the
    /// `adapter` that is merged into the policy.
    pub(super) fn put(&self, trainer: &Trainer, ctx: &mut NodeContext<'_>) -> Result<(), StageError> {
        if self.config.carry_optimizer {
            let folder = ctx.work_dir().join(TRAINER.name);
            trainer.save(&folder)?;
            let policy = model_files(&folder)?;
            ctx.put_output_dir(TRAINER.name, &folder, &files(&folder)?)?;
            ctx.put_output_share(POLICY.name, TRAINER.name, &policy)?;
            return Ok(());
        }
        if self.config.lora.adapter().is_some() {
            let folder = ctx.work_dir().join(ADAPTER.name);
            trainer.save_adapter(&folder)?;
            ctx.put_output_dir(ADAPTER.name, &folder, &files(&folder)?)?;
        }
        self.put_policy(&trainer.policy(), ctx)
    }

    /// Puts the output `policy`.
    pub(super) fn put_policy(&self, policy: &Policy, ctx: &mut NodeContext<'_>) -> Result<(), StageError> {
        let folder = ctx.work_dir().join(POLICY.name);
        policy.save(&folder)?;
        ctx.put_output_dir(POLICY.name, &folder, &model_files(&folder)?)?;
        Ok(())
    }
}

fn read<T: Table>(folder: &Path, tree: &Tree, name: &str) -> Result<Vec<T>, StageError> {
    let path = folder.join(name);
    let bytes = std::fs::read(&path).map_err(ArtifactError::io("read", &path))?;
    let found = Digest::of(&bytes);
    match tree.files.get(name).map(|file| file.digest) {
        Some(expected) if expected != found => Err(ArtifactError::Damaged { path, expected, found }.into()),
        _ => Ok(table::decode(&bytes, name)?),
    }
}

fn write<T: Table + Clone>(folder: &Path, name: &str, rows: &[T]) -> Result<(), StageError> {
    let path = folder.join(name);
    std::fs::write(&path, table::encode(&[rows.to_vec()])?).map_err(ArtifactError::io("write", &path))?;
    Ok(())
}

/// All files of a folder.
fn files(folder: &Path) -> Result<Vec<String>, StageError> {
    let entries = std::fs::read_dir(folder).map_err(ArtifactError::io("list", folder))?;
    let mut names: Vec<String> = entries
        .flatten()
        .map(|e| e.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort_unstable();
    Ok(names)
}
