//! Answering a round's instructions and rewarding agreement with the majority.
//!
//! Knows no reference answer ([`Instruction`] has no place for one) and drops nothing: which instructions are trained
//! on is decided by the train node, so that bounds can change without sampling again.

mod majority;

pub use majority::{Ballot, Outcome, vote};

use serl_answers::Method;
use serl_artifacts::table;
use serl_artifacts::tables::{Instruction, ParseStatus, Rollout, Vote};
use serl_lm::{Policy, Request, Response, SamplingParams};
use serl_pipeline::NodeContext;

use crate::StageError;
use crate::answer::{self, Reading};
use crate::ask::ask;
use crate::config::{AnswersConfig, PromptConfig, VoteConfig};
use crate::node::{self, NodeWork};
use crate::random::Place;
use crate::readings;
use crate::work::{Job, Plan, finish, sample_in_parts};

/// Bump when the node's outputs change for the same inputs.
pub const CODE_VERSION: u32 = 3;

/// Which vote of the run this is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Turn {
    pub(crate) seed: u64,
    pub(crate) iteration: u32,
    pub(crate) round: u32,
    pub(crate) rounds: u32,
}

/// Reads `policy` and `kept`; writes `rollouts.parquet`, `votes.parquet` and `unparsed.parquet`.
pub(crate) fn run(
    turn: Turn,
    config: &VoteConfig,
    prompt: &PromptConfig,
    answers: &AnswersConfig,
    policy: &Policy,
    ctx: &mut NodeContext,
) -> Result<(), StageError> {
    let pool: Vec<Instruction> = node::read(ctx, "kept")?;
    let share = deal(turn, &pool);
    if share.is_empty() {
        return Err(StageError::Empty(empty_share(turn, &pool)));
    }
    let order = answer::order(answers)?;
    let rollouts = answer_all(turn, config, prompt, &order, policy, &share, ctx)?;
    let (rollouts, votes) = count(turn, config.n as usize, rollouts);

    let mean = votes.iter().map(|v| f64::from(v.r_mean)).sum::<f64>() / votes.len() as f64;
    let responses: Vec<_> = rollouts.iter().flatten().map(readings::Response::from).collect();
    let sampled: usize = rollouts.iter().flatten().map(|r| r.output_tokens.len()).sum();
    let mut metrics = readings::metrics(&responses);
    metrics["instructions"] = votes.len().into();
    metrics["r_mean"] = mean.into();
    metrics["sampled_tokens"] = sampled.into();
    ctx.metrics(metrics);
    ctx.put_output("rollouts.parquet", &table::encode(&rollouts)?, None)?;
    ctx.put_output("votes.parquet", &table::encode(&[votes])?, None)?;
    let unparsed = table::encode(&[readings::unparsed(&responses)])?;
    ctx.put_output("unparsed.parquet", &unparsed, None)?;
    Ok(())
}

/// The round's share of the instructions kept in this iteration: dealt like cards from a shuffled pack.
fn deal(turn: Turn, pool: &[Instruction]) -> Vec<&Instruction> {
    let mut pack: Vec<&Instruction> = pool.iter().filter(|i| i.iteration == turn.iteration).collect();
    Place::new(turn.seed, "deal")
        .index(u64::from(turn.iteration))
        .stream()
        .shuffle(&mut pack);
    pack.into_iter()
        .skip(turn.round as usize)
        .step_by(turn.rounds as usize)
        .collect()
}

fn empty_share(turn: Turn, pool: &[Instruction]) -> String {
    let kept = pool.iter().filter(|i| i.iteration == turn.iteration).count();
    format!(
        "iteration {} kept {kept} instructions, too few for {} rounds: nothing is left to answer in round {}; \
         see why in its filtered.parquet, then raise `generate.prompts` or lower `rounds`",
        turn.iteration, turn.rounds, turn.round,
    )
}

