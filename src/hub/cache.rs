//! The cache of the Hugging Face hub.
//!
//! ```text
//! models--org--name/refs/main            the commit of the branch, when it was last downloaded
//!                  /snapshots/<commit>/   the files of the commit, as links
//!                  /blobs/                what they lead to
//! ```

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// The branch that is meant where no revision is named.
const MAIN: &str = "main";

/// Why a snapshot is not in a cache.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Absent {
    /// Nothing of the repository is.
    Repository,
    /// Other revisions are.
    Revision {
        /// Their names.
        there: Vec<String>,
    },
}

/// The cache of this user, where the hub's own tools have it.
pub(super) fn folder() -> Option<PathBuf> {
    folder_of(|name| env::var_os(name).map(PathBuf::from), env::home_dir())
}

fn folder_of(variable: impl Fn(&str) -> Option<PathBuf>, home: Option<PathBuf>) -> Option<PathBuf> {
    let set = |name: &str| {
        let path = variable(name).filter(|path| !path.as_os_str().is_empty())?;
        Some(match (path.strip_prefix("~"), &home) {
            (Ok(rest), Some(home)) => home.join(rest),
            _ => path,
        })
    };
    let hub = set("HF_HUB_CACHE").or_else(|| set("HUGGINGFACE_HUB_CACHE"));
    let all = || set("XDG_CACHE_HOME").or_else(|| Some(home.as_ref()?.join(".cache")));
    hub.or_else(|| Some(set("HF_HOME").or_else(|| Some(all()?.join("huggingface")))?.join("hub")))
}

/// The snapshot of the repository in `folder` at a branch, tag or commit; without one, at the main branch.
pub(super) fn snapshot(folder: &Path, revision: Option<&str>) -> Result<PathBuf, Absent> {
    let revision = revision.unwrap_or(MAIN);
    let snapshots = folder.join("snapshots");
    let commit = fs::read_to_string(folder.join("refs").join(revision));
    let commit = commit.map_or_else(|_| revision.to_owned(), |commit| commit.trim().to_owned());
    let found = snapshots.join(&commit);
    if !commit.is_empty() && !commit.contains(['/', '\\']) && found.is_dir() {
        return Ok(found);
    }
    let there: Vec<String> = names(&folder.join("refs"))
        .into_iter()
        .chain(names(&snapshots))
        .collect();
    Err(match there.is_empty() {
        true => Absent::Repository,
        false => Absent::Revision { there },
    })
}

/// The ids of the models in a cache.
pub(super) fn models(cache: &Path) -> Vec<String> {
    let id = |name: String| Some(name.strip_prefix("models--")?.replacen("--", "/", 1));
    names(cache).into_iter().filter_map(id).collect()
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMIT: &str = "0123456789012345678901234567890123456789";

    fn repository() -> tempfile::TempDir {
        let cache = tempfile::tempdir().unwrap();
        let folder = cache.path().join("models--org--name");
        fs::create_dir_all(folder.join("snapshots").join(COMMIT)).unwrap();
        fs::create_dir_all(folder.join("refs/pr")).unwrap();
        fs::write(folder.join("refs/main"), COMMIT).unwrap();
        fs::write(folder.join("refs/pr/1"), format!("{COMMIT}\n")).unwrap();
        fs::write(folder.join("refs/lost"), "../../..").unwrap();
        cache
    }

    #[test]
    fn branches_pull_requests_and_commits_lead_to_snapshots() {
        let cache = repository();
        let folder = cache.path().join("models--org--name");
        let expected = folder.join("snapshots").join(COMMIT);
        for revision in [None, Some("main"), Some("pr/1"), Some(COMMIT)] {
            assert_eq!(snapshot(&folder, revision), Ok(expected.clone()), "{revision:?}");
        }
        let there = ["lost", "main", "pr", COMMIT].map(str::to_owned).to_vec();
        for revision in ["v2", "lost"] {
            let absent = Absent::Revision { there: there.clone() };
            assert_eq!(snapshot(&folder, Some(revision)), Err(absent), "{revision}");
        }
        assert_eq!(
            snapshot(&cache.path().join("models--a--b"), None),
            Err(Absent::Repository)
        );
        assert_eq!(models(cache.path()), ["org/name"]);
    }

    #[test]
    fn the_cache_is_where_the_environment_says() {
        let folder = |set: &[(&str, &str)]| {
            let value = |name: &str| Some(set.iter().find(|(known, _)| *known == name)?.1.into());
            folder_of(value, Some("/home/me".into())).unwrap()
        };
        let cases: [(&[(&str, &str)], &str); 6] = [
            (&[], "/home/me/.cache/huggingface/hub"),
            (&[("XDG_CACHE_HOME", "/c")], "/c/huggingface/hub"),
            (&[("HF_HOME", "~/hf"), ("XDG_CACHE_HOME", "/c")], "/home/me/hf/hub"),
            (&[("HUGGINGFACE_HUB_CACHE", "/old"), ("HF_HOME", "/h")], "/old"),
            (&[("HF_HUB_CACHE", "/new"), ("HUGGINGFACE_HUB_CACHE", "/old")], "/new"),
            (&[("HF_HUB_CACHE", ""), ("HF_HOME", "/h")], "/h/hub"),
        ];
        for (set, expected) in cases {
            assert_eq!(folder(set), Path::new(expected), "{set:?}");
        }
        assert_eq!(folder_of(|_| None, None), None);
    }
}
