//! Held-out problems whose greedy answer became right or wrong.

use std::collections::HashMap;

use anyhow::Result;
use serde::Serialize;

use super::problems::problems;
use crate::report::stored::StoredRun;

/// A problem that one of two policies answers right.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Flip {
    /// The benchmark.
    pub benchmark: String,
    /// Id within the benchmark.
    pub id: String,
    /// The problem.
    pub problem: String,
    /// The gold answer.
    pub gold: String,
    /// Whether the second policy has it right, and the first has not.
    pub gained: bool,
    /// The greedy response of the first policy.
    pub before: String,
    /// The greedy response of the second one.
    pub after: String,
}

/// The problems that only one of two policies answers right, each the policy of an iteration of a run: those gained
/// first.
///
/// # Errors
/// A table that cannot be read.
pub fn flips(before: (&StoredRun, u32), after: (&StoredRun, u32)) -> Result<Vec<Flip>> {
    let first = problems(before.0, before.1)?.into_iter();
    let first: HashMap<(String, String), _> = first
        .map(|row| ((row.benchmark.clone(), row.id.clone()), row))
        .collect();
    let mut flips: Vec<Flip> = Vec::new();
    for now in problems(after.0, after.1)? {
        let Some(then) = first.get(&(now.benchmark.clone(), now.id.clone())) else {
            continue;
        };
        if then.correct != now.correct {
            flips.push(Flip {
                benchmark: now.benchmark,
                id: now.id,
                problem: now.problem,
                gold: now.gold,
                gained: now.correct,
                before: then.text.clone(),
                after: now.text,
            });
        }
    }
    flips.sort_by_key(|flip| !flip.gained);
    Ok(flips)
}
