//! The workload of a benchmark: prompts as token ids, and the number of new tokens of each response.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;
use serde::Deserialize;
use serl_lm::{Group, Lengths, Policy, Request};

use super::spread::{Draws, Spread};
use crate::failure::Mistake;

/// The amount of work, or a file that lists it.
#[derive(Debug, Args)]
pub(super) struct WorkloadArgs {
    /// Number of prompts
    #[arg(
        long,
        value_name = "N",
        allow_negative_numbers = true,
        default_value_t = 4,
        value_parser = clap::value_parser!(u32).range(1..=4096)
    )]
    prompts: u32,
    /// Responses per prompt
    #[arg(
        long,
        value_name = "N",
        allow_negative_numbers = true,
        default_value_t = 16,
        value_parser = clap::value_parser!(u32).range(1..=4096)
    )]
    samples: u32,
    /// Tokens per prompt, or a range to spread over the prompts
    #[arg(long, value_name = "LENGTHS", default_value = "100")]
    prompt_tokens: Spread,
    /// Tokens per response, or a range to spread over all responses
    #[arg(long, value_name = "LENGTHS", default_value = "128")]
    new_tokens: Spread,
    /// JSON file with `prompts` (lists of token ids), `new_tokens` (per prompt, the length of each response) and
    /// optionally `responses` (the token ids to train on)
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["prompts",
        "samples",
        "prompt_tokens",
        "new_tokens"]
    )]
    prompts_file: Option<PathBuf>,
}

/// Prompts and the lengths of their samples.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Workload {
    /// Token ids.
    pub(super) prompts: Vec<Vec<u32>>,
    /// New tokens: per prompt, per sample.
    pub(super) new_tokens: Vec<Vec<usize>>,
    /// Token ids to train on, per prompt and response; drawn if empty.
    #[serde(default)]
    responses: Vec<Vec<Vec<u32>>>,
}

impl WorkloadArgs {
    /// The work for `policy`.
    pub(super) fn workload(&self, policy: &Policy, seed: u64) -> Result<Workload> {
        if let Some(path) = &self.prompts_file {
            return Workload::read(path);
        }
        let (prompts, samples) = (self.prompts as usize, self.samples as usize);
        let lengths = self.prompt_tokens.lengths(prompts, seed);
        let new_tokens = self.new_tokens.lengths(prompts * samples, seed);
        Ok(Workload {
            prompts: texts(policy, &lengths, seed)?,
            new_tokens: new_tokens.chunks(samples).map(<[_]>::to_vec).collect(),
            responses: Vec::new(),
        })
    }
}

impl Workload {
    /// The work that a file describes.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let mistake = |reason: String| {
            let text = format!("{}: {reason}", path.display());
            Mistake::new(text, "`serl bench rollout --help` says what the file holds")
        };
        let text = fs::read(path).map_err(|error| mistake(error.to_string()))?;
        let workload: Self = serde_json::from_slice(&text).map_err(|error| mistake(error.to_string()))?;
        workload.check().map_err(mistake)?;
        Ok(workload)
    }

    fn check(&self) -> Result<(), String> {
        if self.prompts.is_empty() {
            return Err("`prompts` is empty".to_owned());
        }
        if self.prompts.len() != self.new_tokens.len() {
            let (prompts, lengths) = (self.prompts.len(), self.new_tokens.len());
            return Err(format!("`prompts` has {prompts} entries and `new_tokens` {lengths}"));
        }
        let bad = |lengths: &Vec<usize>| lengths.is_empty() || lengths.contains(&0);
        if self.new_tokens.iter().any(bad) {
            return Err("`new_tokens` has a prompt without samples or a sample of 0 tokens".to_owned());
        }
        let lengths = |group: &Vec<Vec<u32>>| group.iter().map(Vec::len).collect::<Vec<_>>();
        let given: Vec<Vec<usize>> = self.responses.iter().map(lengths).collect();
        if !given.is_empty() && given != self.new_tokens {
            return Err("`responses` do not have the lengths in `new_tokens`".to_owned());
        }
        Ok(())
    }

    /// The longest sample.
    pub(super) fn longest(&self) -> usize {
        self.new_tokens.iter().flatten().copied().max().unwrap_or(0)
    }

    /// Tokens of all samples.
    pub(super) fn sampled(&self) -> usize {
        self.new_tokens.iter().flatten().sum()
    }

    /// The prompts with a seed and a limit per response, none of them longer than `longest`.
    pub(super) fn requests(&self, seed: u64, longest: usize) -> Vec<Request> {
        let mut draws = Draws(seed);
        let mut request = |(prompt, limits): (&Vec<u32>, &Vec<usize>)| Request {
            prompt: prompt.clone(),
            seeds: limits.iter().map(|_| draws.next()).collect(),
            limits: limits.iter().map(|limit| *limit.min(&longest)).collect(),
        };
        let all = self.prompts.iter().zip(&self.new_tokens);
        all.map(&mut request).collect()
    }

    /// Responses to every prompt: those of the file, or some of the given lengths drawn from the vocabulary.
    pub(super) fn responses(&self, policy: &Policy, seed: u64) -> Result<Vec<Vec<Vec<u32>>>> {
        if !self.responses.is_empty() {
            return Ok(self.responses.clone());
        }
        let mut texts = texts(policy, &self.new_tokens.concat(), !seed)?.into_iter();
        let of_prompt = |lengths: &Vec<usize>| texts.by_ref().take(lengths.len()).collect();
        Ok(self.new_tokens.iter().map(of_prompt).collect())
    }

    /// Every prompt with its responses, whose tokens `tokens` reads.
    pub(super) fn groups<'a, R>(&'a self, responses: &'a [Vec<R>], tokens: fn(&R) -> &[u32]) -> Vec<Group<'a>> {
        let group = |(prompt, responses): (&'a Vec<u32>, &'a Vec<R>)| Group {
            prompt,
            responses: responses.iter().map(tokens).collect(),
        };
        self.prompts.iter().zip(responses).map(group).collect()
    }

    /// The lengths of every prompt and of its samples.
    pub(super) fn lengths(&self) -> Vec<Lengths> {
        let lengths = |(prompt, responses): (&Vec<u32>, &Vec<usize>)| Lengths {
            prompt: prompt.len(),
            responses: responses.clone(),
        };
        self.prompts.iter().zip(&self.new_tokens).map(lengths).collect()
    }

    /// The index of its prompt for every sample.
    pub(super) fn membership(&self) -> Vec<usize> {
        let of_prompt = |(prompt, lengths): (usize, &Vec<usize>)| vec![prompt; lengths.len()];
        self.new_tokens.iter().enumerate().flat_map(of_prompt).collect()
    }
}

