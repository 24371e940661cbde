//! How well the votes agree with known answers, one row per iteration and round.
//!
//! For display only: nothing that is read here reaches a table or training.

use std::collections::HashSet;
use std::path::Path;

use anyhow::Result;
use serde::{Deserialize, Serialize};
use serl_answers::{Choices, gold_answer};
use serl_artifacts::InstructionId;
use serl_artifacts::table::Table;
use serl_artifacts::tables::Problem;
use serl_stages::config::EvalConfig;
use serl_stages::import;

use super::frame::Frame;
use super::show::{ReportRow, number, or_dash, percent};
use super::stored::StoredRun;
use super::tables::{MAJORITIES, REWARDS};
use crate::place::Place;

/// Known answers.
pub struct Gold {
    /// The instructions with a known answer; which of `truths` it is.
    known: Frame,
    truths: Vec<Truth>,
}

struct Truth {
    choices: Choices,
    /// The gold answers in the form that is compared, without those that are too large; any of them is right.
    answers: Vec<String>,
}

/// An instruction with a known answer.
#[derive(Serialize, Deserialize)]
struct Known {
    instruction_id: InstructionId,
    truth: u32,
}

impl Table for Known {
    const NAME: &'static str = "known";
    const SCHEMA_VERSION: u32 = 1;
}

impl Gold {
    /// Reads instructions and answers, in the files and columns that `serl eval` takes, and what the user should know
    /// about them. Of two rows with the same instruction the first counts.
    ///
    /// # Errors
    /// A file that cannot be read, lacks a column or has a bad row.
    pub fn read(path: &Path) -> Result<(Self, Vec<String>)> {
        let imported = import::problems(path, &EvalConfig::default())?;
        Ok((Self::of(&imported.rows)?, imported.notes))
    }

    fn of(problems: &[Problem]) -> Result<Self> {
        let (mut seen, mut known, mut truths) = (HashSet::new(), Vec::new(), Vec::new());
        for problem in problems {
            let instruction_id = InstructionId::of(&problem.problem);
            if seen.insert(instruction_id.clone()) {
                let truth = truths.len() as u32;
                known.push(Known { instruction_id, truth });
                truths.push(Truth::from(problem));
            }
        }
        Ok(Self {
            known: Frame::of(known)?,
            truths,
        })
    }

    /// The rows of `table` that belong to an instruction with a known answer, and whether what they have in the column
    /// `answer` is right.
    pub(super) fn judge(&self, table: &Frame, answer: &str) -> Result<(Frame, Vec<bool>)> {
        let matched = table.matched(&self.known, "instruction_id")?;
        let rows: Vec<Known> = matched.rows()?;
        let given = rows.iter().zip(matched.cells(answer));
        let right = given.map(|(known, answer)| self.truths[known.truth as usize].is(&answer));
        let right = right.collect();
        Ok((matched, right))
    }
}

impl From<&Problem> for Truth {
    fn from(problem: &Problem) -> Self {
        let choices = Choices::new(&problem.choices);
        let answers = std::iter::once(&problem.gold_answer).chain(&problem.accepted);
        let answers = answers.filter_map(|answer| choices.canonical(&gold_answer(answer)).ok());
        Self {
            answers: answers.collect(),
            choices,
        }
    }
}

impl Truth {
    /// Whether an answer is right; an empty text is none.
    fn is(&self, answer: &str) -> bool {
        let given = self.choices.canonical(answer);
        !answer.is_empty() && given.is_ok_and(|given| self.answers.contains(&given))
    }
}

/// The votes of one round, compared with known answers.
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
pub fn rows(run: &StoredRun, gold: &Gold) -> Result<Vec<AlignmentRow>> {
    let mut rows = Vec::new();
    for node in run.nodes_of(MAJORITIES.table.stage) {
        if let (Some(votes), Some(rewards)) = (run.frame(node, &MAJORITIES)?, run.frame(node, &REWARDS)?) {
            rows.push(row(&node.place, gold, &votes, &rewards)?);
        }
    }
    Ok(rows)
}

fn row(place: &Place, gold: &Gold, votes: &Frame, rewards: &Frame) -> Result<AlignmentRow> {
    let (_, labels) = gold.judge(votes, "majority")?;
    let (rewards, right) = gold.judge(rewards, "answer")?;
    let due = right.into_iter().map(|right| f64::from(u8::from(right)));
    let pairs: Vec<(f64, f64)> = rewards.numbers("reward")?.into_iter().zip(due).collect();
    let agree = pairs.iter().filter(|(given, due)| given == due);
    Ok(AlignmentRow {
        iteration: place.iteration,
        round: place.round.unwrap_or(0),
        instructions: votes.height(),
        matched: labels.len(),
        label_accuracy: share(labels.iter().filter(|&&right| right).count(), labels.len()),
        reward_accuracy: share(agree.count(), pairs.len()),
        cosine: cosine(&pairs),
    })
}

