//! Models and data sets of the Hugging Face hub, as its tools keep them on this machine.
//!
//! Nothing is downloaded: a repository is looked up in the cache that `hf download`, `transformers` and `datasets`
//! share. What is found is a folder like any other from then on, and enters keys of nodes by its content alone.

mod cache;
mod reference;

use std::path::{Path, PathBuf};

use crate::failure::Mistake;
use cache::Absent;
use reference::{Kind, Reference};

pub(crate) use reference::PREFIX;

/// The model folder that `named` stands for: itself, or the snapshot of a repository in the cache, if it is an id such
/// as `org/name` or `org/name@revision`, a reference `hf://org/name`, or the folder of a repository in a cache.
///
/// # Errors
/// An id or a reference whose snapshot is not in the cache, with the command that downloads it.
pub fn model(named: &Path) -> Result<PathBuf, Mistake> {
    if named.exists() {
        return Ok(snapshot_of_folder(named));
    }
    let Some(text) = named.to_str() else {
        return Ok(named.to_owned());
    };
    if text.starts_with(PREFIX) {
        return found(&Reference::parse(text).map_err(|reason| no_reference(text, reason))?);
    }
    let Some(id) = Reference::id(text) else {
        return Ok(named.to_owned());
    };
    match cached(&id) {
        Ok(folder) => Ok(folder),
        // A name without an organisation is rather that of a folder.
        Err(_) if !id.name.contains('/') => Ok(named.to_owned()),
        Err(absent) => Err(told(&id, &absent)),
    }
}

/// The data file, folder or pattern that `named` stands for: itself, a file `hf://datasets/org/name/file` in the cache,
/// or the snapshot of the folder of a repository in a cache.
///
/// # Errors
/// A reference to what is not in the cache, with the command that downloads it.
pub fn data(named: &Path) -> Result<PathBuf, Mistake> {
    match named.to_str() {
        Some(text) if text.starts_with(PREFIX) => {
            found(&Reference::parse(text).map_err(|reason| no_reference(text, reason))?)
        }
        _ if named.exists() => Ok(snapshot_of_folder(named)),
        _ => Ok(named.to_owned()),
    }
}

/// The reference that means the model `id` whatever folder it is read in, if its snapshot is in the cache.
pub fn absolute(id: &str) -> Option<String> {
    cached(&Reference::id(id)?).ok()?;
    Some(format!("{PREFIX}{id}"))
}

/// The ids of the models in the cache.
pub fn models() -> Vec<String> {
    cache::folder().map(|cache| cache::models(&cache)).unwrap_or_default()
}

fn cached(repository: &Reference) -> Result<PathBuf, Absent> {
    let cache = cache::folder().ok_or(Absent::Repository)?;
    cache::snapshot(&cache.join(repository.folder()), repository.revision.as_deref())
}

/// A repository's folder in a cache stands for what was last downloaded of its main branch.
fn snapshot_of_folder(folder: &Path) -> PathBuf {
    let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let snapshot = match reference::is_folder(name) {
        true => cache::snapshot(folder, None).ok(),
        false => None,
    };
    snapshot.unwrap_or_else(|| folder.to_owned())
}

/// The snapshot of a repository, or what is named within it.
fn found(reference: &Reference) -> Result<PathBuf, Mistake> {
    let snapshot = cached(reference).map_err(|absent| told(reference, &absent))?;
    if reference.within.is_empty() {
        return Ok(snapshot);
    }
    let file = snapshot.join(&reference.within);
    if file.exists() || reference.within.contains(['*', '?', '[']) {
        return Ok(file);
    }
    let text = format!("`{}` in the cache has no `{}`", reference.name, reference.within);
    Err(Mistake::new(text, download(reference)))
}

fn told(reference: &Reference, absent: &Absent) -> Mistake {
    let name = &reference.name;
    let text = match absent {
        Absent::Repository => {
            let cache = cache::folder().map(|cache| format!(" ({})", cache.display()));
            let what = match reference.kind {
                Kind::Model => format!("`{name}` is neither a folder nor a model"),
                Kind::Dataset => format!("`{name}` is no data set"),
            };
            format!(
                "{what} in the cache of the Hugging Face hub{}",
                cache.unwrap_or_default()
            )
        }
        Absent::Revision { there } => {
            let revision = reference.revision.as_deref().unwrap_or("main");
            let there = there.join("`, `");
            format!("`{name}` is not in the cache at the revision `{revision}`, but at `{there}`")
        }
    };
    Mistake::new(text, download(reference))
}

/// How to get a repository.
fn download(reference: &Reference) -> String {
    let mut command = format!("hf download {}", reference.name);
    if !reference.within.is_empty() && !reference.within.contains(['*', '?', '[']) {
        command += &format!(" {}", reference.within);
    }
    if reference.kind == Kind::Dataset {
        command += " --repo-type dataset";
    }
    if let Some(revision) = &reference.revision {
        command += &format!(" --revision {revision}");
    }
    format!("download it: `{command}`, or `uvx {command}` without an installed `hf`")
}

fn no_reference(text: &str, reason: &str) -> Mistake {
    let hint = "write `hf://org/name` for a model and `hf://datasets/org/name/file` for data; `@revision` may follow \
                the name";
    Mistake::new(format!("`{text}` {reason}"), hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_is_told_with_the_command_that_downloads_it() {
        let lines = |text: &str, absent: Absent| {
            let told = told(&Reference::parse(text).unwrap(), &absent);
            // Where the cache is differs from machine to machine.
            let text = told.text.split(" (").next().unwrap_or_default().to_owned();
            format!("{text}\n  {}", told.hint.unwrap_or_default())
        };
        let there = vec!["main".to_owned(), "0123abc".to_owned()];
        insta::assert_snapshot!(
            [
                lines("hf://org/name", Absent::Repository),
                lines("hf://org/name@v2", Absent::Revision { there }),
                lines("hf://datasets/org/name/main/test.parquet", Absent::Repository),
                lines(
                    "hf://datasets/org/name@refs%2Fpr%2F1/data/*.parquet",
                    Absent::Repository
                ),
            ]
            .join("\n")
        );
    }

    #[test]
    fn paths_stay_as_they_are() {
        for path in ["absent", "a/b/c", "./a/b", "data/../x"] {
            assert_eq!(model(Path::new(path)).unwrap(), Path::new(path));
            assert_eq!(data(Path::new(path)).unwrap(), Path::new(path));
        }
        assert_eq!(
            data(Path::new("data/seeds.jsonl")).unwrap(),
            Path::new("data/seeds.jsonl")
        );
        assert!(model(Path::new("hf://one")).is_err());
    }
}
