//! What is in a folder: model folders, and files of instructions or problems.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serl_lm::{Shape, Tokenizer};
use serl_stages::config::{EvalConfig, PromptConfig, SeedsConfig};
use serl_stages::{import, preview};

use crate::failure::Mistake;

/// Folders this deep are looked into.
const DEPTH: usize = 3;
/// Folders of more entries than this are data or a cache, and not looked into.
const CROWD: usize = 2_000;
/// Rows that are read to find out what a file holds.
const SNIFFED: u32 = 50;
/// Endings of data files.
const DATA: [&str; 5] = ["jsonl", "parquet", "csv", "tsv", "json"];
/// Words in the names of files that hold problems to measure with.
const HELD_OUT: [&str; 6] = ["eval", "test", "bench", "held", "valid", "dev"];
/// Words in the names of files that hold instructions.
const SEEDS: [&str; 5] = ["seed", "instruction", "train", "prompt", "unlabel"];

/// What the user named. The rest is looked for.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// Model folder.
    pub model: Option<PathBuf>,
    /// File of seeds.
    pub seeds: Option<PathBuf>,
    /// File of held-out problems.
    pub eval: Option<PathBuf>,
}

/// What there is to start from.
#[derive(Debug)]
pub struct Found {
    /// The model.
    pub model: Option<Model>,
    /// The seeds.
    pub seeds: Option<Seeds>,
    /// The held-out problems.
    pub problems: Option<Problems>,
    /// Data files that hold no instructions that can be read, with the reason.
    pub unusable: Vec<(PathBuf, String)>,
}

/// A model folder.
#[derive(Debug)]
pub struct Model {
    /// The folder.
    pub path: PathBuf,
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
}

/// Looks for what `choice` does not name in `folder` and the folders below it.
///
/// # Errors
/// Something named that cannot be used, or several things that could be meant.
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
    let (usable, unusable) = sorted_out(places.files, choice);
    let (seeds, eval) = data(&usable, choice)?;
    Ok(Found {
        model: model.map(Model::open).transpose()?,
        seeds: seeds.map(Seeds::open).transpose()?,
        problems: eval.map(Problems::open).transpose()?,
        unusable,
    })
}

/// The files that hold instructions, and those that should but do not. JSON is used for much else.
fn sorted_out(files: Vec<PathBuf>, choice: &Choice) -> (Vec<PathBuf>, Vec<(PathBuf, String)>) {
    let named = |path: &PathBuf| [&choice.seeds, &choice.eval].contains(&&Some(path.clone()));
    let (mut usable, mut unusable) = (Vec::new(), Vec::new());
    for path in files.into_iter().filter(|path| !named(path)) {
        match seeds_fault(&path) {
            None => usable.push(path),
            Some(_) if path.extension().is_some_and(|ending| ending == "json") => {}
            Some(fault) => unusable.push((path, fault)),
        }
    }
    (usable, unusable)
}

#[derive(Debug, Default)]
struct Places {
    models: Vec<PathBuf>,
    files: Vec<PathBuf>,
}

impl Places {
    fn walk(&mut self, folder: &Path, depth: usize) -> Result<()> {
        let what = || format!("cannot look into {}", folder.display());
        let entries = fs::read_dir(folder).with_context(what)?;
        let paths = entries.take(CROWD + 1).flatten().map(|entry| undotted(&entry.path()));
        let mut paths: Vec<PathBuf> = paths.collect();
        if depth > 0 && paths.len() > CROWD {
            return Ok(());
        }
        paths.sort();
        let has = |ending: &str| {
            paths
                .iter()
                .any(|path| path.extension().is_some_and(|found| found == ending))
        };
        if paths.iter().any(|path| path.ends_with("config.json")) && has("safetensors") {
            // Its other files are parts of the model.
            self.models.push(folder.to_owned());
            return Ok(());
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

/// The only one of `paths`, if there is one.
fn only(paths: &[PathBuf], what: &str, option: &str) -> Result<Option<PathBuf>> {
    if paths.len() <= 1 {
        return Ok(paths.first().cloned());
    }
    let names: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    let text = format!("{what} could be any of {}", names.join(", "));
    Err(Mistake::new(text, format!("name one with `{option}`")).into())
}

/// The files of seeds and of held-out problems among `files`.
fn data(usable: &[PathBuf], choice: &Choice) -> Result<(Option<PathBuf>, Option<PathBuf>)> {
    let named = |words: &[&str], path: &PathBuf| {
        let name = path.to_string_lossy().to_lowercase();
        words.iter().any(|word| name.contains(word))
    };
    let eval = match &choice.eval {
        Some(path) => Some(path.clone()),
        None => {
            let with_answers = usable.iter().filter(|path| holds_problems(path));
            let held_out: Vec<PathBuf> = with_answers.filter(|path| named(&HELD_OUT, path)).cloned().collect();
            only(&held_out, "the held-out problems", "--eval FILE")?
        }
    };
    let seeds = match &choice.seeds {
        Some(path) => Some(path.clone()),
        None => {
            let others = usable.iter().filter(|path| Some(*path) != eval.as_ref());
            let others: Vec<PathBuf> = others.cloned().collect();
            let likely: Vec<PathBuf> = others.iter().filter(|path| named(&SEEDS, path)).cloned().collect();
            let pool = if likely.is_empty() { others } else { likely };
            only(&pool, "the seeds", "--seeds FILE")?
        }
    };
    Ok((seeds, eval))
}

/// Why a file holds no instructions; none if it does.
fn seeds_fault(path: &Path) -> Option<String> {
    let config = SeedsConfig {
        limit: SNIFFED,
        ..SeedsConfig::default()
    };
    import::seeds(path, &config).err().map(|error| error.to_string())
}

fn holds_problems(path: &Path) -> bool {
    let config = EvalConfig {
        limit: SNIFFED,
        ..EvalConfig::default()
    };
    import::problems(path, &config).is_ok()
}

impl Model {
    fn open(path: PathBuf) -> Result<Self> {
        let what = || format!("`{}` is no model that serl can run", path.display());
        let shape = Shape::of(&path).with_context(what)?;
        let tokenizer = Tokenizer::load(path.as_path()).with_context(what)?;
        let chat = preview::answer(&tokenizer, &PromptConfig::default(), "1 + 1 = ?");
        Ok(Self {
            context: shape.context_length(),
            chat: chat.is_ok_and(|prompt| !prompt.text.data().is_empty()),
            tokenizer,
            path,
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
        Ok(Self { path, count })
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
