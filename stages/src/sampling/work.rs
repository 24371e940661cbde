//! Sampling in batches that survive a crash.
//!
//! Each batch of prompts becomes a part, saved as soon as it is sampled; a later run of the same node takes the parts
//! that exist and samples the others. The content of a batch does not depend on when or in how many runs it was made.

use serl_artifacts::table::{self, Table};
use serl_artifacts::tables;
use serl_lm::{Finish, LmError, Request, Response, Sampler, SamplingParams};
use serl_pipeline::{Headway, NodeContext, Parts};

use crate::error::StageError;

/// Where parts are kept and progress is shown.
pub trait Work {
    /// The saved part `index` of `table`, if there is one.
    fn part(&self, table: &str, index: usize) -> Result<Option<Vec<u8>>, StageError>;
    /// Saves a part.
    fn save_part(&self, table: &str, index: usize, bytes: &[u8]) -> Result<(), StageError>;
    /// Shows how far the work is.
    fn progress(&self, headway: &Headway<'_>);
    /// Ends the work with an error if the user asked for that; called where stopping loses nothing.
    fn check_cancelled(&self) -> Result<(), StageError>;
}

/// A node's parts and progress as [`Work`].
pub(crate) struct NodeWork<'a> {
    pub(crate) ctx: &'a NodeContext<'a>,
}

impl NodeWork<'_> {
    fn parts(&self, table: &str) -> Result<Parts, StageError> {
        Ok(self.ctx.parts(table)?)
    }
}

impl Work for NodeWork<'_> {
    fn part(&self, table: &str, index: usize) -> Result<Option<Vec<u8>>, StageError> {
        Ok(self.parts(table)?.get(index)?)
    }

    fn save_part(&self, table: &str, index: usize, bytes: &[u8]) -> Result<(), StageError> {
        Ok(self.parts(table)?.put(index, bytes)?)
    }

    fn progress(&self, headway: &Headway<'_>) {
        self.ctx.progress(headway);
    }

    fn check_cancelled(&self) -> Result<(), StageError> {
        Ok(self.ctx.check_cancelled()?)
    }
}

/// Work that saves and shows nothing, and that nobody stops.
pub(crate) struct Unsaved;

impl Work for Unsaved {
    fn part(&self, _table: &str, _index: usize) -> Result<Option<Vec<u8>>, StageError> {
        Ok(None)
    }

    fn save_part(&self, _table: &str, _index: usize, _bytes: &[u8]) -> Result<(), StageError> {
        Ok(())
    }

    fn progress(&self, _headway: &Headway<'_>) {}

    fn check_cancelled(&self) -> Result<(), StageError> {
        Ok(())
    }
}

/// A request with a name for it.
pub(crate) struct Job {
    /// The prompt and a seed for each response.
    pub(crate) request: Request,
    /// Name of the prompt, for error messages.
    pub(crate) what: String,
}

/// Jobs between two looks at whether the user wants to stop.
const AT_ONCE: usize = 1024;

/// Prepares `count` jobs, which takes seconds if they are many: all prompts are encoded before the first sample.
///
/// # Errors
/// Those of `job`, an interruption.
pub(crate) fn prepare(
    work: &dyn Work,
    count: usize,
    job: impl Fn(usize) -> Result<Job, StageError>,
) -> Result<Vec<Job>, StageError> {
    let mut jobs = Vec::with_capacity(count);
    for i in 0..count {
        if i > 0 && i.is_multiple_of(AT_ONCE) {
            work.check_cancelled()?;
            // None of them is saved.
            work.progress(&Headway::of(0, count as u64, "prompts").noting(&format!("{i} prepared")));
        }
        jobs.push(job(i)?);
    }
    Ok(jobs)
}

/// How jobs are sampled.
pub(crate) struct Plan<'a> {
    /// Name of the parts.
    pub(crate) name: &'a str,
    /// Prompts per part.
    pub(crate) batch: u32,
    /// How tokens are drawn.
    pub(crate) params: SamplingParams,
    /// Key of `params.max_new_tokens` in the configuration.
    pub(crate) limit_key: &'static str,
}

