//! Policies in folders that the user named.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serl_artifacts::linked;
use serl_lm::{Device, LmError, Policy, model_files};

use crate::failure::Mistake;

/// Loads the policy in `folder`. If a run made it, it may be damaged, and must then not be used.
pub(super) fn load(folder: &Path, device: &Device) -> Result<Policy> {
    linked::verify(folder, &model_files(folder)?)?;
    Ok(Policy::load(folder, device)?)
}

/// Refuses a folder that exists: nothing of the user's is ever replaced.
pub(super) fn refuse_existing(out: &Path) -> Result<()> {
    if out.exists() {
        let text = format!("{} exists already", out.display());
        return Err(Mistake::new(text, "give `--out` a folder that does not exist yet").into());
    }
    Ok(())
}

/// Has `fill` write into an empty temporary folder, which takes the name `out` only when it is complete.
pub(super) fn save(out: &Path, fill: impl FnOnce(&Path) -> Result<(), LmError>) -> Result<()> {
    let parent = match out.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let write = || -> Result<()> {
        fs::create_dir_all(parent)?;
        let temporary = tempfile::Builder::new().prefix(".serl-policy-").tempdir_in(parent)?;
        let folder = temporary.path().join("policy");
        fs::create_dir(&folder)?;
        fill(&folder)?;
        fs::rename(&folder, out)?;
        Ok(())
    };
    write().with_context(|| format!("cannot write the policy to {}", out.display()))
}