/// Texts of the given lengths in tokens, drawn from the vocabulary; the same for the same seed.
pub(super) fn texts(policy: &Policy, lengths: &[usize], seed: u64) -> Result<Vec<Vec<u32>>> {
    let ids = ordinary(policy)?;
    let mut draws = Draws(seed);
    let mut text = |length: &usize| (0..*length).map(|_| ids[draws.below(ids.len())]).collect();
    Ok(lengths.iter().map(&mut text).collect())
}

/// The ids of ordinary text: neither special tokens nor ids unknown to the tokenizer.
fn ordinary(policy: &Policy) -> Result<Vec<u32>> {
    let tokenizer = policy.tokenizer();
    let vocabulary = policy.vocab_size().min(tokenizer.vocab_size()) as u32;
    let ids: Vec<u32> = (0..vocabulary)
        .filter(|id| !tokenizer.eos_ids().contains(id) && !tokenizer.decode(&[*id]).is_empty())
        .collect();
    if ids.is_empty() {
        let hint = "give prompts with `--prompts-file FILE`";
        return Err(Mistake::new("the tokenizer has no ordinary tokens", hint).into());
    }
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workload(prompts: &[&[u32]], new_tokens: &[&[usize]]) -> Workload {
        Workload {
            prompts: prompts.iter().map(|ids| ids.to_vec()).collect(),
            new_tokens: new_tokens.iter().map(|lengths| lengths.to_vec()).collect(),
            responses: Vec::new(),
        }
    }

    #[test]
    fn limits_are_cut_for_a_warm_up_and_seeds_differ() {
        let work = workload(&[&[5], &[6, 7]], &[&[3, 9], &[1]]);
        assert_eq!((work.longest(), work.sampled()), (9, 13));
        assert_eq!(work.membership(), [0, 0, 1]);
        let requests = work.requests(1, 4);
        assert_eq!(
            (&requests[0].limits[..], &requests[1].limits[..]),
            (&[3, 4][..], &[1][..])
        );
        assert_ne!(requests[0].seeds[0], requests[0].seeds[1]);
        assert_ne!(requests[0].seeds[0], requests[1].seeds[0]);
    }

    #[test]
    fn a_file_that_makes_no_work_is_refused() {
        assert!(workload(&[], &[]).check().unwrap_err().contains("empty"));
        assert!(workload(&[&[1]], &[]).check().unwrap_err().contains("1 entries"));
        for lengths in [&[][..], &[4, 0]] {
            assert!(workload(&[&[1]], &[lengths]).check().is_err());
        }
        let mut given = workload(&[&[1]], &[&[2]]);
        assert_eq!(given.check(), Ok(()));
        given.responses = vec![vec![vec![7]]];
        assert!(given.check().unwrap_err().contains("`responses`"));
    }
}
