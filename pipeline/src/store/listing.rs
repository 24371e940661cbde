//! What a store holds, by name.

use std::time::SystemTime;

use super::Store;
use super::files::stems;
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
        stems(&self.records())
    }

    /// Names of all pins.
    ///
    /// # Errors
    /// The folder cannot be listed.
    pub fn pin_names(&self) -> Result<Vec<String>, PipelineError> {
        stems(&self.pins())
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

#[cfg(test)]
mod tests {
    use std::fs::{File, write};
    use std::time::Duration;

    use super::*;

    #[test]
    fn runs_are_listed_by_the_time_of_their_records_and_half_written_ones_are_none() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        for (name, second) in [("a", 2), ("b", 1), ("c", 3), (".tmp-d", 4)] {
            let path = store.record_path(name);
            write(&path, "{}").unwrap();
            let written = SystemTime::UNIX_EPOCH + Duration::from_secs(second);
            File::open(&path).unwrap().set_modified(written).unwrap();
        }
        assert_eq!(store.run_names().unwrap(), ["a", "b", "c"]);
        assert_eq!(store.run_names_latest_first().unwrap(), ["c", "a", "b"]);
    }
}
