//! Held-out problems whose greedy answer became right or wrong.

use std::collections::HashMap;

use anyhow::Result;
use serde::Serialize;

use super::problems::{Answered, problems};
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
    Ok(between(problems(before.0, before.1)?, problems(after.0, after.1)?))
}

fn between(before: Vec<Answered>, after: Vec<Answered>) -> Vec<Flip> {
    let id = |row: &Answered| (row.benchmark.clone(), row.id.clone());
    let first: HashMap<(String, String), Answered> = before.into_iter().map(|row| (id(&row), row)).collect();
    let flip = |now: Answered| {
        let then = first.get(&id(&now)).filter(|then| then.correct != now.correct)?;
        Some(Flip {
            benchmark: now.benchmark,
            id: now.id,
            problem: now.problem,
            gold: now.gold,
            gained: now.correct,
            before: then.text.clone(),
            after: now.text,
        })
    };
    let mut flips: Vec<Flip> = after.into_iter().filter_map(flip).collect();
    flips.sort_by_key(|flip| !flip.gained);
    flips
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(id: &str, text: &str, correct: bool) -> Answered {
        Answered {
            benchmark: "b".to_owned(),
            id: id.to_owned(),
            iteration: 0,
            problem: format!("problem {id}"),
            gold: "7".to_owned(),
            subject: None,
            level: None,
            text: text.to_owned(),
            answer: None,
            correct,
            answers: Vec::new(),
            right: 0,
        }
    }

    #[test]
    fn what_became_right_comes_before_what_became_wrong() {
        let before = [("lost", true), ("kept", true), ("gained", false), ("gone", true)];
        let before = before.map(|(id, correct)| answered(id, "before", correct)).to_vec();
        let after = [("lost", false), ("kept", true), ("gained", true), ("new", true)];
        let after = after.map(|(id, correct)| answered(id, "after", correct)).to_vec();
        let flips = between(before, after);
        let told: Vec<(&str, bool)> = flips.iter().map(|flip| (flip.id.as_str(), flip.gained)).collect();
        assert_eq!(told, [("gained", true), ("lost", false)]);
        assert_eq!((flips[0].before.as_str(), flips[0].after.as_str()), ("before", "after"));
    }
}
