//! The policy responds to a round's instructions.
//!
//! Only samples: the vote node decides what a response is worth, so that answers can be read in another way, or
//! rewarded by another rule, without sampling again.

pub mod group;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use serl_artifacts::tables::{Instruction, Prompt, Response, Source};
use serl_lm::{Request, Sampler, SamplingParams};
use serl_pipeline::NodeContext;

use crate::config::{PromptConfig, VoteConfig};
use crate::error::StageError;
use crate::sampling::ask::ask;
use crate::sampling::lengths;
use crate::sampling::work::{Job, NodeWork, Plan, finish, prepare, sample_in_parts};
use crate::stage::at::At;
use crate::stage::lab::Lab;
use crate::stage::output::TableOutput;
use crate::stage::tables::read;
use crate::stage::wires::{Inputs, Wires, inputs};
use crate::stage::{Settings, Stage};

/// The policy responds `n` times to each of the round's instructions (SeRL, arXiv 2505.20347, section 3.2).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Respond {
    vote: VoteConfig,
    prompt: PromptConfig,
    /// Rounds of an iteration: the round's share of the instructions depends on how many there are.
    rounds: u32,
    sampler: Value,
}

impl Respond {
    /// The round's instructions as they were put to the policy.
    pub const PROMPTS: TableOutput<Prompt> = TableOutput::new(Self::NAME, "prompts.parquet");
    /// The responses, those to one instruction together.
    pub const RESPONSES: TableOutput<Response> = TableOutput::new(Self::NAME, "responses.parquet");

    /// The label of all draws. It dates from when this stage also voted; another label would change the draws.
    const DRAWS: &'static str = "vote";
}

impl Stage for Respond {
    const NAME: &'static str = "respond";
    const CODE_VERSION: u32 = 2;

    fn of(settings: Settings<'_>) -> Self {
        let config = settings.config;
        Self {
            vote: config.vote.clone(),
            prompt: config.prompt.clone(),
            rounds: config.rounds,
            sampler: settings.sampler.clone(),
        }
    }

    fn models(&self) -> Vec<&'static str> {
        vec!["policy"]
    }

    fn inputs(&self, _at: At, wires: &Wires) -> Inputs {
        inputs([
            ("policy", wires.policy.clone()),
            ("instructions", wires.instructions.clone()),
        ])
    }

    fn run(self, at: At, lab: &mut Lab, ctx: &mut NodeContext<'_>) -> Result<(), StageError> {
        let pool: Vec<Instruction> = read(ctx, "instructions")?;
        let share = deal(at, self.rounds, &pool);
        if share.is_empty() {
            return Err(StageError::Empty(empty_share(at, self.rounds, &pool)));
        }
        let sampler = lab.sampler(ctx, "policy", &self.sampler)?;
        let jobs = self.jobs(at, &*sampler, &share, ctx)?;
        let responses = self.sample(sampler, &share, &jobs, ctx)?;

        let count: usize = responses.iter().map(Vec::len).sum();
        let asked = jobs
            .iter()
            .map(|job| job.request.prompt.len() * job.request.seeds.len());
        let lengths = responses.iter().flatten().map(|r| (r.output_tokens.len(), r.finish));
        let asked: usize = asked.sum();
        let mut metrics = json!({ "instructions": share.len(), "responses": count, "prompt_tokens": asked });
        lengths::add(&mut metrics, lengths);
        ctx.metrics(metrics);
        let prompts = share.iter().zip(jobs).map(|(instruction, job)| Prompt {
            instruction_id: instruction.id.clone(),
            instruction: instruction.text.clone(),
            prompt_tokens: job.request.prompt,
        });
        Self::PROMPTS.put(ctx, &[prompts.collect()])?;
        Self::RESPONSES.put(ctx, &responses)
    }
}

