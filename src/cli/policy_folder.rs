//! Policies in folders that the user named.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serl_lm::{Device, Policy, model_files};
use serl_pipeline::verify_output;

use crate::failure::Mistake;

/// Loads the policy in `folder`. If a run made it, it may be damaged, and must then not be used.
pub(super) fn load(folder: &Path, device: &Device) -> Result<Policy> {
    verify_output(folder, &model_files(folder)?)?;
    Ok(Policy::load(folder, device)?)
}

/// Refuses a folder that exists, with this hint: nothing of the user's is ever replaced.
pub(super) fn refuse_existing(out: &Path, hint: &str) -> Result<()> {
    // A link to nothing exists too: what is written to it would go elsewhere.
    if out.symlink_metadata().is_ok() {
        let text = format!("{} exists already", out.display());
        return Err(Mistake::new(text, hint).into());
    }
    Ok(())
}

/// The hint for a command whose folder is given by `--out`.
pub(super) const OUT_HINT: &str = "give `--out` a folder that does not exist yet";

/// Has `fill` write into an empty temporary folder, which takes the name `out` only when it is complete.
pub(super) fn save<E: Into<anyhow::Error>>(out: &Path, fill: impl FnOnce(&Path) -> Result<(), E>) -> Result<()> {
    let parent = match out.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let write = || -> Result<()> {
        fs::create_dir_all(parent)?;
        let temporary = tempfile::Builder::new().prefix(".serl-new-").tempdir_in(parent)?;
        let folder = temporary.path().join("new");
        fs::create_dir(&folder)?;
        fill(&folder).map_err(Into::into)?;
        fs::rename(&folder, out)?;
        Ok(())
    };
    write().with_context(|| format!("cannot write {}", out.display()))
}
