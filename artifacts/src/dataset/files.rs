//! The files of a data set that is a folder or a pattern.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::ArtifactError;

/// Endings of data files, in a folder; a compressed one has a second ending.
const ENDINGS: [&str; 6] = ["parquet", "jsonl", "ndjson", "json", "csv", "tsv"];

/// Endings of compressed files.
const PACKED: [&str; 3] = ["gz", "zst", "zstd"];

/// Files in folders of data sets that describe them.
const DESCRIPTIONS: [&str; 4] = ["dataset_info", "dataset_infos", "dataset_dict", "state"];

/// Names of the parts that data sets are divided into.
const SPLITS: [&str; 6] = ["train", "test", "validation", "valid", "dev", "val"];

/// The files that `path` stands for, in the order of their names: itself, the data files of a folder, or those that
/// match a pattern such as `data/train-*.parquet`.
///
/// # Errors
/// A folder or pattern without data files, or a folder with several kinds of files or parts of a data set.
pub(super) fn of(path: &Path) -> Result<Vec<PathBuf>, ArtifactError> {
    if path.is_dir() {
        return folder(path);
    }
    let text = path.to_string_lossy();
    if !text.contains(['*', '?', '[']) || path.exists() {
        return Ok(vec![path.to_owned()]);
    }
    let fault = |reason| ArtifactError::dataset(path, None, reason);
    let found = glob::glob(&text).map_err(|e| fault(format!("is not a pattern of file names: {e}")))?;
    let mut files: Vec<PathBuf> = found.filter_map(Result::ok).filter(|file| !file.is_dir()).collect();
    files.sort();
    match files.is_empty() {
        true => Err(fault("no file matches this pattern".into())),
        false => Ok(files),
    }
}

/// Whether it is a pipe with a name of its own; opening one waits until someone writes. That of a shell's `<(command)`
/// has none.
pub(super) fn is_named_pipe(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        let is_pipe = path.metadata().is_ok_and(|found| found.file_type().is_fifo());
        is_pipe && path.canonicalize().is_ok()
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        false
    }
}

/// The name of a data set: of its file without endings, or of its folder.
pub fn name(path: &Path) -> String {
    let of = |path: &Path| {
        path.file_stem()
            .map_or_else(String::new, |stem| stem.to_string_lossy().into_owned())
    };
    let name = match path.extension().and_then(|ending| ending.to_str()) {
        Some(ending) if PACKED.contains(&ending) => of(Path::new(&of(path))),
        _ if path.is_dir() => path
            .file_name()
            .map_or_else(|| of(path), |name| name.to_string_lossy().into_owned()),
        _ => of(path),
    };
    if path.exists() {
        return name;
    }
    // Of a pattern: what all its files have in common at the beginning.
    let end = name.find(['*', '?', '[']).unwrap_or(name.len());
    name[..end].trim_end_matches(['-', '_', '.']).to_owned()
}

fn folder(path: &Path) -> Result<Vec<PathBuf>, ArtifactError> {
    let entries = std::fs::read_dir(path).map_err(ArtifactError::io("read", path))?;
    let mut files = Vec::new();
    let mut folders = Vec::new();
    for entry in entries {
        let entry = entry.map_err(ArtifactError::io("read", path))?.path();
        match entry.is_dir() {
            true => folders.push(entry),
            false => files.push(entry),
        }
    }
    files.retain(|file| ending(file).is_some());
    files.sort();
    folders.sort();
    let fault = |reason| Err(ArtifactError::dataset(path, None, reason));
    if files.is_empty() {
        let hint = match folders.iter().find(|folder| self::folder(folder).is_ok()) {
            Some(folder) => format!("name the folder {} in it", shown(folder)),
            None => "name a file".into(),
        };
        return fault(format!(
            "the folder has no data files (.parquet, .jsonl, .json, .csv, .tsv); {hint}"
        ));
    }
    let kinds: BTreeSet<&str> = files.iter().filter_map(|file| ending(file)).collect();
    let splits: BTreeSet<&str> = files.iter().filter_map(|file| split(file)).collect();
    let list = |names: BTreeSet<&str>| {
        names
            .into_iter()
            .map(|name| format!("`{name}`"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    if splits.len() > 1 {
        return fault(format!(
            "the folder has the parts {}; choose one, as in `DIR/train*`",
            list(splits)
        ));
    }
    if kinds.len() > 1 {
        return fault(format!(
            "the folder has files of the kinds {}; choose one, as in `DIR/*.parquet`",
            list(kinds)
        ));
    }
    Ok(files)
}

fn shown(path: &Path) -> String {
    path.file_name()
        .map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// The ending of a data file, without that of its compression.
fn ending(file: &Path) -> Option<&'static str> {
    let name = file.file_name()?.to_str()?;
    if name.starts_with(['.', '_']) {
        return None;
    }
    let plain = PACKED
        .iter()
        .find_map(|packed| name.strip_suffix(packed)?.strip_suffix('.'))
        .unwrap_or(name);
    let (stem, ending) = plain.rsplit_once('.')?;
    let known = ENDINGS.into_iter().find(|known| ending.eq_ignore_ascii_case(known))?;
    (!DESCRIPTIONS.contains(&stem)).then_some(known)
}

/// The part of a data set that a file belongs to, by the first word of its name.
fn split(file: &Path) -> Option<&'static str> {
    let name = file.file_name()?.to_str()?.to_lowercase();
    let word = name.split(|c: char| !c.is_alphabetic()).next()?.to_owned();
    SPLITS.into_iter().find(|split| *split == word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn names(files: Vec<PathBuf>) -> Vec<String> {
        files.iter().map(|file| shown(file)).collect()
    }

    #[test]
    fn shards_come_in_the_order_of_their_names() {
        let dir = tempfile::tempdir().unwrap();
        for name in [
            "train-00001.jsonl",
            "train-00000.jsonl",
            "README.md",
            ".hidden.jsonl",
            "dataset_info.json",
        ] {
            fs::write(dir.path().join(name), "").unwrap();
        }
        let expected = ["train-00000.jsonl", "train-00001.jsonl"];
        assert_eq!(names(of(dir.path()).unwrap()), expected);
        assert_eq!(names(of(&dir.path().join("train-*")).unwrap()), expected);
        fs::write(dir.path().join("test-00000.jsonl"), "").unwrap();
        let error = of(dir.path()).unwrap_err().to_string();
        assert!(error.contains("the parts `test`, `train`"), "{error}");
        assert!(
            of(&dir.path().join("val*"))
                .unwrap_err()
                .to_string()
                .contains("no file matches")
        );
    }

    #[test]
    fn a_name_is_that_of_a_file_a_folder_or_a_pattern() {
        let dir = tempfile::tempdir().unwrap();
        for (file, expected) in [
            ("math.v2.jsonl", "math.v2"),
            ("gsm8k.jsonl.gz", "gsm8k"),
            ("train-*.parquet", "train"),
        ] {
            assert_eq!(name(&dir.path().join(file)), expected);
        }
        fs::create_dir(dir.path().join("v1.0")).unwrap();
        assert_eq!(name(&dir.path().join("v1.0")), "v1.0");
    }
}
