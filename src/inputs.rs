//! Finds the models and data that a user names: those built in, those in the cache of the Hugging Face hub, and paths.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::{builtin, dropped, hub};

/// The folder of the model that `named` stands for. What is built in is written to `store`.
///
/// # Errors
/// A built-in, or a model of the hub, that is not there; a policy that a run has dropped.
pub fn model(named: &str, store: &Path) -> Result<PathBuf> {
    let folder = builtin::resolve(named, store)?;
    if let Some(mistake) = dropped::mistake(&folder) {
        return Err(mistake.into());
    }
    Ok(hub::model(&folder)?)
}

/// The data file, folder or pattern that `named` stands for. What is built in is written to `store`.
///
/// # Errors
/// A built-in, or data of the hub, that is not there.
pub fn data(named: &str, store: &Path) -> Result<PathBuf> {
    Ok(hub::data(&builtin::resolve(named, store)?)?)
}
