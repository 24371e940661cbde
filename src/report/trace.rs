//! The lineage of one instruction: who wrote it from what, what became of it, and what was written from it.

use std::collections::BTreeMap;

use anyhow::Result;
use serde::{Deserialize, Serialize};
use textwrap::{Options, wrap};

use super::stored::StoredRun;
use super::tables::{SEEDS, TOLD, WRITTEN};
use super::texts::{Candidate, Told, Voted, candidates, votes};
use crate::failure::Mistake;

/// The digits that a prefix of an id must have.
const FEWEST: usize = 4;
/// Descendants that are shown.
const SHOWN: usize = 8;

/// An instruction by id and text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Named {
    /// Its id.
    pub id: String,
    /// The iteration that wrote it; 0 for a seed.
    pub iteration: u32,
    /// Its text.
    pub text: String,
}

/// How an instruction was written.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Origin {
    /// The iteration.
    pub iteration: u32,
    /// The policy that wrote it, by the iteration that trained it; 0 for the untouched one.
    pub policy: u32,
    /// The completion, an id within the iteration.
    pub completion: Option<String>,
    /// The examples in its prompt.
    pub few_shot: Vec<Named>,
}

/// Everything that a run knows about an instruction.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trace {
    /// Its id.
    pub id: String,
    /// Its text.
    pub text: String,
    /// Whether it is a seed.
    pub seed: bool,
    /// How it was written, once for each time.
    pub origins: Vec<Origin>,
    /// What the filter said.
    pub verdicts: Vec<Candidate>,
    /// The votes on it.
    pub votes: Vec<Voted>,
    /// Instructions in whose prompts it was an example.
    pub descendants: Vec<Named>,
}

#[derive(Deserialize)]
struct Written {
    id: String,
    text: String,
    few_shot: Vec<String>,
    completion_id: Option<String>,
}

#[derive(Deserialize)]
struct Seed {
    id: String,
    text: String,
}

#[derive(Deserialize)]
struct Asked {
    instruction_id: String,
    instruction: String,
}

/// What `run` knows about the instruction whose id begins with `prefix`.
///
/// # Errors
/// No instruction or several have such an id, or a table that cannot be read.
pub fn of(run: &StoredRun, prefix: &str) -> Result<Trace> {
    let (known, written) = known(run)?;
    let id = find(&known, prefix, run.name())?;
    let mut trace = Trace {
        text: known[&id].text.clone(),
        seed: known[&id].iteration == 0,
        origins: Vec::new(),
        verdicts: Vec::new(),
        votes: Vec::new(),
        descendants: Vec::new(),
        id,
    };
    trace.origins = origins(&trace.id, &known, &written);
    for row in written
        .values()
        .flatten()
        .filter(|row| row.few_shot.contains(&trace.id))
    {
        trace.descendants.extend(known.get(&row.id).cloned());
    }
    for node in run.iterations() {
        let verdicts = candidates(run, node)?;
        trace
            .verdicts
            .extend(verdicts.into_iter().filter(|row| row.id == trace.id));
        trace
            .votes
            .extend(votes(run, node)?.into_iter().filter(|row| row.id == trace.id));
    }
    Ok(trace)
}

/// How each of these instructions was written; a seed has no origin.
///
/// # Errors
/// A table that cannot be read.
pub fn origins_of(run: &StoredRun, ids: &[&str]) -> Result<Vec<Vec<Origin>>> {
    let (known, written) = known(run)?;
    Ok(ids.iter().map(|id| origins(id, &known, &written)).collect())
}

fn origins(id: &str, known: &Known, written: &BTreeMap<u32, Vec<Written>>) -> Vec<Origin> {
    let named = |id: &String| known.get(id).cloned();
    let of = |(&iteration, rows): (&u32, &Vec<Written>)| {
        let rows = rows.iter().filter(|row| row.id == id);
        let origin = |row: &Written| Origin {
            iteration,
            policy: iteration - 1,
            completion: row.completion_id.clone(),
            few_shot: row.few_shot.iter().filter_map(named).collect(),
        };
        rows.map(origin).collect::<Vec<_>>()
    };
    written.iter().flat_map(of).collect()
}