impl Respond {
    fn jobs(
        &self,
        at: At,
        sampler: &dyn Sampler,
        share: &[&Instruction],
        ctx: &NodeContext<'_>,
    ) -> Result<Vec<Job>, StageError> {
        let place = at.round_place(Self::DRAWS);
        let job = |i: usize| {
            let instruction = share[i];
            let place = place.clone().at(instruction.id.as_str());
            let seed = |i: u64| place.clone().index(i).seed();
            Ok(Job {
                request: Request {
                    prompt: ask(sampler.tokenizer(), &self.prompt, &instruction.text)?.tokens,
                    seeds: (0..u64::from(self.vote.n)).map(seed).collect(),
                    ..Request::default()
                },
                what: format!("instruction {}", instruction.id),
            })
        };
        prepare(&NodeWork { ctx }, share.len(), job)
    }

    fn sample(
        &self,
        sampler: Arc<dyn Sampler>,
        share: &[&Instruction],
        jobs: &[Job],
        ctx: &NodeContext<'_>,
    ) -> Result<Vec<Vec<Response>>, StageError> {
        let plan = Plan {
            name: "responses",
            batch: self.vote.batch_prompts,
            params: SamplingParams {
                temperature: self.vote.temperature,
                top_p: self.vote.top_p,
                top_k: self.vote.top_k as usize,
                max_new_tokens: self.vote.max_new_tokens as usize,
                ..SamplingParams::default()
            },
            limit_key: "vote.max_new_tokens",
        };
        let rows = |i: usize, responses: Vec<serl_lm::Response>| {
            let row = |(sample, response): (usize, serl_lm::Response)| Response {
                instruction_id: share[i].id.clone(),
                sample: sample as u32,
                text: sampler.tokenizer().decode(&response.tokens),
                output_tokens: response.tokens,
                logprobs: response.logprobs,
                policy_logprobs: response.policy_logprobs,
                finish: finish(response.finish),
            };
            responses.into_iter().enumerate().map(row).collect()
        };
        sample_in_parts(&NodeWork { ctx }, &*sampler, &plan, jobs, rows)
    }
}

/// The round's share of this iteration's instructions: dealt like cards from a shuffled pack.
fn deal(at: At, rounds: u32, pool: &[Instruction]) -> Vec<&Instruction> {
    let mut pack: Vec<&Instruction> = pool.iter().filter(|i| is_of(i, at.iteration)).collect();
    at.iteration_place("deal").stream().shuffle(&mut pack);
    let (first, step) = (at.round() as usize, rounds as usize);
    pack.into_iter().skip(first).step_by(step).collect()
}

/// Whether an iteration answers `instruction`. Seeds, where they are answered at all, are answered in each.
fn is_of(instruction: &Instruction, iteration: u32) -> bool {
    instruction.source == Source::Seed || instruction.iteration == iteration
}

fn empty_share(at: At, rounds: u32, pool: &[Instruction]) -> String {
    let (iteration, round) = (at.iteration, at.round());
    let kept = pool.iter().filter(|i| is_of(i, iteration)).count();
    format!(
        "iteration {iteration} has {kept} instructions, too few for {rounds} rounds: nothing is left to answer in \
         round {round}; see why in its filtered.parquet, then raise `generate.prompts` or lower `rounds`"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serl_artifacts::InstructionId;

    #[test]
    fn rounds_share_an_iterations_instructions_without_loss() {
        let instruction = |i: u32| Instruction {
            id: InstructionId::of(&i.to_string()),
            iteration: 1 + u32::from(i >= 10),
            source: Source::Generated,
            text: i.to_string(),
            few_shot: vec![],
            completion_id: None,
        };
        let pool: Vec<Instruction> = (0..13).map(instruction).collect();
        let at = |round| At {
            seed: 1,
            iteration: 1,
            round: Some(round),
        };
        let shares = (0..3).flat_map(|round| deal(at(round), 3, &pool));
        let mut dealt: Vec<&str> = shares.map(|i| i.text.as_str()).collect();
        dealt.sort_unstable();
        assert_eq!(dealt, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    }
}
