//! Writing new instructions from few-shot prompts.
//!
//! Knows no filter: whatever the policy wrote as an item of the list is a candidate.

mod few_shot;
mod list;

use serl_artifacts::InstructionId;
use serl_artifacts::table;
use serl_artifacts::tables::{Completion, Instruction, Source};
use serl_lm::{Policy, Request, Response, SamplingParams};
use serl_pipeline::NodeContext;

use crate::StageError;
use crate::ask::encode;
use crate::config::GenerateConfig;
use crate::node::{self, NodeWork};
use crate::random::Place;
use crate::work::{Job, Plan, finish, sample_in_parts};
use few_shot::{FewShot, few_shot};
use list::parse_numbered;

/// Bump when the node's outputs change for the same inputs.
pub const CODE_VERSION: u32 = 2;

/// Reads `policy`, `seeds` and, from the second iteration on, `pool`; writes `completions.parquet` and
/// `instructions.parquet` (the candidates, in the order in which they were written).
pub(crate) fn run(
    iteration: u32,
    seed: u64,
    config: &GenerateConfig,
    policy: &Policy,
    ctx: &mut NodeContext,
) -> Result<(), StageError> {
    let seeds: Vec<Instruction> = node::read(ctx, "seeds")?;
    let pool: Vec<Instruction> = node::read_optional(ctx, "pool")?;
    let place = Place::new(seed, "generate").index(u64::from(iteration));
    let prompts: Vec<FewShot<'_>> = (0..u64::from(config.prompts))
        .map(|i| {
            few_shot(
                config,
                &seeds,
                &pool,
                &mut place.clone().at("examples").index(i).stream(),
            )
        })
        .collect();

    let completions = complete(config, policy, &place, &prompts, ctx)?;
    let instructions = candidates(iteration, config, &prompts, &completions);
    let written = completions.iter().map(Vec::len).sum::<usize>();
    ctx.metrics(serde_json::json!({ "completions": written, "instructions": instructions.len() }));
    ctx.put_output("completions.parquet", &table::encode(&completions)?, None)?;
    ctx.put_output("instructions.parquet", &table::encode(&[instructions])?, None)?;
    Ok(())
}

fn complete(
    config: &GenerateConfig,
    policy: &Policy,
    place: &Place,
    prompts: &[FewShot<'_>],
    ctx: &NodeContext,
) -> Result<Vec<Vec<Completion>>, StageError> {
    let jobs = prompts
        .iter()
        .enumerate()
        .map(|(i, prompt)| {
            let tokens = encode(policy.tokenizer(), config.format, "", &prompt.text)?;
            let seeds = vec![place.clone().at("sample").index(i as u64).seed()];
            Ok(Job {
                request: Request {
                    prompt: tokens,
                    seeds,
                    ..Request::default()
                },
                what: format!("few-shot prompt {i}"),
            })
        })
        .collect::<Result<Vec<_>, StageError>>()?;
    let plan = Plan {
        name: "completions",
        batch: config.batch_prompts,
        params: SamplingParams {
            temperature: config.temperature,
            top_p: config.top_p,
            top_k: config.top_k as usize,
            presence_penalty: config.presence_penalty,
            frequency_penalty: config.frequency_penalty,
            min_new_tokens: config.min_new_tokens as usize,
            max_new_tokens: config.max_new_tokens as usize,
            stop: config.stop.clone(),
            stop_tokens: config.stop_tokens.clone(),
        },
        limit_key: "generate.max_new_tokens",
    };
    sample_in_parts(&NodeWork { ctx }, policy, &plan, &jobs, |i, samples| {
        samples
            .iter()
            .map(|sample| completion(config, policy, i, &jobs[i], &prompts[i], sample))
            .collect()
    })
}

fn completion(
    config: &GenerateConfig,
    policy: &Policy,
    index: usize,
    job: &Job,
    prompt: &FewShot<'_>,
    sample: &Response,
) -> Completion {
    let text = policy.tokenizer().decode(&sample.tokens);
    let finish = finish(sample);
    Completion {
        id: index.to_string(),
        prompt_tokens: job.request.prompt.clone(),
        output_tokens: sample.tokens.clone(),
        finish,
        temperature: config.temperature,
        top_p: config.top_p,
        top_k: config.top_k,
        presence_penalty: config.presence_penalty,
        frequency_penalty: config.frequency_penalty,
        min_new_tokens: config.min_new_tokens,
        max_new_tokens: config.max_new_tokens,
        n_parsed: items(config, prompt, &text, finish).len() as u32,
        text,
    }
}

fn items(
    config: &GenerateConfig,
    prompt: &FewShot<'_>,
    text: &str,
    finish: serl_artifacts::tables::Finish,
) -> Vec<String> {
    let complete = finish == serl_artifacts::tables::Finish::Stop;
    let mut items = parse_numbered(&format!("{}{text}", prompt.lead), complete);
    items.truncate(config.max_per_prompt as usize);
    items
}

fn candidates(
    iteration: u32,
    config: &GenerateConfig,
    prompts: &[FewShot<'_>],
    completions: &[Vec<Completion>],
) -> Vec<Instruction> {
    let written = completions.iter().flatten().zip(prompts);
    written
        .flat_map(|(completion, prompt)| {
            let few_shot: Vec<InstructionId> = prompt.examples.iter().map(|e| e.id.clone()).collect();
            items(config, prompt, &completion.text, completion.finish)
                .into_iter()
                .map(move |text| Instruction {
                    id: InstructionId::of(&text),
                    iteration,
                    source: Source::Generated,
                    text,
                    few_shot: few_shot.clone(),
                    completion_id: Some(completion.id.clone()),
                })
        })
        .collect()
}
