//! The configuration as a commented file.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use minijinja::{Environment, context};

use super::counts::Counts;
use super::found::{Found, Model};
use super::room::Room;
use crate::failure::Mistake;
use crate::progress::duration;

const TEMPLATE: &str = include_str!("serl.toml.jinja");
/// Characters of a run's name.
const LONGEST: usize = 40;

/// The text of `serl.toml` in `folder` for what was found, with counts for `budget` seconds if they were fitted.
///
/// # Errors
/// A path that is no text, or a fault in the template.
pub fn written(
    found: &Found,
    folder: &Path,
    device: &str,
    room: &Room,
    counts: &Counts,
    budget: Option<f64>,
) -> Result<String> {
    let path = |path: Option<&PathBuf>| path.map_or(Ok(String::new()), |path| seen_from(folder, path));
    let model = match &found.model {
        Some(Model { named: Some(named), .. }) => named.clone(),
        model => path(model.as_ref().map(|model| &model.path))?,
    };
    let seeds = path(found.seeds.as_ref().map(|seeds| &seeds.path))?;
    let eval = path(found.problems.as_ref().map(|problems| &problems.path))?;
    let chat = found.model.as_ref().is_none_or(|model| model.chat);
    let what = match seeds.as_str() {
        "" => "your own model and instructions".to_owned(),
        seeds => seeds.escape_debug().to_string(),
    };
    let values = context! {
        what => what,
        budget => budget.map(duration),
        name => quoted(&name(&seeds)),
        iterations => counts.iterations,
        rounds => counts.rounds(),
        model => quoted(&model),
        model_found => !model.is_empty(),
        device => quoted(device),
        seeds => quoted(&seeds),
        seeds_found => !seeds.is_empty(),
        format => quoted(if chat { "chat" } else { "raw" }),
        prompts => counts.prompts(),
        examples => room.examples,
        written_tokens => room.written,
        instructions => counts.instructions,
        n => counts.n,
        response_tokens => room.response,
        batch => 4,
        batch_rollouts => counts.batch_rollouts(),
        micro_batch_tokens => 2048,
        eval => quoted(&eval),
        eval_found => !eval.is_empty(),
        problems => counts.problems,
        k => counts.k,
        sampled => counts.sampled,
    };
    let environment = Environment::new();
    let text = environment
        .render_str(TEMPLATE, values)
        .context("the template of serl.toml")?;
    let lines: Vec<String> = text.trim_end().lines().map(aligned).collect();
    Ok(format!("{}\n", lines.join("\n")))
}

/// A name for the run, made of that of the seeds' file.
fn name(seeds: &str) -> String {
    let stem = Path::new(seeds).file_stem().unwrap_or_default().to_string_lossy();
    let plain = |c: char| if c.is_alphanumeric() { c } else { '-' };
    let name: String = stem.chars().map(plain).take(LONGEST).collect();
    match name.trim_matches('-') {
        "" => "mine".to_owned(),
        name => name.to_owned(),
    }
}

/// Column in which comments begin that stand beside a value, unless it is longer.
const COMMENTS: usize = 35;

/// With its comment, which the template sets off with a tab, in the column of comments.
fn aligned(line: &str) -> String {
    match line.split_once('\t') {
        Some((value, comment)) => format!("{value:<width$}  {comment}", width = COMMENTS - 2),
        None => line.to_owned(),
    }
}

/// `path`, which is relative to the current folder, as seen from `folder`.
///
/// Links on the way are followed, since `..` leads out of the folder that a link leads to; the last part of the path
/// stays as it is named.
fn seen_from(folder: &Path, path: &Path) -> Result<String> {
    let (base, target) = (real(folder), real_but_last(path));
    let shared = base
        .components()
        .zip(target.components())
        .take_while(|(a, b)| a == b)
        .count();
    let mut seen = PathBuf::new();
    seen.extend(base.components().skip(shared).map(|_| ".."));
    seen.extend(target.components().skip(shared));
    if seen.as_os_str().is_empty() {
        seen.push(".");
    }
    let text = seen.to_str().map(str::to_owned);
    text.ok_or_else(|| {
        let text = format!("the name of {} is no text, and a configuration is", path.display());
        Mistake::new(text, "give the file another name, or a link to it").into()
    })
}