type Known = BTreeMap<String, Named>;

/// All instructions by id, and those that were written by iteration.
fn known(run: &StoredRun) -> Result<(Known, BTreeMap<u32, Vec<Written>>)> {
    let mut known = Known::new();
    if let Some(seeds) = run.input(&SEEDS)? {
        for Seed { id, text } in seeds.rows()? {
            known.insert(id.clone(), Named { id, iteration: 0, text });
        }
    }
    let mut written = BTreeMap::new();
    for iteration in run.iterations() {
        let new: Vec<Written> = run.rows_of(iteration, &WRITTEN)?;
        for row in &new {
            let named = Named {
                id: row.id.clone(),
                iteration,
                text: row.text.clone(),
            };
            known.entry(row.id.clone()).or_insert(named);
        }
        written.insert(iteration, new);
        // Those of a run on seeds are known by their votes alone.
        for Asked {
            instruction_id,
            instruction,
        } in run.rows_of(iteration, &TOLD)?
        {
            let named = Named {
                id: instruction_id.clone(),
                iteration: 0,
                text: instruction,
            };
            known.entry(instruction_id).or_insert(named);
        }
    }
    Ok((known, written))
}

fn find(known: &Known, prefix: &str, run: &str) -> Result<String> {
    let prefix = prefix.to_ascii_lowercase();
    let found: Vec<&String> = known
        .keys()
        .filter(|id| id.starts_with(&prefix))
        .take(FEWEST + 1)
        .collect();
    match found.as_slice() {
        [id] => Ok((*id).clone()),
        [] => {
            let text = format!("no instruction of run `{run}` has an id that begins with `{prefix}`");
            Err(Mistake::new(text, "`serl show` prints the ids of instructions").into())
        }
        several => {
            let several: Vec<&str> = several.iter().map(|id| id.as_str()).collect();
            let text = format!("several ids begin with `{prefix}`");
            Err(Mistake::new(text, format!("give more digits: {}", several.join(", "))).into())
        }
    }
}

impl Told for Trace {
    fn told(&self, width: usize) -> String {
        let what = if self.seed { "a seed" } else { "written by the policy" };
        let mut parts = vec![format!("{}  {what}\n{}", self.id, indented(&self.text, width))];
        for origin in &self.origins {
            let completion = origin.completion.as_deref().unwrap_or("-");
            let head = format!(
                "written in iteration {}, by the policy of iteration {} in completion {completion}, after",
                origin.iteration, origin.policy
            );
            parts.push(list(&head, &origin.few_shot, origin.few_shot.len(), width));
        }
        parts.extend(
            self.verdicts
                .iter()
                .map(|verdict| format!("filter\n{}", verdict.told(width))),
        );
        parts.extend(self.votes.iter().map(|vote| format!("vote\n{}", vote.told(width))));
        if self.descendants.is_empty() {
            parts.push("no instruction was written after it as an example".to_owned());
        } else {
            let head = format!("an example for {} later instructions", self.descendants.len());
            parts.push(list(&head, &self.descendants, SHOWN, width));
        }
        parts.join("\n\n")
    }
}

fn indented(text: &str, width: usize) -> String {
    wrap(text, Options::new(width).initial_indent("  ").subsequent_indent("  ")).join("\n")
}

/// `head`, and at most `shown` of `instructions` below it.
fn list(head: &str, instructions: &[Named], shown: usize, width: usize) -> String {
    let mut lines = wrap(head, width).into_iter().map(String::from).collect::<Vec<_>>();
    for named in instructions.iter().take(shown) {
        let origin = if named.iteration == 0 {
            "seed".to_owned()
        } else {
            named.iteration.to_string()
        };
        let first = format!("  {}  {origin:<4}  ", named.id);
        let rest = " ".repeat(first.len());
        lines.extend(
            wrap(
                &named.text,
                Options::new(width).initial_indent(&first).subsequent_indent(&rest),
            )
            .into_iter()
            .map(String::from),
        );
    }
    if instructions.len() > shown {
        lines.push(format!("  and {} more", instructions.len() - shown));
    }
    lines.join("\n")
}
