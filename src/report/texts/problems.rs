//! Held-out problems with the answers of a policy.

use std::collections::HashMap;

use anyhow::Result;
use serde::{Deserialize, Serialize};
use serl_answers::vote::{Ballot, vote};

use super::{Count, counted};
use crate::report::stored::StoredRun;
use crate::report::tables::{GOLD, GRADED};

/// A held-out problem, answered.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answered {
    /// The benchmark.
    pub benchmark: String,
    /// Id within the benchmark.
    pub id: String,
    /// Iteration of the policy.
    pub iteration: u32,
    /// The problem.
    pub problem: String,
    /// The gold answer.
    pub gold: String,
    /// Subject, if it has one.
    pub subject: Option<String>,
    /// Level, if it has one.
    pub level: Option<String>,
    /// The greedy response.
    pub text: String,
    /// Its answer.
    pub answer: Option<String>,
    /// Whether it is right.
    pub correct: bool,
    /// Sampled answers with their counts; empty if it was not sampled.
    pub answers: Vec<Count>,
    /// Sampled responses that are right.
    pub right: usize,
}

#[derive(Deserialize)]
struct Problem {
    benchmark: String,
    id: String,
    problem: String,
    gold_answer: String,
    subject: Option<String>,
    level: Option<String>,
}

#[derive(Deserialize)]
struct Graded {
    benchmark: String,
    problem_id: String,
    greedy: bool,
    text: String,
    answer: Option<String>,
    canonical: Option<String>,
    correct: bool,
}

/// The problems that the policy of an iteration answered, in the order of the data file.
///
/// # Errors
/// A table that cannot be read.
pub fn problems(run: &StoredRun, iteration: u32) -> Result<Vec<Answered>> {
    let problems: Vec<Problem> = match run.input(&GOLD)? {
        Some(frame) => frame.rows()?,
        None => Vec::new(),
    };
    let mut graded: HashMap<(String, String), Vec<Graded>> = HashMap::new();
    for row in run.rows_of::<Graded>(iteration, &GRADED)? {
        let id = (row.benchmark.clone(), row.problem_id.clone());
        graded.entry(id).or_default().push(row);
    }
    let answered = problems.into_iter().filter_map(|problem| {
        let of = graded.remove(&(problem.benchmark.clone(), problem.id.clone()))?;
        answered(problem, &of, iteration)
    });
    Ok(answered.collect())
}

fn answered(problem: Problem, graded: &[Graded], iteration: u32) -> Option<Answered> {
    let greedy = graded.iter().find(|row| row.greedy)?;
    let sampled: Vec<&Graded> = graded.iter().filter(|row| !row.greedy).collect();
    let ballot = |row: &&Graded| {
        let (answer, canonical) = row.answer.clone().zip(row.canonical.clone())?;
        Some(Ballot { answer, canonical })
    };
    let ballots: Vec<Option<Ballot>> = sampled.iter().map(ballot).collect();
    let majority = vote(&ballots).majority.map(|majority| majority.canonical);
    let answers = sampled
        .iter()
        .map(|row| (row.answer.as_deref(), row.canonical.as_deref()));
    Some(Answered {
        answers: counted(answers, majority.as_deref()),
        right: sampled.iter().filter(|row| row.correct).count(),
        benchmark: problem.benchmark,
        id: problem.id,
        iteration,
        problem: problem.problem,
        gold: problem.gold_answer,
        subject: problem.subject,
        level: problem.level,
        text: greedy.text.clone(),
        answer: greedy.answer.clone(),
        correct: greedy.correct,
    })
}
