//! How well the votes agree with known answers, one row per iteration and round.
//!
//! For looking only: what is read here reaches no table and no training.

use std::collections::HashMap;
use std::path::Path;

use anyhow::Result;
use serde::Serialize;
use serl_answers::{Choices, reference};
use serl_artifacts::InstructionId;
use serl_artifacts::tables::Problem;
use serl_stages::config::EvalConfig;
use serl_stages::import;

use super::{Row, Run, number, or_dash, percent};

/// Reference answers by the id of their instruction.
pub struct Gold(HashMap<String, Truth>);

struct Truth {
    choices: Choices,
    /// What the reference answer is compared by; none where it is too large.
    answer: Option<String>,
}

impl Gold {
    /// Reads a JSONL or Parquet file of instructions and answers, in the columns that `serl eval` takes. Of two rows
    /// with the same instruction the first counts.
    ///
    /// # Errors
    /// A file that cannot be read, lacks a column or has a bad row.
    pub fn read(path: &Path) -> Result<Self> {
        let problems = import::problems(path, &EvalConfig::default())?;
        let mut known = HashMap::new();
        for problem in &problems {
            let id = InstructionId::of(&problem.problem).to_string();
            known.entry(id).or_insert_with(|| Truth::from(problem));
        }
        Ok(Self(known))
    }
}

impl From<&Problem> for Truth {
    fn from(problem: &Problem) -> Self {
        let choices = Choices::new(&problem.choices);
        let answer = choices.canonical(&reference(&problem.gold_answer)).ok();
        Self { choices, answer }
    }
}

impl Truth {
    /// Whether an answer is right; an empty text is none.
    fn is(&self, answer: &str) -> bool {
        let given = self.choices.canonical(answer).ok();
        !answer.is_empty() && given.is_some() && given == self.answer
    }
}

/// The votes of one round, held against known answers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AlignmentRow {
    /// Iteration, counted from 1.
    pub iteration: u32,
    /// Round, counted from 0.
    pub round: u32,
    /// Instructions voted on.
    pub instructions: usize,
    /// Of these, instructions whose answer is known. All that follows is of them.
    pub matched: usize,
    /// Share whose majority answer is right.
    pub label_accuracy: Option<f64>,
    /// Share of the responses whose reward is what the known answer would give.
    pub reward_accuracy: Option<f64>,
    /// Cosine between the rewards and those that the known answers would give.
    pub cosine: Option<f64>,
}

/// The rows of a run.
///
/// # Errors
/// A table that cannot be read.
pub fn rows(run: &Run, gold: &Gold) -> Result<Vec<AlignmentRow>> {
    let votes = run.nodes().iter().filter(|node| node.stage == "vote");
    votes
        .map(|node| row(run, gold, node.iteration, node.round.unwrap_or(0)))
        .collect()
}

fn row(run: &Run, gold: &Gold, iteration: u32, round: u32) -> Result<AlignmentRow> {
    let table = |name, columns: &[&str]| run.table(iteration, "vote", Some(round), name, columns);
    let (mut instructions, mut labels) = (0, Vec::new());
    if let Some(votes) = table("votes.parquet", &["instruction_id", "majority"])? {
        let ids = votes.texts("instruction_id")?;
        instructions = ids.len();
        for (id, majority) in ids.iter().zip(votes.texts("majority")?) {
            labels.extend(gold.0.get(id).map(|truth| truth.is(&majority)));
        }
    }
    let mut rewards = Vec::new();
    if let Some(rollouts) = table("rollouts.parquet", &["instruction_id", "answer", "reward"])? {
        let answers = rollouts.texts("answer")?.into_iter();
        let given = answers.zip(rollouts.numbers("reward")?);
        for (id, (answer, reward)) in rollouts.texts("instruction_id")?.iter().zip(given) {
            let truth = gold.0.get(id).map(|truth| truth.is(&answer));
            rewards.extend(truth.map(|truth| (reward, f64::from(u8::from(truth)))));
        }
    }
    Ok(AlignmentRow {
        iteration,
        round,
        instructions,
        matched: labels.len(),
        label_accuracy: share(labels.iter().filter(|&&right| right).count(), labels.len()),
        reward_accuracy: share(
            rewards.iter().filter(|(given, truth)| given == truth).count(),
            rewards.len(),
        ),
        cosine: cosine(&rewards),
    })
}

fn share(part: usize, all: usize) -> Option<f64> {
    (all > 0).then(|| part as f64 / all as f64)
}

/// None where one of the two is zero throughout.
fn cosine(pairs: &[(f64, f64)]) -> Option<f64> {
    let sum = |of: fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>();
    let norms = sum(|(a, _)| a * a).sqrt() * sum(|(_, b)| b * b).sqrt();
    (norms > 0.0).then(|| sum(|(a, b)| a * b) / norms)
}

impl Row for AlignmentRow {
    fn header(_: &[Self]) -> Vec<String> {
        let names = [
            "iteration",
            "round",
            "instructions",
            "matched",
            "labels right",
            "rewards right",
            "cosine",
        ];
        names.map(String::from).to_vec()
    }

    fn cells(&self) -> Vec<String> {
        vec![
            self.iteration.to_string(),
            self.round.to_string(),
            self.instructions.to_string(),
            self.matched.to_string(),
            or_dash(self.label_accuracy, percent),
            or_dash(self.reward_accuracy, percent),
            or_dash(self.cosine, |x| number(x, 3)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cosines_by_hand() {
        // Two of three rewards given are due, and two of two due are given: 2 / sqrt(3 * 2).
        let pairs = [(1.0, 1.0), (1.0, 1.0), (1.0, 0.0), (0.0, 0.0)];
        assert!((cosine(&pairs).unwrap() - 2.0 / 6.0_f64.sqrt()).abs() < 1e-12);
        assert_eq!(cosine(&[(1.0, 0.0)]), None);
        assert_eq!(cosine(&[]), None);
    }

    #[test]
    fn an_answer_is_right_by_its_canonical_form_or_its_letter() {
        let truth = |answer: &str, choices: &[&str]| {
            Truth::from(&Problem {
                benchmark: String::new(),
                id: String::new(),
                problem: String::new(),
                gold_answer: answer.into(),
                subject: None,
                level: None,
                choices: choices.iter().map(ToString::to_string).collect(),
            })
        };
        let half = truth("so #### 1/2", &[]);
        assert_eq!((half.is("0.5"), half.is("2"), half.is("")), (true, false, false));
        assert!(truth("B", &["up", "down"]).is("down"));
        let large = "9".repeat(5000);
        assert!(!truth(&large, &[]).is(&large));
    }
}
