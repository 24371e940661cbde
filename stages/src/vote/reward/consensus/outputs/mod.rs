//! Answers that are code mean the same if they give the same outputs on generated inputs (as AlphaCode clusters its
//! samples, Li et al. 2022, arXiv 2203.07814).
//!
//! ```text
//! response ──> code ──> signature ─┐
//!                  │               ├─> inputs ──> outcomes in a sandbox ──> likeness
//!                  └───────────────┘
//! ```

mod code;
mod inputs;
mod process;
mod sandbox;
mod signature;
#[cfg_attr(not(target_os = "linux"), path = "no_walls.rs")]
mod walls;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use serl_artifacts::InstructionId;
use serl_pipeline::Headway;
use serl_random::Place;

use super::likeness::{Alike, Likeness, Question};
use crate::error::StageError;
use crate::sampling::work::Work;
use crate::stage::at::At;
use inputs::inputs;
pub(super) use process::Interpreter;
use signature::{Signature, common};

/// Lines that a call may execute. A count ends an endless loop always at the same place, which a clock does not.
const STEPS: u32 = 200_000;

/// The value of a function that returns nothing, and of a program that prints nothing.
const NOTHING: &str = "None";
/// How often it is looked whether the user wants to stop.
const LOOK: Duration = Duration::from_millis(5);

/// Runs the answers, and compares what comes out.
pub(super) struct Outputs {
    pub(super) interpreter: Interpreter,
    /// Inputs per instruction.
    pub(super) inputs: u32,
}

/// What becomes of an answer on an input.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    /// A value, as a text that is equal for equal values.
    Value(String),
    /// An exception, a limit.
    Error(String),
}

impl Outcome {
    fn value(&self) -> Option<&str> {
        match self {
            Self::Value(value) => Some(value),
            Self::Error(_) => None,
        }
    }
}

impl Likeness for Outputs {
    fn of(&self, _at: At, questions: &[Question<'_>], work: &dyn Work) -> Result<Alike, StageError> {
        let mut alike = Vec::with_capacity(questions.len());
        for question in questions {
            alike.push(likeness(&self.outcomes(question, work)?));
            work.progress(&Headway::of(alike.len() as u64, questions.len() as u64, "instructions"));
        }
        Ok(alike)
    }
}

impl Outputs {
    /// The outcomes of each answer to a question, one per input; none of an answer that is no code.
    fn outcomes(&self, question: &Question<'_>, work: &dyn Work) -> Result<Vec<Vec<Outcome>>, StageError> {
        let codes: Vec<String> = question.texts.iter().map(|text| code::code(text)).collect();
        let describe = |code: &String, stop: &AtomicBool| {
            let task = json!({"code": code, "instruction": question.instruction});
            let described = self.interpreter.results(&task, stop)?.pop();
            Ok(described.and_then(|described| serde_json::from_value::<Signature>(described).ok()))
        };
        let signatures: Vec<Option<Signature>> = in_parallel(&codes, describe, work)?;
        let known: Vec<Signature> = signatures.iter().flatten().cloned().collect();
        let id = InstructionId::of(question.instruction).to_string();
        let seed = Place::new(0, "inputs").at(&id).seed();
        let inputs = inputs(&common(&known), self.inputs as usize, seed);
        let run = |(code, signature): &(&String, &Option<Signature>), stop: &AtomicBool| {
            let Some(signature) = signature else {
                return Ok(Vec::new());
            };
            let task = json!({"code": code, "name": signature.name, "inputs": inputs, "steps": STEPS});
            let results = self.interpreter.results(&task, stop)?;
            Ok(results.into_iter().map_while(outcome).collect())
        };
        let both: Vec<_> = codes.iter().zip(&signatures).collect();
        in_parallel(&both, run, work)
    }
}

/// Does something with all items, as many at once as there are cores, and stops it when the user wants to. Its threads
/// are not those that compute, since they wait for other processes.
fn in_parallel<T: Sync, R: Send>(
    items: &[T],
    action: impl Fn(&T, &AtomicBool) -> Result<R, StageError> + Sync,
    work: &dyn Work,
) -> Result<Vec<R>, StageError> {
    let (stop, next) = (AtomicBool::new(false), AtomicUsize::new(0));
    let (send, received) = channel();
    let run = |send: Sender<_>| {
        while !stop.load(Ordering::Relaxed) {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(index) else {
                return;
            };
            // Nobody receives it once the work has ended early.
            drop(send.send((index, action(item, &stop))));
        }
    };
    let run = &run;
    thread::scope(|scope| {
        for _ in 0..rayon::current_num_threads().min(items.len()) {
            let send = send.clone();
            scope.spawn(move || run(send));
        }
        drop(send);
        let results = receive(items.len(), &received, work);
        stop.store(true, Ordering::Relaxed);
        results
    })
}

/// All results in their order, or the first error.
fn receive<R>(
    count: usize,
    received: &Receiver<(usize, Result<R, StageError>)>,
    work: &dyn Work,
) -> Result<Vec<R>, StageError> {
    let mut results: Vec<Option<R>> = (0..count).map(|_| None).collect();
    loop {
        work.check_cancelled()?;
        match received.recv_timeout(LOOK) {
            Ok((index, result)) => results[index] = Some(result?),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Ok(results.into_iter().flatten().collect()),
        }
    }
}

fn outcome(result: Value) -> Option<Outcome> {
    serde_json::from_value(result).ok()
}

/// How alike answers are: the share of inputs on which both return the same. The inputs are those on which at least
/// half of the answers return anything that do so at all: the others are not meant by the instruction, such as a text
/// for a function of numbers. An answer that returns nothing on any of them is like nothing, not even itself.
fn likeness(outcomes: &[Vec<Outcome>]) -> Vec<Vec<f64>> {
    let value = |answer: usize, input: usize| outcomes[answer].get(input).and_then(Outcome::value);
    let most = outcomes.iter().map(Vec::len).max().unwrap_or(0);
    let returning = |answers: &[usize], input: usize| answers.iter().filter(|&&a| value(a, input).is_some()).count();
    let working: Vec<usize> = (0..outcomes.len())
        .filter(|&answer| outcomes[answer].iter().any(|outcome| outcome.value().is_some()))
        .collect();
    let meant: Vec<usize> = (0..most)
        .filter(|&input| returning(&working, input) > 0 && 2 * returning(&working, input) >= working.len())
        .collect();
    let same = |a: usize, b: usize| {
        let equal = meant
            .iter()
            .filter(|&&input| value(a, input).is_some() && value(a, input) == value(b, input));
        equal.count() as f64 / meant.len().max(1) as f64
    };
    let works = |answer: usize| {
        meant
            .iter()
            .any(|&input| value(answer, input).is_some_and(|value| value != NOTHING))
    };
    let alike = |a: usize, b: usize| match a == b {
        true => f64::from(u8::from(works(a))),
        false => same(a, b),
    };
    (0..outcomes.len())
        .map(|a| (0..outcomes.len()).map(|b| alike(a, b)).collect())
        .collect()
}

#[cfg(test)]
mod tests;
