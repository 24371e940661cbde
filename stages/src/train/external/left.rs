//! What a command has left: the policy, and `train_log.jsonl` with what it has noted of each step.

use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};
use serl_lm::LmError;
use serl_pipeline::NodeContext;

use super::folders::Folders;
use super::given::Given;
use super::output::is_plain;
use crate::error::StageError;
use crate::sampling::source::folder;
use crate::train::log::Log;
use crate::train::task::{Measured, named};

/// The file.
const FILE: &str = "train_log.jsonl";

/// What is computed here, so that a command need not know it.
const OURS: [&str; 9] = [
    "iteration",
    "round",
    "responses",
    "lr",
    "reward_mean",
    "kl",
    "entropy",
    "mismatch_kl",
    "kl_coef",
];

/// A line.
#[derive(Debug, Deserialize)]
struct Line {
    step: u64,
    loss: f64,
    grad_norm: f64,
    tokens: u64,
    /// Figures of the algorithm.
    #[serde(flatten)]
    figures: Map<String, Value>,
}

/// Checks the policy and completes it by what training does not change; returns its files.
///
/// # Errors
/// What is wrong with it, by file and tensor.
pub(super) fn policy(folders: &Folders, ctx: &NodeContext<'_>) -> Result<Vec<String>, StageError> {
    let left = folders.policy();
    if !left.is_dir() {
        let reason = format!("left no folder {}: save the trained policy there", left.display());
        return Err(StageError::Trainer(reason));
    }
    let completed = serl_lm::complete(&left, folder(ctx.input("policy")?));
    completed.map_err(|error| match error {
        LmError::NotFinite { path, tensor } => StageError::Trainer(format!(
            "left {}, whose tensor `{tensor}` has values that are not finite (NaN or infinite) or beyond 1e18: \
             training has diverged; lower `train.lr` or `train.max_grad_norm`",
            path.display()
        )),
        other => StageError::from(other).of_input(ctx, "policy"),
    })
}

/// The log of all steps, completed by what is known here.
///
/// # Errors
/// A line that is missing, too many, not valid or of another step, by its number.
pub(super) fn log(given: &Given<'_>, folders: &Folders) -> Result<Log, StageError> {
    let path = folders.left().join(FILE);
    let text = fs::read_to_string(&path).map_err(|error| {
        StageError::Trainer(format!(
            "left no {} that can be read: {error}; it must have a line for each step",
            path.display()
        ))
    })?;
    let lines: Vec<&str> = text.lines().collect();
    let steps = given.order.len();
    if lines.len() != steps {
        return Err(StageError::Trainer(format!(
            "left {}, whose number of lines is {}, but there were {steps} steps to make: write a line for each, those \
             before an interruption included",
            path.display(),
            lines.len()
        )));
    }
    let mut log = Log::default();
    for (index, (line, tokens)) in lines.into_iter().zip(given.tokens()).enumerate() {
        let members = given.order[index].concat();
        let known = given.task.targets.objective(&members).known();
        let line = read(line, index, tokens, &known);
        let line = line.map_err(|reason| refused(&path, index, &reason))?;
        let mut figures: Vec<(String, f64)> = known.into_iter().map(named).collect();
        figures.extend(
            line.figures
                .into_iter()
                .filter_map(|(name, value)| Some((name, value.as_f64()?))),
        );
        let measured = Measured {
            steps: given.steps_before + index as u64 + 1,
            loss: line.loss,
            grad_norm: line.grad_norm,
            tokens,
            figures,
        };
        given.task.note(index, &members, given.lr(index), measured, &mut log)?;
    }
    Ok(log)
}

fn refused(path: &Path, index: usize, reason: &str) -> StageError {
    StageError::Trainer(format!("left {}, whose line {} {reason}", path.display(), index + 1))
}

/// The line of step `index`, which has so many `tokens`; the figures `known` are computed here.
fn read(line: &str, index: usize, tokens: u64, known: &[(&str, f64)]) -> Result<Line, String> {
    let parsed: Line = serde_json::from_str(line).map_err(|error| match has_no_number(line) {
        true => "has a NaN or an infinity: training has diverged; lower `train.lr` or `train.max_grad_norm`".to_owned(),
        false => format!("is not valid: {error}"),
    })?;
    if parsed.step != index as u64 {
        return Err(format!(
            "is that of step {}, but must be that of step {index}",
            parsed.step
        ));
    }
    if parsed.tokens != tokens {
        return Err(format!(
            "has {} `tokens`, but the responses of the step have {tokens}: train on all of them, and count no prompts",
            parsed.tokens
        ));
    }
    for (name, value) in &parsed.figures {
        if OURS.contains(&name.as_str()) || known.iter().any(|(known, _)| known == name) {
            return Err(format!("has `{name}`, which serl computes itself: leave it out"));
        }
        if !is_plain(name) {
            return Err(format!(
                "has the figure {name:?}: name it by letters, digits and `_-./@`"
            ));
        }
        if !value.is_number() {
            return Err(format!("has `{name}` = {value}, but a figure is a number"));
        }
    }
    Ok(parsed)
}

/// Whether Python's words for what is no number are there: its `json` writes them.
fn has_no_number(line: &str) -> bool {
    line.contains("NaN") || line.contains("Infinity")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_and_refused_by_what_is_wrong() {
        let told = |line: &str| read(line, 2, 30, &[("advantage_std", 1.0)]).map(|line| line.figures.len());
        let good = r#"{"step": 2, "loss": -0.5, "grad_norm": 1, "tokens": 30, "clip_fraction": 0.25}"#;
        assert_eq!(told(good), Ok(1));
        let cases = [
            ("", "is not valid: EOF"),
            (r#"{"step": 2, "loss": 1, "tokens": 30}"#, "missing field `grad_norm`"),
            (&good.replace("-0.5", "NaN"), "has a NaN or an infinity"),
            (&good.replace("-0.5", "null"), "is not valid"),
            (
                &good.replace("2,", "1,"),
                "is that of step 1, but must be that of step 2",
            ),
            (
                &good.replace("30", "31"),
                "has 31 `tokens`, but the responses of the step have 30",
            ),
            (
                &good.replace("clip_fraction", "lr"),
                "has `lr`, which serl computes itself",
            ),
            (
                &good.replace("clip_fraction", "advantage_std"),
                "has `advantage_std`, which serl",
            ),
            (
                &good.replace("clip_fraction", "clip fraction"),
                "has the figure \"clip fraction\": name it",
            ),
            (&good.replace("clip_fraction", ""), "has the figure \"\""),
            (
                &good.replace("0.25", "\"x\""),
                "has `clip_fraction` = \"x\", but a figure is a number",
            ),
        ];
        for (line, reason) in cases {
            let refusal = told(line).unwrap_err();
            assert!(refusal.contains(reason), "{refusal}");
        }
    }
}
