//! What the user named, and what is left to choose from.

use std::path::PathBuf;

use anyhow::Result;

use crate::failure::Mistake;

/// Things that are named where several could be meant.
const NAMED: usize = 6;

/// What the user named. The rest is looked for.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// Model folder.
    pub model: Option<PathBuf>,
    /// File of seeds.
    pub seeds: Option<PathBuf>,
    /// File of held-out problems.
    pub eval: Option<PathBuf>,
}

/// The only one of `paths`, if there is one.
pub(super) fn only(paths: &[PathBuf], what: &str, option: &str) -> Result<Option<PathBuf>> {
    if paths.len() <= 1 {
        return Ok(paths.first().cloned());
    }
    let mut names: Vec<String> = paths
        .iter()
        .take(NAMED)
        .map(|path| path.display().to_string())
        .collect();
    if paths.len() > NAMED {
        names.push(format!("{} more", paths.len() - NAMED));
    }
    let text = format!("{what} could be any of {}", names.join(", "));
    Err(Mistake::new(text, format!("name one with `{option}`")).into())
}
