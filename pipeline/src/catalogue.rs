//! What the store holds, by name: listings for those who look for something.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use crate::store::Store;

impl Store {
    /// Names of all runs that have a record, the one written last first.
    pub fn recorded_names(&self) -> Vec<String> {
        let mut found: Vec<(SystemTime, String)> = json_stems(&self.records_folder())
            .map(|(stem, written)| (written, stem))
            .collect();
        found.sort_by(|a, b| b.cmp(a));
        found.into_iter().map(|(_, name)| name).collect()
    }
}

/// Names without `.json` and times of the files that have it.
fn json_stems(folder: &Path) -> impl Iterator<Item = (String, SystemTime)> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        // Temporaries of atomic writes begin with a dot.
        let stem = name.strip_suffix(".json").filter(|stem| !stem.starts_with('.'))?;
        let written = entry.metadata().and_then(|meta| meta.modified());
        Some((stem.to_owned(), written.unwrap_or(SystemTime::UNIX_EPOCH)))
    })
}