fn share(part: usize, all: usize) -> Option<f64> {
    (all > 0).then(|| part as f64 / all as f64)
}

/// `None` if one of the two is zero throughout.
fn cosine(pairs: &[(f64, f64)]) -> Option<f64> {
    let sum = |of: fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>();
    let norms = sum(|(a, _)| a * a).sqrt() * sum(|(_, b)| b * b).sqrt();
    (norms > 0.0).then(|| sum(|(a, b)| a * b) / norms)
}

impl ReportRow for AlignmentRow {
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
    use serl_artifacts::tables::Vote;
    use serl_pipeline::NodeId;

    #[test]
    fn cosines_by_hand() {
        // Two of three rewards given are due, and two of two due are given: 2 / sqrt(3 * 2).
        let pairs = [(1.0, 1.0), (1.0, 1.0), (1.0, 0.0), (0.0, 0.0)];
        assert!((cosine(&pairs).unwrap() - 2.0 / 6.0_f64.sqrt()).abs() < 1e-12);
        assert_eq!(cosine(&[(1.0, 0.0)]), None);
        assert_eq!(cosine(&[]), None);
    }

    fn problem(question: &str, answer: &str, choices: &[&str]) -> Problem {
        Problem {
            benchmark: String::new(),
            id: String::new(),
            problem: question.into(),
            gold_answer: answer.into(),
            accepted: Vec::new(),
            subject: None,
            level: None,
            choices: choices.iter().map(ToString::to_string).collect(),
        }
    }

    #[test]
    fn an_answer_is_right_by_its_canonical_form_or_its_letter() {
        let truth = |answer: &str, choices: &[&str]| Truth::from(&problem("", answer, choices));
        let half = truth("so #### 1/2", &[]);
        assert_eq!((half.is("0.5"), half.is("2"), half.is("")), (true, false, false));
        assert!(truth("B", &["up", "down"]).is("down"));
        let large = "9".repeat(5000);
        assert!(!truth(&large, &[]).is(&large));
    }

    fn vote(question: &str, majority: Option<&str>) -> Vote {
        Vote {
            instruction_id: InstructionId::of(question),
            iteration: 1,
            round: 0,
            n: 2,
            n_parsed: 2,
            n_over_budget: 0,
            n_distinct: 1,
            majority: majority.map(String::from),
            majority_canonical: None,
            majority_count: 2,
            tie: false,
            r_mean: 1.0,
            entropy: 0.0,
        }
    }

    #[derive(Serialize, Deserialize)]
    struct Rewarded {
        instruction_id: InstructionId,
        answer: Option<String>,
        reward: f32,
    }

    impl Table for Rewarded {
        const NAME: &'static str = "rewarded";
        const SCHEMA_VERSION: u32 = 1;
    }

    #[test]
    fn votes_and_rewards_of_instructions_with_a_known_answer_count() {
        let problems = [
            problem("2 / 4?", "1/2", &[]),
            problem("2 / 4?", "7", &[]),
            problem("1 + 1?", "2", &[]),
        ];
        let gold = Gold::of(&problems).unwrap();
        let votes = vec![
            vote("1 + 1?", Some("3")),
            vote("unknown", Some("2")),
            vote("2 / 4?", Some("0.5")),
        ];
        let rewarded = |question: &str, answer: Option<&str>, reward| Rewarded {
            instruction_id: InstructionId::of(question),
            answer: answer.map(String::from),
            reward,
        };
        let rewards = vec![
            rewarded("1 + 1?", Some("3"), 1.0),
            rewarded("1 + 1?", Some("2"), 0.0),
            rewarded("unknown", Some("2"), 1.0),
            rewarded("2 / 4?", Some(".5"), 1.0),
            rewarded("2 / 4?", None, 0.0),
        ];
        let place = Place::of(&NodeId::new("1/vote.0")).unwrap();
        let row = row(&place, &gold, &Frame::of(votes).unwrap(), &Frame::of(rewards).unwrap()).unwrap();
        assert_eq!((row.instructions, row.matched), (3, 2));
        assert_eq!((row.label_accuracy, row.reward_accuracy), (Some(0.5), Some(0.5)));
        // Given: 1, 0, 1, 0; due: 0, 1, 1, 0.
        assert_eq!(row.cosine.map(|cosine| (cosine * 1e9).round()), Some(0.5e9));
    }
}
