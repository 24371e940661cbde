//! What the held-out problems say, without their answers: which majorities changed, which responses are worked out, and
//! which instructions repeat a problem.

use std::collections::HashMap;

use anyhow::Result;
use regex::Regex;
use serde::Deserialize;
use serl_answers::vote::{Ballot, vote};
use serl_stages::filter::nearest_rouge_l;

use super::row::WarningRow;
use super::votes::share;
use crate::report::stored::StoredRun;
use crate::report::tables::{KEPT_TEXTS, PROBE, PROBLEMS, TEXTS};

/// ROUGE-L from which an instruction is near a problem, as the filter of SeRL has it.
const NEAR: f32 = 0.7;

/// The majority answer to each sampled problem, in canonical form; none without any answer.
#[derive(Default)]
pub(super) struct Majorities(HashMap<(String, String), Option<String>>);

#[derive(Deserialize)]
struct Sample {
    benchmark: String,
    problem_id: String,
    greedy: bool,
    answer: Option<String>,
    canonical: Option<String>,
}

impl Majorities {
    pub(super) fn of(run: &StoredRun, iteration: u32) -> Result<Self> {
        let Some(table) = run.frame_of(iteration, &PROBE)? else {
            return Ok(Self::default());
        };
        let mut ballots: HashMap<(String, String), Vec<Option<Ballot>>> = HashMap::new();
        for sample in table.rows::<Sample>()?.into_iter().filter(|sample| !sample.greedy) {
            let ballot = sample.answer.zip(sample.canonical);
            let ballot = ballot.map(|(answer, canonical)| Ballot { answer, canonical });
            ballots
                .entry((sample.benchmark, sample.problem_id))
                .or_default()
                .push(ballot);
        }
        let majority = |ballots: Vec<Option<Ballot>>| vote(&ballots).majority.map(|majority| majority.canonical);
        Ok(Self(
            ballots
                .into_iter()
                .map(|(id, ballots)| (id, majority(ballots)))
                .collect(),
        ))
    }

    /// The share of the problems in both whose majority changed.
    pub(super) fn flips(&self, before: &Self) -> Option<f64> {
        let both = self.0.iter().filter_map(|(id, now)| Some((now, before.0.get(id)?)));
        share(both, |(now, then)| now != then)
    }
}

/// The greedy responses that are worked out.
pub(super) struct Worked {
    share: Option<f64>,
    pass_at_1: Option<f64>,
}

#[derive(Deserialize)]
struct Response {
    greedy: bool,
    text: String,
    correct: bool,
}

impl Worked {
    pub(super) fn of(run: &StoredRun, iteration: u32, pattern: &Regex) -> Result<Self> {
        let responses = run.frame_of(iteration, &TEXTS)?.map(|table| table.rows::<Response>());
        let mut greedy = responses.transpose()?.unwrap_or_default();
        greedy.retain(|response| response.greedy);
        let worked = |response: &&Response| pattern.is_match(&response.text);
        Ok(Self {
            share: share(&greedy, worked),
            pass_at_1: share(greedy.iter().filter(worked), |response| response.correct),
        })
    }

    pub(super) fn fill(self, row: &mut WarningRow) {
        row.worked_share = self.share;
        row.worked_pass_at_1 = self.pass_at_1;
    }
}

/// The kept instructions that repeat a held-out problem.
#[derive(Default)]
pub(super) struct Repeats {
    same: Option<usize>,
    near: Option<usize>,
}

#[derive(Deserialize)]
struct Kept {
    text: String,
    kept: bool,
}

impl Repeats {
    pub(super) fn of(run: &StoredRun, iteration: u32) -> Result<Self> {
        let (kept, problems) = (run.frame_of(iteration, &KEPT_TEXTS)?, run.input(&PROBLEMS)?);
        let (Some(kept), Some(problems)) = (kept, problems) else {
            return Ok(Self::default());
        };
        let kept: Vec<Kept> = kept.rows()?;
        let kept: Vec<&str> = kept
            .iter()
            .filter(|row| row.kept)
            .map(|row| row.text.as_str())
            .collect();
        let problems = problems.cells("problem");
        let problems: Vec<&str> = problems.iter().map(String::as_str).collect();
        let nearest = nearest_rouge_l(&problems, &kept);
        let count = |least: f32| nearest.iter().filter(|&&rouge_l| rouge_l >= least).count();
        Ok(Self {
            same: Some(count(1.0)),
            near: Some(count(NEAR)),
        })
    }

    pub(super) fn fill(self, row: &mut WarningRow) {
        row.repeated_problems = self.same;
        row.near_problems = self.near;
    }
}
