//! Instructions that were voted on.

use std::collections::HashMap;

use anyhow::Result;
use serde::{Deserialize, Serialize};

use super::{Count, Sample, counted};
use crate::report::stored::StoredRun;
use crate::report::tables::{ASKED, JUDGED, REASONS, TOLD, VOTED};

/// An instruction with the responses to it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Voted {
    /// Its id.
    pub id: String,
    /// The iteration.
    pub iteration: u32,
    /// The round.
    pub round: u32,
    /// Its text.
    pub text: String,
    /// Responses.
    pub n: u32,
    /// The majority answer as written.
    pub majority: Option<String>,
    /// Whether another answer had as many votes.
    pub tie: bool,
    /// Mean reward of its responses.
    pub r_mean: f64,
    /// Entropy of its answers, in nats.
    pub entropy: f64,
    /// What the difficulty filter decided; none before training.
    pub reason: Option<String>,
    /// Its answers with their counts.
    pub answers: Vec<Count>,
    /// A response with the largest reward; none if nothing is rewarded.
    pub agreeing: Option<Sample>,
    /// A response with a smaller reward; none if all are alike.
    pub disagreeing: Option<Sample>,
}

impl Voted {
    /// What became of it, in words.
    pub fn fate(&self) -> &str {
        match self.reason.as_deref() {
            Some("selected") => "trained on",
            Some("too_easy") => "too easy",
            Some("too_hard") => "too hard",
            Some("no_majority") => "no majority",
            Some(other) => other,
            None => "not trained yet",
        }
    }
}

/// An order of instructions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Order {
    /// As they were voted on
    #[default]
    Voted,
    /// By r_mean, the smallest first
    RMean,
    /// By the entropy of their answers, the largest first
    Disagreement,
    /// By the length of their text, the shortest first
    Length,
}

impl Order {
    /// Puts `voted` in this order.
    pub fn sort(self, voted: &mut [Voted]) {
        match self {
            Self::Voted => {}
            Self::RMean => voted.sort_by(|a, b| a.r_mean.total_cmp(&b.r_mean)),
            Self::Disagreement => voted.sort_by(|a, b| b.entropy.total_cmp(&a.entropy)),
            Self::Length => voted.sort_by_key(|one| one.text.chars().count()),
        }
    }
}

#[derive(Deserialize)]
struct Vote {
    instruction_id: String,
    round: u32,
    n: u32,
    majority: Option<String>,
    majority_canonical: Option<String>,
    tie: bool,
    r_mean: f32,
    entropy: f32,
}

#[derive(Deserialize)]
struct Prompt {
    instruction_id: String,
    instruction: String,
}

#[derive(Deserialize)]
struct Response {
    instruction_id: String,
    sample: u32,
    text: String,
}

#[derive(Deserialize)]
struct Judged {
    instruction_id: String,
    sample: u32,
    answer: Option<String>,
    canonical: Option<String>,
    reward: Option<f32>,
}

#[derive(Deserialize)]
struct Decision {
    instruction_id: String,
    reason: String,
}

/// The instructions that an iteration voted on, in order.
///
/// # Errors
/// A table that cannot be read.
pub fn votes(run: &StoredRun, iteration: u32) -> Result<Vec<Voted>> {
    let prompts: Vec<Prompt> = run.rows_of(iteration, &TOLD)?;
    let texts: HashMap<String, String> = prompts
        .into_iter()
        .map(|row| (row.instruction_id, row.instruction))
        .collect();
    let decisions: Vec<Decision> = run.rows_of(iteration, &REASONS)?;
    let reasons: HashMap<String, String> = decisions
        .into_iter()
        .map(|row| (row.instruction_id, row.reason))
        .collect();
    let responses: Vec<Response> = run.rows_of(iteration, &ASKED)?;
    let responses: HashMap<(&str, u32), &str> = responses
        .iter()
        .map(|row| ((row.instruction_id.as_str(), row.sample), row.text.as_str()))
        .collect();
    let mut judged: HashMap<String, Vec<Judged>> = HashMap::new();
    for row in run.rows_of::<Judged>(iteration, &JUDGED)? {
        judged.entry(row.instruction_id.clone()).or_default().push(row);
    }
    let votes: Vec<Vote> = run.rows_of(iteration, &VOTED)?;
    let voted = votes.into_iter().map(|vote| {
        let id = vote.instruction_id;
        let of = judged.remove(&id).unwrap_or_default();
        let answers = of.iter().map(|row| (row.answer.as_deref(), row.canonical.as_deref()));
        let sample = |row: &Judged| Sample {
            sample: row.sample,
            text: responses
                .get(&(id.as_str(), row.sample))
                .map(ToString::to_string)
                .unwrap_or_default(),
            answer: row.answer.clone(),
        };
        let (agreeing, disagreeing) = ends(&of);
        Voted {
            iteration,
            round: vote.round,
            text: texts.get(&id).cloned().unwrap_or_default(),
            n: vote.n,
            majority: vote.majority,
            tie: vote.tie,
            r_mean: f64::from(vote.r_mean),
            entropy: f64::from(vote.entropy),
            reason: reasons.get(&id).cloned(),
            answers: counted(answers, vote.majority_canonical.as_deref()),
            agreeing: agreeing.map(sample),
            disagreeing: disagreeing.map(sample),
            id: id.clone(),
        }
    });
    Ok(voted.collect())
}

/// The first response with the largest reward and, if it has less, the first with the smallest.
fn ends(judged: &[Judged]) -> (Option<&Judged>, Option<&Judged>) {
    let reward = |row: &&Judged| row.reward.unwrap_or(0.0);
    // Of equal ones, `max_by` takes the last and `min_by` the first.
    let best = judged.iter().rev().max_by(|a, b| reward(a).total_cmp(&reward(b)));
    let worst = judged.iter().min_by(|a, b| reward(a).total_cmp(&reward(b)));
    let best = best.filter(|row| reward(row) > 0.0);
    let least = best.as_ref().map_or(f32::INFINITY, reward);
    (best, worst.filter(|row| reward(row) < least))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(rewards: &[Option<f32>]) -> Vec<Judged> {
        let row = |(sample, reward): (u32, &Option<f32>)| Judged {
            instruction_id: String::new(),
            sample,
            answer: None,
            canonical: None,
            reward: *reward,
        };
        (0..).zip(rewards).map(row).collect()
    }

    #[test]
    fn one_response_agrees_and_one_does_not() {
        let of = |rewards: &[Option<f32>]| {
            let judged = judged(rewards);
            let (best, worst) = ends(&judged);
            (best.map(|row| row.sample), worst.map(|row| row.sample))
        };
        assert_eq!(of(&[Some(0.0), Some(1.0), Some(1.0), Some(0.0)]), (Some(1), Some(0)));
        assert_eq!(of(&[Some(0.4), Some(0.8), Some(0.2)]), (Some(1), Some(2)));
        assert_eq!(of(&[Some(1.0), Some(1.0)]), (Some(0), None));
        assert_eq!(of(&[None, None]), (None, Some(0)));
        assert_eq!(of(&[]), (None, None));
    }
}
