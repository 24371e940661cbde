//! Manifests in `quarantine/` that somebody has forged: told until they are removed, even if runs have replaced them.

use std::path::{Component, Path, PathBuf};

use serde_json::Value;

use crate::error::PipelineError;
use crate::store::{Store, entries};

/// Manifests set aside, each with the name of an output in it that leads out of the store.
pub(super) fn manifests(store: &Store) -> Result<Vec<(PathBuf, String)>, PipelineError> {
    let read = |path: PathBuf| {
        let manifest: Value = serde_json::from_slice(&std::fs::read(&path).ok()?).ok()?;
        let mut names = manifest.get("outputs")?.as_object()?.keys();
        let name = names.find(|name| leads_out(name))?.clone();
        Some((path, name))
    };
    let aside = entries(&store.objects().quarantine_folder())?;
    let json = aside
        .into_iter()
        .filter(|path| path.extension().is_some_and(|e| e == "json"));
    Ok(json.filter_map(read).collect())
}

fn leads_out(name: &str) -> bool {
    let out = |c| matches!(c, Component::ParentDir | Component::RootDir | Component::Prefix(_));
    Path::new(name).components().any(out)
}