/// The folder without links; one that is not there yet as it is named.
fn real(folder: &Path) -> PathBuf {
    let named = || std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    fs::canonicalize(folder).unwrap_or_else(|_| named())
}

fn real_but_last(path: &Path) -> PathBuf {
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(last)) if parent.as_os_str().is_empty() => real(Path::new(".")).join(last),
        (Some(parent), Some(last)) => real(parent).join(last),
        _ => real(path),
    }
}

/// A text in TOML.
fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::super::{Lengths, Pace, fitting};
    use super::*;
    use crate::init::found::{Problems, Seeds};
    use crate::settings::{self, Source};
    use serl_stages::config::Config;

    fn text(found: &Found, folder: &Path, budget: Option<f64>) -> String {
        let pace = Pace {
            sampled: 400.0,
            trained: 200.0,
            parameters: 1,
            seconds: 1.0,
        };
        let lengths = Lengths {
            prompt: 80.0,
            instruction: 40.0,
            response: 150.0,
        };
        let problems = found.problems.as_ref().map_or(0, |problems| problems.count as u32);
        let counts = fitting(budget.unwrap_or(7_200.0), &pace, &lengths, problems);
        written(found, folder, "flex", &Room::of(found).unwrap(), &counts, budget).unwrap()
    }

    /// A folder `mine` with seeds, and problems in the folder beside it.
    fn found(root: &Path) -> Found {
        for name in ["mine", "exams"] {
            fs::create_dir(root.join(name)).unwrap();
        }
        Found {
            model: None,
            seeds: Some(Seeds {
                path: root.join("mine/my \"best\" seeds.jsonl"),
                texts: vec!["How many?".to_owned()],
            }),
            problems: Some(Problems {
                path: root.join("exams/exam.csv"),
                count: 200,
                longest: "How many?".to_owned(),
            }),
            notes: Vec::new(),
        }
    }

    #[test]
    fn the_file_is_a_configuration_whatever_was_found() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("mine");
        let found = found(root.path());
        insta::assert_snapshot!(text(&found, &folder, Some(7_200.0)));
        let nothing = Found {
            model: None,
            seeds: None,
            problems: None,
            notes: Vec::new(),
        };
        let file = root.path().join("serl.toml");
        for found in [&found, &nothing] {
            fs::write(&file, text(found, &folder, None)).unwrap();
            // The model's path is missing, and nothing else.
            let matters = |key: &str| key != "model.path" && (key != "seeds.path" || found.seeds.is_some());
            let config: Config = settings::load_for(&Source::File(file.clone()), &[], matters).unwrap();
            assert_eq!(config.iterations, 3);
            if found.seeds.is_some() {
                assert_eq!(config.seeds.path, "my \"best\" seeds.jsonl");
                assert_eq!(config.eval.path, "../exams/exam.csv");
            }
        }
    }

    #[test]
    fn paths_are_seen_from_the_folder_of_the_file() {
        let root = tempfile::tempdir().unwrap();
        let (here, deep) = (root.path().join("a"), root.path().join("a/b"));
        fs::create_dir_all(&deep).unwrap();
        let from = |folder: &Path, path: &Path| seen_from(folder, path).unwrap();
        assert_eq!(from(&here, &deep.join("s.jsonl")), "b/s.jsonl");
        assert_eq!(from(&deep, &here.join("s.jsonl")), "../s.jsonl");
        assert_eq!(from(&here, &here), ".");
        let link = root.path().join("link");
        std::os::unix::fs::symlink(&deep, &link).unwrap();
        assert_eq!(from(&link, &here.join("s.jsonl")), "../s.jsonl");
        assert_eq!(from(&here, &link), "../link");
    }

    #[test]
    fn names_of_runs_are_plain() {
        let long = format!("{}.jsonl", "x".repeat(200));
        let named = ["data/my \"best\".jsonl", "-dash.jsonl", "#.csv", "", &long].map(name);
        assert_eq!(named, ["my--best", "dash", "mine", "mine", &"x".repeat(LONGEST)]);
    }
}
