//! What is in a folder: model folders, and files of instructions or problems.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serl_lm::{Shape, Tokenizer};
use serl_stages::config::{EvalConfig, PromptConfig, SeedsConfig};
use serl_stages::{import, preview};

use super::choice::{Choice, only};
use super::data::Data;
use crate::failure::Mistake;
use crate::hub;

/// Folders this deep are looked into.
const DEPTH: usize = 3;
/// Folders of more entries than this are data or a cache, and not looked into.
const CROWD: usize = 2_000;
/// Endings of data files.
const DATA: [&str; 5] = ["jsonl", "parquet", "csv", "tsv", "json"];

/// What there is to start from.
#[derive(Debug)]
pub struct Found {
    /// The model.
    pub model: Option<Model>,
    /// The seeds.
    pub seeds: Option<Seeds>,
    /// The held-out problems.
    pub problems: Option<Problems>,
    /// What the user should know of other files, a sentence each.
    pub notes: Vec<String>,
}

/// A model folder.
#[derive(Debug)]
pub struct Model {
    /// The folder.
    pub path: PathBuf,
    /// The name that the user gave it, where that is not its path.
    pub named: Option<String>,
    /// Its tokenizer.
    pub tokenizer: Tokenizer,
    /// Tokens that fit into its context.
    pub context: usize,
    /// Whether it has a chat template that shows a user's message.
    pub chat: bool,
}

/// A file of instructions.
#[derive(Debug)]
pub struct Seeds {
    /// The file.
    pub path: PathBuf,
    /// The instructions.
    pub texts: Vec<String>,
}

/// A file of problems with answers.
#[derive(Debug)]
pub struct Problems {
    /// The file.
    pub path: PathBuf,
    /// How many there are.
    pub count: usize,
    /// The longest one.
    pub longest: String,
}

/// Looks for what `choice` does not name in `folder` and the folders below it.
///
/// # Errors
/// Something named that cannot be used, several things that could be meant, or one file for seeds and problems.
pub fn look(folder: &Path, choice: &Choice) -> Result<Found> {
    let mut places = Places::default();
    let look_for = [&choice.model, &choice.seeds, &choice.eval]
        .iter()
        .any(|named| named.is_none());
    if look_for {
        if !folder.is_dir() {
            let text = format!("{} is no folder", folder.display());
            return Err(Mistake::new(text, "name the folder that holds your model and data").into());
        }
        places.walk(folder, 0)?;
    }
    let model = match &choice.model {
        Some(path) => Some(path.clone()),
        None => only(&places.models, "the model", "--model DIR")?,
    };
    let data = Data::of(folder, places.files, choice)?;
    Ok(Found {
        model: model.map(Model::open).transpose()?,
        seeds: data.seeds.map(Seeds::open).transpose()?,
        problems: data.eval.map(Problems::open).transpose()?,
        notes: data.notes,
    })
}

#[derive(Debug, Default)]
struct Places {
    models: Vec<PathBuf>,
    files: Vec<PathBuf>,
    /// Folders that were looked into, whatever ways led there.
    seen: HashSet<PathBuf>,
}

impl Places {
    fn walk(&mut self, folder: &Path, depth: usize) -> Result<()> {
        let what = || format!("cannot look into {}", folder.display());
        if !self.seen.insert(fs::canonicalize(folder).with_context(what)?) {
            return Ok(());
        }
        let most = if depth > 0 { CROWD } else { usize::MAX };
        let entries = fs::read_dir(folder).with_context(what)?;
        let paths = entries.take(most).flatten().map(|entry| undotted(&entry.path()));
        let mut paths: Vec<PathBuf> = paths.collect();
        if paths.len() == most {
            return Ok(());
        }
        paths.sort();
        let has = |ending: &str| {
            paths
                .iter()
                .any(|path| path.extension().is_some_and(|found| found == ending))
        };
        if paths.iter().any(|path| path.ends_with("config.json")) && has("safetensors") {
            self.models.push(folder.to_owned());
            // Its other files are parts of the model, unless the user works there.
            if depth > 0 {
                return Ok(());
            }
        }
        for path in paths {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with('.') {
                continue;
            }
            if path.is_dir() {
                if depth < DEPTH {
                    // What cannot be looked into holds nothing for us.
                    self.walk(&path, depth + 1).ok();
                }
            } else if path
                .extension()
                .is_some_and(|ending| DATA.iter().any(|known| ending == *known))
            {
                self.files.push(path);
            }
        }
        Ok(())
    }
}

