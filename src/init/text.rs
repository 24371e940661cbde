//! The configuration as a commented file.

use std::path::Path;

use anyhow::{Context, Result};
use minijinja::{Environment, context};

use super::RESPONSE_TOKENS;
use super::counts::Counts;
use super::found::Found;
use crate::progress::duration;

const TEMPLATE: &str = include_str!("serl.toml.jinja");
/// Tokens for a completion with up to four new instructions, if an instruction has as many as here.
const PER_INSTRUCTION: f64 = 4.0 * 1.5;

/// The text of `serl.toml` in `folder` for what was found, with counts for `budget` seconds if they were fitted.
///
/// # Errors
/// A fault in the template.
pub fn written(
    found: &Found,
    folder: &Path,
    device: &str,
    instruction_tokens: f64,
    counts: &Counts,
    budget: Option<f64>,
) -> Result<String> {
    let model = found.model.as_ref().map(|model| model.path.as_path());
    let seeds = found.seeds.as_ref().map(|seeds| seeds.path.as_path());
    let eval = found.problems.as_ref().map(|problems| problems.path.as_path());
    let stem = |path: &Path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let name = seeds.and_then(stem).unwrap_or_else(|| "mine".to_owned());
    let name: String = name
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { '-' })
        .collect();
    let chat = found.model.as_ref().is_none_or(|model| model.chat);
    let written_tokens = (instruction_tokens * PER_INSTRUCTION / 64.0).ceil() * 64.0;
    let values = context! {
        what => seeds.map_or_else(|| "your own model and instructions".to_owned(), |path| relative(path, folder)),
        budget => budget.map(duration),
        name => quoted(&name),
        iterations => counts.iterations,
        rounds => counts.rounds(),
        model => quoted(&model.map(|path| relative(path, folder)).unwrap_or_default()),
        model_found => model.is_some(),
        device => quoted(device),
        seeds => quoted(&seeds.map(|path| relative(path, folder)).unwrap_or_default()),
        seeds_found => seeds.is_some(),
        format => quoted(if chat { "chat" } else { "raw" }),
        prompts => counts.prompts(),
        written_tokens => written_tokens.clamp(128.0, 1024.0) as u32,
        instructions => counts.instructions,
        n => counts.n,
        response_tokens => RESPONSE_TOKENS,
        batch => 4,
        batch_rollouts => counts.batch_rollouts(),
        micro_batch_tokens => 2048,
        eval => quoted(&eval.map(|path| relative(path, folder)).unwrap_or_default()),
        eval_found => eval.is_some(),
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

/// Column in which comments begin that stand beside a value, unless it is longer.
const COMMENTS: usize = 35;

/// With its comment, which the template sets off with a tab, in the column of comments.
fn aligned(line: &str) -> String {
    match line.split_once('\t') {
        Some((value, comment)) => format!("{value:<width$}  {comment}", width = COMMENTS - 2),
        None => line.to_owned(),
    }
}

/// `path` as seen from `folder`; as it is where it is not below that.
fn relative(path: &Path, folder: &Path) -> String {
    let below = path.strip_prefix(folder).unwrap_or(path);
    below.to_string_lossy().into_owned()
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

    fn text(found: &Found, budget: Option<f64>) -> String {
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
        written(found, Path::new("mine"), "flex", 40.0, &counts, budget).unwrap()
    }

    fn found() -> Found {
        Found {
            model: None,
            seeds: Some(Seeds {
                path: "mine/my \"best\" seeds.jsonl".into(),
                texts: vec!["How many?".to_owned()],
            }),
            problems: Some(Problems {
                path: "elsewhere/exam.csv".into(),
                count: 200,
            }),
            unusable: Vec::new(),
        }
    }

    #[test]
    fn the_file_is_a_configuration_whatever_was_found() {
        insta::assert_snapshot!(text(&found(), Some(7_200.0)));
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("serl.toml");
        let nothing = Found {
            model: None,
            seeds: None,
            problems: None,
            unusable: Vec::new(),
        };
        for found in [found(), nothing] {
            std::fs::write(&file, text(&found, None)).unwrap();
            // The model's path is missing, and nothing else.
            let matters = |key: &str| key != "model.path" && (key != "seeds.path" || found.seeds.is_some());
            let config: Config = settings::load_for(&Source::File(file.clone()), &[], matters).unwrap();
            assert_eq!(config.iterations, 3);
            if let Some(seeds) = &found.seeds {
                assert_eq!(Path::new("mine").join(&config.seeds.path), seeds.path);
                assert_eq!(config.eval.path, "elsewhere/exam.csv");
            }
        }
    }
}