/// Samples all jobs and turns the responses of each, given by the number of the job, into rows: one row group per
/// batch.
pub(crate) fn sample_in_parts<T: Table>(
    work: &dyn Work,
    sampler: &dyn Sampler,
    plan: &Plan<'_>,
    jobs: &[Job],
    to_rows: impl Fn(usize, Vec<Response>) -> Vec<T>,
) -> Result<Vec<Vec<T>>, StageError> {
    check_lengths(sampler, plan, jobs)?;
    let size = plan.batch as usize;
    let asked = |jobs: &[Job]| jobs.iter().map(|job| job.request.seeds.len() as u64).sum::<u64>();
    let (total, mut done, mut tokens) = (asked(jobs), 0, 0);
    let mut groups = Vec::new();
    for (index, batch) in jobs.chunks(size).enumerate() {
        if let Some(bytes) = work.part(plan.name, index)? {
            groups.push(table::decode(&bytes, plan.name)?);
        } else {
            work.check_cancelled()?;
            let requests: Vec<Request> = batch.iter().map(|job| job.request.clone()).collect();
            let responses = sampler.sample(&requests, &plan.params, &mut |step| {
                let headway = Headway::of(done + step.rows_done as u64, total, "samples");
                work.progress(&headway.with_tokens((tokens + step.tokens) as u64));
            });
            let responses = responses.map_err(|error| named(error, batch))?;
            check_responses(&requests, &responses)?;
            tokens += responses.iter().flatten().map(|r| r.tokens.len()).sum::<usize>();
            let rows = responses.into_iter().enumerate();
            let part: Vec<T> = rows.flat_map(|(i, group)| to_rows(index * size + i, group)).collect();
            work.save_part(plan.name, index, &table::encode(std::slice::from_ref(&part))?)?;
            groups.push(part);
        }
        done += asked(batch);
        work.progress(&Headway::of(done, total, "samples").with_tokens(tokens as u64));
    }
    Ok(groups)
}

/// An error about a request of `batch`, with the name of its prompt.
fn named(error: LmError, batch: &[Job]) -> StageError {
    match error {
        LmError::Overflow { prompt, what: values } if prompt < batch.len() => StageError::Overflow {
            what: batch[prompt].what.clone(),
            values,
        },
        other => other.into(),
    }
}

/// A prompt that is too long stops the node before the first sample, not hours later.
fn check_lengths(sampler: &dyn Sampler, plan: &Plan<'_>, jobs: &[Job]) -> Result<(), StageError> {
    let (context, new) = (sampler.context_length(), plan.params.max_new_tokens);
    match jobs.iter().find(|job| job.request.prompt.len() + new > context) {
        None => Ok(()),
        Some(job) => Err(StageError::PromptTooLong {
            what: job.what.clone(),
            prompt: job.request.prompt.len(),
            key: plan.limit_key,
            new: new as u32,
            context,
        }),
    }
}

/// Refuses responses that do not fit the requests: a fault of a sampler must not become a result.
fn check_responses(requests: &[Request], responses: &[Vec<Response>]) -> Result<(), StageError> {
    let asked: Vec<usize> = requests.iter().map(|request| request.seeds.len()).collect();
    let given: Vec<usize> = responses.iter().map(Vec::len).collect();
    let whole = |response: &Response| {
        let tokens = response.tokens.len();
        let of_policy = response.policy_logprobs.as_ref().map_or(tokens, Vec::len);
        let of_draw = response.logprobs.len();
        of_policy == tokens && (of_draw == tokens || of_draw == 0)
    };
    if asked == given && responses.iter().flatten().all(whole) {
        return Ok(());
    }
    Err(StageError::Mismatch(format!(
        "the sampler was asked for {asked:?} responses and gave {given:?}; each must have one log-probability per token"
    )))
}

/// Why a response ended, as in the tables.
pub(crate) fn finish(finish: Finish) -> tables::Finish {
    match finish {
        Finish::Stop => tables::Finish::Stop,
        Finish::Length => tables::Finish::Length,
    }
}

#[cfg(test)]
mod tests;
