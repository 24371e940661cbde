//! Sampling in batches that survive a crash.
//!
//! Each batch of prompts becomes a part, saved as soon as it is sampled; a later run of the same node takes the parts
//! that are there and samples the others. What a batch gives does not depend on when or in how many runs it was made.

use serl_artifacts::table::{self, Table};
use serl_lm::{Policy, Request, Response, Sampler, SamplingParams};

use crate::StageError;

/// Where parts are kept and progress is told.
pub trait Work {
    /// The saved part `index` of `table`, if there is one.
    fn part(&self, table: &str, index: usize) -> Result<Option<Vec<u8>>, StageError>;
    /// Saves a part.
    fn save_part(&self, table: &str, index: usize, bytes: &[u8]) -> Result<(), StageError>;
    /// Tells how far the work is.
    fn progress(&self, done: u64, total: u64, unit: &str, note: &str);
    /// Ends the work with an error if the user asked for that; called where nothing is lost by it.
    fn check_cancelled(&self) -> Result<(), StageError>;
}

/// One prompt with the responses that are wanted of it.
pub(crate) struct Job {
    /// The prompt and a seed per sample.
    pub(crate) request: Request,
    /// What it is, for error messages.
    pub(crate) what: String,
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

/// Samples all jobs and turns each into rows: one row group per batch.
pub(crate) fn sample_in_parts<T: Table>(
    work: &dyn Work,
    policy: &Policy,
    plan: &Plan<'_>,
    jobs: &[Job],
    to_rows: impl Fn(usize, &[Response]) -> Vec<T>,
) -> Result<Vec<Vec<T>>, StageError> {
    check_lengths(policy, plan, jobs)?;
    let size = plan.batch as usize;
    let total: u64 = jobs.iter().map(|job| job.request.seeds.len() as u64).sum();
    let mut done = 0;
    let mut tokens = 0;
    let mut groups = Vec::new();
    for (index, batch) in jobs.chunks(size).enumerate() {
        let rows: u64 = batch.iter().map(|job| job.request.seeds.len() as u64).sum();
        if let Some(bytes) = work.part(plan.name, index)? {
            groups.push(table::decode(&bytes, plan.name)?);
        } else {
            work.check_cancelled()?;
            let requests: Vec<Request> = batch.iter().map(|job| job.request.clone()).collect();
            let samples = policy.sample(&requests, &plan.params, &mut |step| {
                let note = format!("{} tokens", tokens + step.tokens);
                work.progress(done + step.rows_done as u64, total, "samples", &note);
            })?;
            tokens += samples.iter().flatten().map(|s| s.tokens.len()).sum::<usize>();
            let part: Vec<T> = samples
                .iter()
                .enumerate()
                .flat_map(|(i, s)| to_rows(index * size + i, s))
                .collect();
            work.save_part(plan.name, index, &table::encode(std::slice::from_ref(&part))?)?;
            groups.push(part);
        }
        done += rows;
        work.progress(done, total, "samples", &format!("{tokens} tokens"));
    }
    Ok(groups)
}

/// A prompt that is too long stops the node before the first sample, not hours later.
fn check_lengths(policy: &Policy, plan: &Plan<'_>, jobs: &[Job]) -> Result<(), StageError> {
    let context = policy.context_length();
    match jobs
        .iter()
        .find(|job| job.request.prompt.len() + plan.params.max_new_tokens > context)
    {
        None => Ok(()),
        Some(job) => Err(StageError::PromptTooLong {
            what: job.what.clone(),
            prompt: job.request.prompt.len(),
            key: plan.limit_key,
            new: plan.params.max_new_tokens as u32,
            context,
        }),
    }
}

/// How a response ended, as the tables say it.
pub(crate) fn finish(response: &Response) -> serl_artifacts::tables::Finish {
    match response.finish {
        serl_lm::Finish::Stop => serl_artifacts::tables::Finish::Stop,
        serl_lm::Finish::Length => serl_artifacts::tables::Finish::Length,
    }
}

#[cfg(test)]
mod tests;
