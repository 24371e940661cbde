//! The responses that were voted on: one row per round, or one per response.

use anyhow::Result;
use serde::{Deserialize, Serialize};

use super::frame::{Frame, Quartiles};
use super::query::{Chosen, Query, Rows};
use super::show::{ReportRow, number, or_dash, percent};
use super::spark::histogram;
use super::stored::{StoredNode, StoredRun};
use super::tables::{ENDINGS, JUDGEMENTS, LENGTHS, RESPONSES, VERDICT};

/// Bins of the histogram of lengths.
pub const BINS: usize = 8;
/// The column of lengths that takes the place of the tokens.
const TOKENS: &str = "tokens";
/// The column of the run's name, where there are several.
const RUN: &str = "run";

/// The responses of one round.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RolloutsRow {
    /// Iteration, counted from 1.
    pub iteration: u32,
    /// Round, counted from 0.
    pub round: u32,
    /// Responses.
    pub responses: usize,
    /// Their tokens in all.
    pub tokens: u64,
    /// Quartiles of the tokens of a response.
    #[serde(flatten)]
    pub quartiles: Option<Quartiles>,
    /// Tokens of the longest response.
    pub longest: u32,
    /// Responses by length, in equal bins from 0 to the longest one.
    pub histogram: [usize; BINS],
    /// Share that reached the limit of new tokens.
    pub truncated: f64,
    /// Share with an answer that can be compared; none before the vote.
    pub parsed: Option<f64>,
    /// Mean reward of those that have one; none before the vote.
    pub reward: Option<f64>,
}

/// The rows of a run.
///
/// # Errors
/// A table that cannot be read.
pub fn rows(run: &StoredRun) -> Result<Vec<RolloutsRow>> {
    let mut rows = Vec::new();
    for node in run.nodes_of(LENGTHS.table.stage) {
        if let (Some(lengths), Some(endings)) = (run.frame(node, &LENGTHS)?, run.frame(node, &ENDINGS)?) {
            let judged = run.frame_at(node.place.iteration, node.place.round, &VERDICT)?;
            rows.push(row(node, &lengths, &endings, judged.as_ref())?);
        }
    }
    Ok(rows)
}

fn row(node: &StoredNode, lengths: &Frame, endings: &Frame, judged: Option<&Frame>) -> Result<RolloutsRow> {
    let lengths = lengths.with_lengths("output_tokens", TOKENS)?;
    let share = |frame: &Frame, column: &str, value: &str| -> Result<f64> {
        let counts = frame.counts(column)?;
        let n = counts.iter().find(|(known, _)| known == value).map_or(0, |(_, n)| *n);
        Ok(n as f64 / frame.height().max(1) as f64)
    };
    let tokens = lengths.numbers(TOKENS)?;
    let longest = tokens.iter().copied().fold(0.0, f64::max);
    let mut bins = [0; BINS];
    for length in &tokens {
        let bin = (length / f64::max(longest, 1.0) * BINS as f64) as usize;
        bins[bin.min(BINS - 1)] += 1;
    }
    Ok(RolloutsRow {
        iteration: node.place.iteration,
        round: node.place.round.unwrap_or(0),
        responses: tokens.len(),
        tokens: tokens.iter().sum::<f64>() as u64,
        quartiles: lengths.quartiles(TOKENS)?,
        longest: longest as u32,
        histogram: bins,
        truncated: share(endings, "finish", "length")?,
        parsed: judged
            .map(|judged| share(judged, "parse_status", "parsed"))
            .transpose()?,
        reward: judged.map(|judged| judged.mean("reward")).transpose()?.flatten(),
    })
}

impl ReportRow for RolloutsRow {
    fn header(_: &[Self]) -> Vec<String> {
        let fixed = [
            "iteration",
            "round",
            "responses",
            "tokens",
            "q1",
            "median",
            "q3",
            "max",
            "0 tokens max",
            "truncated",
            "parsed",
            "reward",
        ];
        fixed.map(String::from).to_vec()
    }

