//! What a store holds, by name.

use std::path::PathBuf;
use std::time::SystemTime;

use serl_artifacts::Digest;
use serl_artifacts::temporary::is_temporary;

use super::Store;
use super::files::{entries, stems};
use super::name::is_name;
use crate::error::PipelineError;
use crate::graph::NodeKey;

impl Store {
    /// Keys of all nodes that have a manifest, readable or not.
    ///
    /// # Errors
    /// The folder cannot be listed.
    pub fn manifest_keys(&self) -> Result<Vec<NodeKey>, PipelineError> {
        let stems = stems(&self.manifests())?;
        Ok(stems.iter().filter_map(|stem| stem.parse().ok()).collect())
    }

    /// Names of all runs that have a record, readable or not.
    ///
    /// # Errors
    /// The folder cannot be listed.
    pub fn run_names(&self) -> Result<Vec<String>, PipelineError> {
        names(stems(&self.records())?)
    }

    /// Names of all pins.
    ///
    /// # Errors
    /// The folder cannot be listed.
    pub fn pin_names(&self) -> Result<Vec<String>, PipelineError> {
        names(stems(&self.pins())?)
    }

    /// Files and folders among manifests, records, pins and checked-out folders that are none of them.
    ///
    /// # Errors
    /// A folder cannot be listed.
    pub(crate) fn strays(&self) -> Result<Vec<PathBuf>, PipelineError> {
        let stem = |path: &PathBuf| Some(path.file_name()?.to_str()?.strip_suffix(".json")?.to_owned());
        let is_manifest = |path: &PathBuf| stem(path).is_some_and(|stem| stem.parse::<NodeKey>().is_ok());
        let is_record = |path: &PathBuf| stem(path).is_some_and(|stem| is_name(&stem));
        let is_tree = |path: &PathBuf| {
            let name = path.file_name().and_then(|name| name.to_str());
            name.is_some_and(|name| name.parse::<Digest>().is_ok()) && path.is_dir()
        };
        let mut found = Vec::new();
        let mut look = |folder: PathBuf, is_ours: &dyn Fn(&PathBuf) -> bool| {
            let there = entries(&folder)?.into_iter();
            found.extend(there.filter(|path| !is_temporary(path) && !is_ours(path)));
            Ok::<_, PipelineError>(())
        };
        look(self.manifests(), &is_manifest)?;
        look(self.records(), &is_record)?;
        look(self.pins(), &is_record)?;
        look(self.objects.trees_folder(), &is_tree)?;
        Ok(found)
    }

    /// As [`Store::run_names`], the one written last first.
    ///
    /// # Errors
    /// The folder cannot be listed.
    pub fn run_names_latest_first(&self) -> Result<Vec<String>, PipelineError> {
        let written = |name: &String| std::fs::metadata(self.record_path(name)).and_then(|meta| meta.modified());
        let mut found: Vec<(SystemTime, String)> = self
            .run_names()?
            .into_iter()
            .map(|name| (written(&name).unwrap_or(SystemTime::UNIX_EPOCH), name))
            .collect();
        found.sort_by(|a, b| b.cmp(a));
        Ok(found.into_iter().map(|(_, name)| name).collect())
    }
}

/// Those that a run can have; a user's file among records is no record.
fn names(mut stems: Vec<String>) -> Result<Vec<String>, PipelineError> {
    stems.retain(|stem| is_name(stem));
    Ok(stems)
}

#[cfg(test)]
mod tests {
    use std::fs::{File, write};
    use std::time::Duration;

    use super::*;

    #[test]
    fn runs_are_listed_by_the_time_of_their_records_and_half_written_ones_are_none() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        for (name, second) in [("a", 2), ("b", 1), ("c", 3), (".tmp-d", 4), ("a copy", 5)] {
            let path = store.record_path(name);
            write(&path, "{}").unwrap();
            let written = SystemTime::UNIX_EPOCH + Duration::from_secs(second);
            File::open(&path).unwrap().set_modified(written).unwrap();
        }
        assert_eq!(store.run_names().unwrap(), ["a", "b", "c"]);
        assert_eq!(store.run_names_latest_first().unwrap(), ["c", "a", "b"]);
    }
}
