//! Listing and removing files of the store.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serl_artifacts::temporary::is_temporary;
use serl_artifacts::{ArtifactError, fs};

use crate::error::PipelineError;

/// What is in the folder `dir`, sorted; nothing if it is not there or is a file. What systems leave beside the files
/// of others (`.DS_Store`, `._name`, `.nfs…`, `Thumbs.db`) is left out.
pub(crate) fn entries(dir: &Path) -> Result<Vec<PathBuf>, PipelineError> {
    let listed = std::fs::read_dir(dir).and_then(|found| {
        found
            .map(|entry| Ok(entry?.path()))
            .collect::<std::io::Result<Vec<_>>>()
    });
    match listed {
        Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(Vec::new()),
        listed => {
            let mut listed = listed.map_err(ArtifactError::io("list", dir))?;
            listed.retain(|path| !is_foreign(path));
            listed.sort_unstable();
            Ok(listed)
        }
    }
}

/// Whether a system, not this program, made the file. The store hides nothing but temporaries.
fn is_foreign(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().as_encoded_bytes();
    let of_windows = [&b"thumbs.db"[..], b"desktop.ini"];
    name.starts_with(b".") && !is_temporary(path) || of_windows.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Removes a file, link or folder; nothing happens if it is not there. A folder in which a system keeps a file of its
/// own (`.nfs…`, while the removed one is open) stays; whoever looks next removes it.
pub(crate) fn remove_if_there(path: &Path) -> Result<(), PipelineError> {
    let is_folder = std::fs::symlink_metadata(path).is_ok_and(|meta| meta.is_dir());
    let removed = if is_folder {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    };
    match removed {
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(()),
        Err(e) if is_folder && matches!(e.kind(), ErrorKind::DirectoryNotEmpty | ErrorKind::ResourceBusy) => Ok(()),
        removed => Ok(removed.map_err(ArtifactError::io("remove", path))?),
    }
}

/// Names of the JSON files in `dir`, without the ending; temporaries are left out.
pub(super) fn stems(dir: &Path) -> Result<Vec<String>, PipelineError> {
    let stem = |path: PathBuf| {
        let name = path.file_name()?.to_str()?;
        let stem = name.strip_suffix(".json")?;
        (!stem.starts_with('.')).then(|| stem.to_owned())
    };
    Ok(entries(dir)?.into_iter().filter_map(stem).collect())
}
