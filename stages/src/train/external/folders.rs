//! The folders of a command: what it reads and what it leaves.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serl_artifacts::atomic::create_dir;
use serl_artifacts::{ArtifactError, Digest, link};
use serl_pipeline::{NodeContext, ResolvedInput};

use crate::config::ExecutionConfig;
use crate::error::StageError;
use crate::stage::at::At;

/// The folders of one attempt. Those of another attempt, whose command may still write, are others.
pub(super) struct Folders {
    root: PathBuf,
}

impl Folders {
    /// New folders, with the policy in the first one.
    pub(super) fn make(ctx: &NodeContext<'_>) -> Result<Self, StageError> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let name = format!("command-{}-{}", std::process::id(), now.as_nanos());
        let folders = Self {
            root: ctx.work_dir().join(name),
        };
        create_dir(&folders.left())?;
        link_files(ctx.input("policy")?, "", &folders.given().join("policy"))?;
        Ok(folders)
    }

    /// What the command reads.
    pub(super) fn given(&self) -> PathBuf {
        self.root.join("in")
    }

    /// What it leaves.
    pub(super) fn left(&self) -> PathBuf {
        self.root.join("out")
    }

    /// The policy that it leaves.
    pub(super) fn policy(&self) -> PathBuf {
        self.left().join("policy")
    }

    /// The folder from which an interrupted command goes on.
    pub(super) fn resume(&self) -> PathBuf {
        self.left().join("resume")
    }

    /// A new folder that the command does not know.
    pub(super) fn aside(&self) -> Result<PathBuf, StageError> {
        let aside = self.root.join("aside");
        create_dir(&aside)?;
        Ok(aside)
    }

    /// Refuses inputs that are no longer what they were: the command has read or even changed others than those in the
    /// node's key.
    pub(super) fn check_unchanged(&self, ctx: &NodeContext<'_>) -> Result<(), StageError> {
        for name in ["policy", "trainer"].into_iter().filter(|name| ctx.has_input(name)) {
            let input = ctx.input(name)?;
            for (file, known) in input.tree.iter().flat_map(|tree| &tree.files) {
                let path = input.path.join(file);
                let is_same = Digest::of_file(&path).is_ok_and(|(found, _)| found == known.digest);
                if !is_same {
                    return Err(ctx.changed(name, &path).into());
                }
            }
        }
        Ok(())
    }
}

/// Makes names in the folder `to` for the files of `input` whose names begin with `prefix`, without it. Without such a
/// file, there is no folder.
pub(super) fn link_files(input: &ResolvedInput, prefix: &str, to: &Path) -> Result<(), StageError> {
    let names = input.tree.iter().flat_map(|tree| tree.files.keys());
    for name in names {
        if let Some(below) = name.strip_prefix(prefix) {
            create_dir(to)?;
            link::place(&resolved(&input.path.join(name))?, &resolved(to)?.join(below))?;
        }
    }
    Ok(())
}

/// The file for what a command prints.
pub(super) fn log(execution: &ExecutionConfig, at: At) -> Result<PathBuf, StageError> {
    let folder = Path::new(&execution.store).join("trainers");
    create_dir(&folder)?;
    let name = format!("{}-train.{}-{}.log", at.iteration, at.round(), std::process::id());
    Ok(folder.join(name))
}

/// The names of all files below `folder`, sorted, `/` between levels.
///
/// # Errors
/// Something that is neither a file nor a folder: a link may lead to what changes.
pub(super) fn files_below(folder: &Path) -> Result<Vec<String>, StageError> {
    let mut names = Vec::new();
    let entries = fs::read_dir(folder).map_err(ArtifactError::io("list", folder))?;
    for entry in entries {
        let entry = entry.map_err(ArtifactError::io("list", folder))?;
        let kind = entry.file_type().map_err(ArtifactError::io("read", &entry.path()))?;
        let name = entry.file_name().into_string();
        let name = match name {
            Ok(name) if kind.is_file() || kind.is_dir() => name,
            _ => {
                let path = entry.path();
                let reason = format!(
                    "left {}, which is no regular file, or whose name is not UTF-8: leave files",
                    path.display()
                );
                return Err(StageError::Trainer(reason));
            }
        };
        if kind.is_dir() {
            names.extend(
                files_below(&entry.path())?
                    .into_iter()
                    .map(|below| format!("{name}/{below}")),
            );
        } else {
            names.push(name);
        }
    }
    names.sort_unstable();
    Ok(names)
}

/// The path of what is there, without links and relative to nothing.
pub(super) fn resolved(path: &Path) -> Result<PathBuf, StageError> {
    Ok(fs::canonicalize(path).map_err(ArtifactError::io("find", path))?)
}
