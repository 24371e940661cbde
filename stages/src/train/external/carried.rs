//! What is carried from round to round: the folder that the command has left for itself, and the steps made so far.
//!
//! The output `trainer` is `steps.json` and, below `state/`, the command's own files.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serl_artifacts::{ArtifactError, Digest, fs as disk};
use serl_pipeline::NodeContext;

use super::folders::{Folders, files_below, link_files};
use crate::error::StageError;
use crate::train::outputs::TRAINER;

/// File of [`Carried`].
const STEPS: &str = "steps.json";
/// Folder of the command's files.
const STATE: &str = "state";

/// What serl itself carries on.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Carried {
    /// Steps made before, on which the learning rate depends.
    pub(super) steps: u64,
}

impl Carried {
    /// What the round before has left; nothing in the first one, or where nothing is carried.
    pub(super) fn of(ctx: &NodeContext<'_>) -> Result<Self, StageError> {
        if !ctx.has_input(TRAINER.name) {
            return Ok(Self::default());
        }
        let input = ctx.input(TRAINER.name)?;
        let path = input.path.join(STEPS);
        let known = input.tree.as_ref().and_then(|tree| tree.files.get(STEPS));
        let whole = fs::read(&path).ok();
        let whole = whole.filter(|bytes| known.is_some_and(|file| file.digest == Digest::of(bytes)));
        let carried = whole.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        carried.ok_or_else(|| ctx.changed(TRAINER.name, &path).into())
    }

    /// Gives the command, as `to`, the folder that it has left itself; none if it has not.
    pub(super) fn give(ctx: &NodeContext<'_>, to: &Path) -> Result<(), StageError> {
        match ctx.has_input(TRAINER.name) {
            true => link_files(ctx.input(TRAINER.name)?, &format!("{STATE}/"), to),
            false => Ok(()),
        }
    }

    /// The folder of the output `trainer` after a round, and its files.
    ///
    /// # Errors
    /// The command has left none.
    pub(super) fn gather(&self, folders: &Folders) -> Result<(PathBuf, Vec<String>), StageError> {
        let left = folders.left().join("trainer");
        if !left.is_dir() || files_below(&left)?.is_empty() {
            return Err(StageError::Trainer(format!(
                "left nothing in {}: save the state of the optimizer there, or set `train.carry_optimizer` to false",
                left.display()
            )));
        }
        let gathered = folders.aside()?;
        let state = gathered.join(STATE);
        disk::rename(&left, &state).map_err(ArtifactError::io("rename into", &state))?;
        self.write(&gathered)?;
        let files = files_below(&gathered)?;
        Ok((gathered, files))
    }

    fn write(&self, folder: &Path) -> Result<(), StageError> {
        let path = folder.join(STEPS);
        let text = serde_json::json!(self).to_string();
        Ok(fs::write(&path, text).map_err(ArtifactError::io("write", &path))?)
    }
}

/// Passes on what was carried, after a round without a step.
pub(in crate::train) fn pass_on(ctx: &mut NodeContext<'_>) -> Result<(), StageError> {
    let (folder, files) = match ctx.has_input(TRAINER.name) {
        true => {
            let input = ctx.input(TRAINER.name)?;
            let files = input.tree.iter().flat_map(|tree| tree.files.keys().cloned()).collect();
            (input.path.clone(), files)
        }
        false => {
            let folder = Folders::make(ctx)?.aside()?;
            Carried::default().write(&folder)?;
            (folder, vec![STEPS.to_owned()])
        }
    };
    Ok(ctx.put_output_dir(TRAINER.name, &folder, &files)?)
}
