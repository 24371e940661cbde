//! Which of the data files hold the seeds, and which the held-out problems.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use serl_stages::config::{EvalConfig, SeedsConfig};
use serl_stages::import;

use super::choice::{Choice, only};
use crate::failure::Mistake;

/// Rows that are read to find out what a file holds.
const SNIFFED: u32 = 50;
/// Words in the names of files that hold problems to measure with.
const HELD_OUT: [&str; 9] = [
    "eval",
    "evaluation",
    "test",
    "bench",
    "benchmark",
    "held",
    "heldout",
    "validation",
    "dev",
];
/// Words in the names of files that hold instructions. They count more.
const SEEDS: [&str; 6] = ["seed", "instruction", "train", "prompt", "unlabelled", "unlabeled"];

/// The files to use.
#[derive(Debug, Default)]
pub(super) struct Data {
    pub(super) seeds: Option<PathBuf>,
    pub(super) eval: Option<PathBuf>,
    /// What the user should know of other files.
    pub(super) notes: Vec<String>,
}

impl Data {
    /// Those that `choice` names, and for the rest the likely ones among `files`, which are below `folder`.
    ///
    /// # Errors
    /// Several could be meant, or one is named for both.
    pub(super) fn of(folder: &Path, files: Vec<PathBuf>, choice: &Choice) -> Result<Self> {
        let both = choice.seeds.as_ref().zip(choice.eval.as_ref());
        if let Some((seeds, _)) = both.filter(|(seeds, eval)| same(seeds, eval)) {
            let text = format!(
                "{} cannot hold both the seeds and the held-out problems",
                seeds.display()
            );
            let hint = "what was trained on measures nothing: split the file, or leave out `--eval`";
            return Err(Mistake::new(text, hint).into());
        }
        let named = |path: &PathBuf| {
            [&choice.seeds, &choice.eval]
                .into_iter()
                .flatten()
                .any(|named| same(named, path))
        };
        let mut data = Self::default();
        let mut usable = Vec::new();
        for path in files.into_iter().filter(|path| !named(path)) {
            let words = words(&path, folder);
            match seeds_fault(&path) {
                None => usable.push((path, words)),
                // JSON holds configurations and notes as well.
                Some(_) if is_json(&path) && !has(&words, &SEEDS) && !has(&words, &HELD_OUT) => {}
                Some(fault) => data.notes.push(format!("left out {fault}")),
            }
        }
        let likely = |of: &[&str], not: &[&str]| {
            let fits = usable.iter().filter(|(_, words)| has(words, of) && !has(words, not));
            fits.map(|(path, _)| path.clone()).collect::<Vec<_>>()
        };
        data.eval = match &choice.eval {
            Some(path) => Some(path.clone()),
            None => {
                let held_out = likely(&HELD_OUT, &SEEDS)
                    .into_iter()
                    .filter(|path| holds_problems(path));
                only(&held_out.collect::<Vec<_>>(), "the held-out problems", "--eval FILE")?
            }
        };
        let free = |path: &PathBuf| data.eval.as_ref().is_none_or(|eval| !same(eval, path));
        data.seeds = match &choice.seeds {
            Some(path) => Some(path.clone()),
            None => {
                let seeds: Vec<PathBuf> = likely(&SEEDS, &[]).into_iter().filter(free).collect();
                let any = || usable.iter().map(|(path, _)| path.clone()).filter(free).collect();
                only(
                    &if seeds.is_empty() { any() } else { seeds },
                    "the seeds",
                    "--seeds FILE",
                )?
            }
        };
        if data.eval.is_none() {
            let others = usable
                .iter()
                .map(|(path, _)| path)
                .filter(|path| data.seeds.as_ref() != Some(path));
            let with_answers = others.filter(|path| holds_problems(path)).take(1);
            let note = |path: &PathBuf| format!("{} has answers: `--eval` measures with it", path.display());
            data.notes.extend(with_answers.map(note));
        }
        Ok(data)
    }
}

/// Whether two paths lead to one file.
fn same(a: &Path, b: &Path) -> bool {
    a == b
        || fs::canonicalize(a)
            .ok()
            .zip(fs::canonicalize(b).ok())
            .is_some_and(|(a, b)| a == b)
}

/// The words of a path below `folder`, without the `s` of a plural.
fn words(path: &Path, folder: &Path) -> Vec<String> {
    let below = path.strip_prefix(folder).unwrap_or(path).with_extension("");
    let text = below.to_string_lossy().to_lowercase();
    let words = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    words
        .map(|word| word.strip_suffix('s').unwrap_or(word).to_owned())
        .collect()
}

fn has(words: &[String], wanted: &[&str]) -> bool {
    words.iter().any(|word| wanted.contains(&word.as_str()))
}

fn is_json(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "json")
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