fn answer_all(
    turn: Turn,
    config: &VoteConfig,
    prompt: &PromptConfig,
    order: &[Method],
    policy: &Policy,
    share: &[&Instruction],
    ctx: &NodeContext,
) -> Result<Vec<Vec<Rollout>>, StageError> {
    let place = Place::new(turn.seed, "vote")
        .index(u64::from(turn.iteration))
        .index(u64::from(turn.round));
    let jobs = share
        .iter()
        .map(|instruction| {
            let place = place.clone().at(instruction.id.as_str());
            let seeds = (0..u64::from(config.n))
                .map(|i| place.clone().index(i).seed())
                .collect();
            let tokens = ask(policy.tokenizer(), prompt, &instruction.text)?;
            Ok(Job {
                request: Request {
                    prompt: tokens,
                    seeds,
                    ..Request::default()
                },
                what: format!("instruction {}", instruction.id),
            })
        })
        .collect::<Result<Vec<_>, StageError>>()?;
    let plan = Plan {
        name: "rollouts",
        batch: config.batch_prompts,
        params: SamplingParams {
            temperature: config.temperature,
            top_p: config.top_p,
            top_k: config.top_k as usize,
            max_new_tokens: config.max_new_tokens as usize,
            ..SamplingParams::default()
        },
        limit_key: "vote.max_new_tokens",
    };
    sample_in_parts(&NodeWork { ctx }, policy, &plan, &jobs, |i, samples| {
        let rollout = |(sample, drawn)| rollout(policy, order, share[i], &jobs[i], sample, drawn);
        samples.iter().enumerate().map(rollout).collect()
    })
}

/// A response before the vote: its reward is not known yet.
fn rollout(
    policy: &Policy,
    order: &[Method],
    instruction: &Instruction,
    job: &Job,
    sample: usize,
    drawn: &Response,
) -> Rollout {
    let text = policy.tokenizer().decode(&drawn.tokens);
    let Reading {
        answer,
        canonical,
        method,
        status,
    } = answer::read(&text, order);
    Rollout {
        instruction_id: instruction.id.clone(),
        sample: sample as u32,
        prompt_tokens: job.request.prompt.clone(),
        output_tokens: drawn.tokens.clone(),
        text,
        logprobs: drawn.logprobs.clone(),
        policy_logprobs: drawn.policy_logprobs.clone().unwrap_or_default(),
        finish: finish(drawn),
        answer,
        canonical,
        method,
        parse_status: status,
        reward: 0.0,
    }
}

/// Votes within each instruction's `n` rollouts, and writes the rewards into them.
fn count(turn: Turn, n: usize, mut rollouts: Vec<Vec<Rollout>>) -> (Vec<Vec<Rollout>>, Vec<Vote>) {
    let mut votes = Vec::new();
    for group in rollouts.iter_mut().flat_map(|batch| batch.chunks_mut(n)) {
        let ballots: Vec<Option<Ballot>> = group.iter().map(ballot).collect();
        let outcome = vote(&ballots);
        let is_over = |r: &&Rollout| r.parse_status == ParseStatus::OverBudget;
        let over_budget = group.iter().filter(is_over).count();
        for (rollout, reward) in group.iter_mut().zip(&outcome.rewards) {
            rollout.reward = *reward;
        }
        votes.push(Vote {
            instruction_id: group[0].instruction_id.clone(),
            iteration: turn.iteration,
            round: turn.round,
            n: group.len() as u32,
            n_parsed: outcome.parsed,
            n_over_budget: over_budget as u32,
            n_distinct: outcome.distinct,
            majority: outcome.majority.as_ref().map(|m| m.answer.clone()),
            majority_canonical: outcome.majority.map(|m| m.canonical),
            majority_count: outcome.count,
            tie: outcome.tie,
            r_mean: outcome.r_mean,
            entropy: outcome.entropy,
        });
    }
    (rollouts, votes)
}

fn ballot(rollout: &Rollout) -> Option<Ballot> {
    let (answer, canonical) = rollout.answer.clone().zip(rollout.canonical.clone())?;
    Some(Ballot { answer, canonical })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serl_artifacts::InstructionId;
    use serl_artifacts::tables::Source;

    #[test]
    fn rounds_share_an_iterations_instructions_without_loss() {
        let pool: Vec<Instruction> = (0..13)
            .map(|i| Instruction {
                id: InstructionId::of(&i.to_string()),
                iteration: 1 + u32::from(i >= 10),
                source: Source::Generated,
                text: i.to_string(),
                few_shot: vec![],
                completion_id: None,
            })
            .collect();
        let mut dealt: Vec<&str> = (0..3)
            .flat_map(|round| {
                deal(
                    Turn {
                        seed: 1,
                        iteration: 1,
                        round,
                        rounds: 3,
                    },
                    &pool,
                )
            })
            .map(|i| i.text.as_str())
            .collect();
        dealt.sort_unstable();
        assert_eq!(dealt, ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    }
}
