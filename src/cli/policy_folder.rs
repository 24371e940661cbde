//! Writing a policy to a folder that the user named.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serl_lm::Policy;

use crate::failure::Mistake;

/// Refuses a folder that is there: nothing of the user's is replaced.
pub(super) fn refuse_existing(out: &Path) -> Result<()> {
    if out.exists() {
        let text = format!("{} exists already", out.display());
        return Err(Mistake::new(text, "give `--out` a folder that is not there yet").into());
    }
    Ok(())
}

/// The folder appears under its name only when it is whole.
pub(super) fn save(policy: &Policy, out: &Path) -> Result<()> {
    let parent = match out.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let write = || -> Result<()> {
        fs::create_dir_all(parent)?;
        let temporary = tempfile::Builder::new()
            .prefix(".serl-policy-")
            .tempdir_in(parent)?;
        let folder = temporary.path().join("policy");
        fs::create_dir(&folder)?;
        policy.save(&folder)?;
        fs::rename(&folder, out)?;
        Ok(())
    };
    write().with_context(|| format!("cannot write the policy to {}", out.display()))
}