    fn dispensable() -> &'static [&'static str] {
        &["tokens", "q1", "q3", "responses", "max", "parsed"]
    }

    fn cells(&self) -> Vec<String> {
        let quartile = |pick: fn(Quartiles) -> f64| or_dash(self.quartiles, |q| number(pick(q), 0));
        vec![
            self.iteration.to_string(),
            self.round.to_string(),
            self.responses.to_string(),
            self.tokens.to_string(),
            quartile(|q| q.q1),
            quartile(|q| q.median),
            quartile(|q| q.q3),
            self.longest.to_string(),
            histogram(&self.histogram),
            percent(self.truncated),
            or_dash(self.parsed, percent),
            or_dash(self.reward, |reward| number(reward, 3)),
        ]
    }
}

/// A response that was voted on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rollout {
    /// Iteration, counted from 1.
    pub iteration: u32,
    /// Round, counted from 0.
    pub round: u32,
    /// The instruction.
    pub instruction_id: String,
    /// Number of the response among those to its instruction, from 0.
    pub sample: u32,
    /// Its tokens.
    pub tokens: u32,
    /// `stop`, or `length` if it reached the limit of new tokens.
    pub finish: String,
    /// Whether an answer was read: `parsed`, `no_answer` or `over_budget`.
    pub parse_status: Option<String>,
    /// How the answer was found.
    pub method: Option<String>,
    /// The answer as written.
    pub answer: Option<String>,
    /// Its reward.
    pub reward: Option<f32>,
    /// The response.
    pub text: String,
}

/// The responses of `runs` that a query chooses.
///
/// # Errors
/// A table that cannot be read, or a query that does not fit.
pub fn each(runs: &[StoredRun], query: &Query) -> Result<Chosen<Rows<Rollout>>> {
    let mut all: Option<Frame> = None;
    for run in runs {
        for node in run.nodes_of(RESPONSES.table.stage) {
            let Some(mut frame) = responses(run, node)? else {
                continue;
            };
            if runs.len() > 1 {
                frame = frame.with_text(RUN, run.name())?;
            }
            all = Some(match all {
                Some(all) => all.above(&frame)?,
                None => frame,
            });
        }
    }
    let Some(all) = all else {
        return Ok(Chosen::none());
    };
    let chosen = query.choose(&all)?;
    let rows = all.take(&chosen.rows)?;
    let columns = all.columns().into_iter().map(|(name, _)| name).collect();
    Ok(Chosen {
        rows: Rows::labelled(rows.cells(RUN), rows.rows()?, columns),
        of: chosen.of,
    })
}

/// The responses of a node with what the vote made of them.
fn responses(run: &StoredRun, node: &StoredNode) -> Result<Option<Frame>> {
    let Some(responses) = run.frame(node, &RESPONSES)? else {
        return Ok(None);
    };
    let (iteration, round) = (node.place.iteration, node.place.round);
    let responses = responses
        .with_lengths("output_tokens", TOKENS)?
        .with_number("iteration", iteration)?
        .with_number("round", round.unwrap_or(0))?;
    let judged = run.frame_at(iteration, round, &JUDGEMENTS)?;
    let judged = match judged {
        Some(judged) => responses.beside(&judged, &["instruction_id", "sample"])?,
        None => responses.with_missing(&["parse_status", "method", "answer"], &["reward"])?,
    };
    judged.pick(&COLUMNS).map(Some)
}

/// The columns of a response, in the order in which they are named to users.
const COLUMNS: [&str; 11] = [
    "iteration",
    "round",
    "instruction_id",
    "sample",
    "tokens",
    "finish",
    "parse_status",
    "method",
    "answer",
    "reward",
    "text",
];

impl ReportRow for Rollout {
    fn header(_: &[Self]) -> Vec<String> {
        let fixed = [
            "iteration",
            "round",
            "instruction",
            "sample",
            "tokens",
            "finish",
            "answer",
            "reward",
            "text",
        ];
        fixed.map(String::from).to_vec()
    }

    fn dispensable() -> &'static [&'static str] {
        &["finish", "sample", "tokens", "round", "iteration"]
    }

    fn cells(&self) -> Vec<String> {
        let line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        vec![
            self.iteration.to_string(),
            self.round.to_string(),
            self.instruction_id.clone(),
            self.sample.to_string(),
            self.tokens.to_string(),
            self.finish.clone(),
            or_dash(self.answer.as_deref(), line),
            or_dash(self.reward, |reward| number(f64::from(reward), 2)),
            line(&self.text),
        ]
    }
}