/// Without the dot that stands for the current folder.
fn undotted(path: &Path) -> PathBuf {
    path.strip_prefix(".").unwrap_or(path).to_owned()
}

impl Model {
    fn open(named: PathBuf) -> Result<Self> {
        let path = hub::model(&named)?;
        let named = (!named.exists()).then(|| named.to_string_lossy().into_owned());
        let what = || format!("`{}` is no model that serl can run", path.display());
        let shape = Shape::of(&path).with_context(what)?;
        let tokenizer = Tokenizer::load(path.as_path()).with_context(what)?;
        let chat = preview::answer(&tokenizer, &PromptConfig::default(), "1 + 1 = ?");
        Ok(Self {
            context: shape.context_length(),
            chat: chat.is_ok_and(|prompt| !prompt.text.data().is_empty()),
            tokenizer,
            path,
            named,
        })
    }
}

impl Seeds {
    fn open(path: PathBuf) -> Result<Self> {
        let imported = import::seeds(&path, &SeedsConfig::default())?;
        let texts = imported.rows.into_iter().map(|row| row.text).collect();
        Ok(Self { path, texts })
    }
}

impl Problems {
    fn open(path: PathBuf) -> Result<Self> {
        let imported = import::problems(&path, &EvalConfig::default())?;
        let count = imported.rows.len();
        let longest = imported.rows.into_iter().map(|row| row.problem).max_by_key(String::len);
        Ok(Self {
            path,
            count,
            longest: longest.unwrap_or_default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        folder
    }

    const ASKED: &str = "{\"problem\": \"How many are 2 and 3?\"}\n";
    const ANSWERED: &str = "{\"problem\": \"How many are 2 and 3?\", \"answer\": \"5\"}\n";

    fn found(files: &[(&str, &str)]) -> (Option<String>, Option<String>) {
        let folder = folder(files);
        let found = look(folder.path(), &Choice::default()).unwrap();
        let name = |path: &Path| path.strip_prefix(folder.path()).unwrap().display().to_string();
        (
            found.seeds.map(|seeds| name(&seeds.path)),
            found.problems.map(|problems| name(&problems.path)),
        )
    }

    #[test]
    fn files_are_told_apart_by_answers_and_names() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            found(&[("mine.jsonl", ASKED), ("test.jsonl", ANSWERED)]),
            (some("mine.jsonl"), some("test.jsonl"))
        );
        // Answers of seeds are never read.
        assert_eq!(
            found(&[("data/train.jsonl", ANSWERED), ("data/test.jsonl", ANSWERED)]),
            (some("data/train.jsonl"), some("data/test.jsonl"))
        );
        // Without answers nothing can be measured.
        assert_eq!(found(&[("test.jsonl", ASKED)]), (some("test.jsonl"), None));
        let noise = [("a.json", "{\"x\": 1}"), (".hidden/b.jsonl", ASKED), ("c.txt", ASKED)];
        assert_eq!(found(&noise), (None, None));
    }

    #[test]
    fn what_could_be_meant_is_named() {
        let folder = folder(&[("a.jsonl", ASKED), ("b.jsonl", ASKED)]);
        let error = look(folder.path(), &Choice::default()).unwrap_err();
        let mistake = error.downcast_ref::<Mistake>().unwrap();
        assert!(
            mistake.text.starts_with("the seeds could be any of "),
            "{}",
            mistake.text
        );
        assert_eq!(mistake.hint.as_deref(), Some("name one with `--seeds FILE`"));
        let named = Choice {
            seeds: Some(folder.path().join("b.jsonl")),
            ..Choice::default()
        };
        let found = look(folder.path(), &named).unwrap();
        assert_eq!(found.seeds.unwrap().path, folder.path().join("b.jsonl"));
    }
}
