//! Writing new instructions from few-shot prompts.
//!
//! Knows no filter: every item of the list that the policy wrote is a candidate.

mod few_shot;
mod list;
mod pool;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use serl_artifacts::InstructionId;
use serl_artifacts::tables::{self, Completion, Instruction, Source};
use serl_lm::{Request, Response, Sampler, SamplingParams, Tokenizer};
use serl_pipeline::NodeContext;
use serl_random::{Place, Stream};

use crate::config::GenerateConfig;
use crate::error::StageError;
use crate::sampling::ask::{Prompt, encode};
use crate::sampling::lengths;
use crate::sampling::work::{Job, NodeWork, Plan, finish, prepare, sample_in_parts};
use crate::stage::at::At;
use crate::stage::lab::Lab;
use crate::stage::output::TableOutput;
use crate::stage::tables::read;
use crate::stage::wires::{Inputs, Wires, inputs};
use crate::stage::{Settings, Stage};
use few_shot::{FewShot, few_shot};
use list::parse_numbered;

/// The policy writes new instructions (SeRL, arXiv 2505.20347, section 3.1).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Generate {
    generate: GenerateConfig,
    sampler: Value,
}

impl Generate {
    /// The texts that the policy wrote.
    pub const COMPLETIONS: TableOutput<Completion> = TableOutput::new(Self::NAME, "completions.parquet");
    /// The candidates, in the order in which they were written.
    pub const INSTRUCTIONS: TableOutput<Instruction> = TableOutput::new(Self::NAME, "instructions.parquet");
    /// The instructions of earlier iterations that few-shot examples were drawn from.
    pub const POOL: TableOutput<Instruction> = TableOutput::new(Self::NAME, "pool.parquet");
}

impl Stage for Generate {
    const NAME: &'static str = "generate";
    const CODE_VERSION: u32 = 5;

    fn of(settings: Settings<'_>) -> Self {
        Self {
            generate: settings.config.generate.clone(),
            sampler: settings.sampler.clone(),
        }
    }

    fn models(&self) -> Vec<&'static str> {
        vec!["policy"]
    }

    fn inputs(&self, _at: At, wires: &Wires) -> Inputs {
        let mut inputs = inputs([("policy", wires.policy.clone()), ("seeds", wires.seeds.clone())]);
        pool::add_inputs(&mut inputs, self.generate.pool, wires);
        inputs
    }

    fn run(self, at: At, lab: &mut Lab, ctx: &mut NodeContext<'_>) -> Result<(), StageError> {
        let sampler = lab.sampler(ctx, "policy", &self.sampler)?;
        let seeds: Vec<Instruction> = read(ctx, "seeds")?;
        let pool = pool::read_pool(ctx, self.generate.pool)?;
        let writer = Writer {
            config: &self.generate,
            place: at.iteration_place(Self::NAME),
            sampler,
        };
        let prompts = writer.prompts(&seeds, &pool, ctx)?;
        let completions = writer.complete(&prompts, ctx)?;
        let instructions = writer.candidates(at.iteration, &prompts, &completions);

        let written: usize = completions.iter().map(Vec::len).sum();
        let lengths = completions.iter().flatten().map(|c| (c.output_tokens.len(), c.finish));
        let mut metrics = json!({ "completions": written, "instructions": instructions.len(), "pool": pool.len() });
        lengths::add(&mut metrics, lengths);
        ctx.metrics(metrics);
        Self::POOL.put(ctx, &[pool])?;
        Self::COMPLETIONS.put(ctx, &completions)?;
        Self::INSTRUCTIONS.put(ctx, &[instructions])
    }
}

/// The first prompt of the first iteration of a run with this seed, which has no instructions of its own yet.
///
/// # Errors
/// A chat template that is missing or fails, text that cannot be encoded.
pub(crate) fn first_prompt(
    tokenizer: &Tokenizer,
    config: &GenerateConfig,
    seed: u64,
    seeds: &[Instruction],
) -> Result<Prompt, StageError> {
    let at = At {
        iteration: 1,
        round: None,
        seed,
    };
    let mut stream = examples(&at.iteration_place(Generate::NAME), 0);
    encode(
        tokenizer,
        config.format,
        &config.system,
        few_shot(config, seeds, &[], &mut stream).text,
    )
}

/// The draws of the examples of prompt `i`.
fn examples(place: &Place, i: u64) -> Stream {
    place.clone().at("examples").index(i).stream()
}

/// Prompts between two looks at whether the user wants to stop.
const AT_ONCE: u64 = 1024;

/// Settings and tools that all prompts of a node share.
struct Writer<'a> {
    config: &'a GenerateConfig,
    place: Place,
    sampler: Arc<dyn Sampler>,
}

impl Writer<'_> {
    fn prompts<'i>(
        &self,
        seeds: &'i [Instruction],
        pool: &'i [Instruction],
        ctx: &NodeContext<'_>,
    ) -> Result<Vec<FewShot<'i>>, StageError> {
        let prompt = |i: u64| {
            if i.is_multiple_of(AT_ONCE) {
                ctx.check_cancelled()?;
            }
            let mut stream = examples(&self.place, i);
            Ok(few_shot(self.config, seeds, pool, &mut stream))
        };
        (0..u64::from(self.config.prompts)).map(prompt).collect()
    }

    fn complete(&self, prompts: &[FewShot<'_>], ctx: &NodeContext<'_>) -> Result<Vec<Vec<Completion>>, StageError> {
        let job = |i: usize| {
            let prompt = &prompts[i];
            Ok(Job {
                request: Request {
                    prompt: self.prompt(prompt)?,
                    seeds: vec![self.place.clone().at("sample").index(i as u64).seed()],
                    ..Request::default()
                },
                what: format!("few-shot prompt {i}"),
            })
        };
        let jobs = prepare(&NodeWork { ctx }, prompts.len(), job)?;
        let plan = Plan {
            name: "completions",
            batch: self.config.batch_prompts,
            params: params(self.config),
            limit_key: "generate.max_new_tokens",
        };
        let rows = |i: usize, responses: Vec<Response>| {
            let responses = responses.into_iter();
            let row = |response| self.completion(i, &jobs[i], &prompts[i], response);
            responses.map(row).collect()
        };
        sample_in_parts(&NodeWork { ctx }, &*self.sampler, &plan, &jobs, rows)
    }

    /// The tokens of a prompt.
    fn prompt(&self, prompt: &FewShot<'_>) -> Result<Vec<u32>, StageError> {
        let config = self.config;
        let prompt = encode(
            self.sampler.tokenizer(),
            config.format,
            &config.system,
            prompt.text.clone(),
        )?;
        Ok(prompt.tokens)
    }

    fn completion(&self, index: usize, job: &Job, prompt: &FewShot<'_>, response: Response) -> Completion {
        let config = self.config;
        let text = self.sampler.tokenizer().decode(&response.tokens);
        let finish = finish(response.finish);
        Completion {
            id: index.to_string(),
            prompt_tokens: job.request.prompt.clone(),
            output_tokens: response.tokens,
            finish,
            temperature: config.temperature,
            top_p: config.top_p,
            top_k: config.top_k,
            presence_penalty: config.presence_penalty,
            frequency_penalty: config.frequency_penalty,
            min_new_tokens: config.min_new_tokens,
            max_new_tokens: config.max_new_tokens,
            n_instructions: self.items(prompt, &text, finish).len() as u32,
            text,
        }
    }

    /// The instructions in a completion: items of the list that it continues. The last one of a completion that was cut
    /// off is incomplete and left out.
    fn items(&self, prompt: &FewShot<'_>, text: &str, finish: tables::Finish) -> Vec<String> {
        let complete = finish == tables::Finish::Stop;
        let mut items = parse_numbered(&format!("{}{text}", prompt.lead), complete);
        items.truncate(self.config.max_per_prompt as usize);
        items
    }

    fn candidates(&self, iteration: u32, prompts: &[FewShot<'_>], completions: &[Vec<Completion>]) -> Vec<Instruction> {
        let written = completions.iter().flatten().zip(prompts);
        let instructions = written.flat_map(|(completion, prompt)| {
            let few_shot: Vec<InstructionId> = prompt.examples.iter().map(|e| e.id.clone()).collect();
            let items = self.items(prompt, &completion.text, completion.finish).into_iter();
            items.map(move |text| Instruction {
                id: InstructionId::of(&text),
                iteration,
                source: Source::Generated,
                text,
                few_shot: few_shot.clone(),
                completion_id: Some(completion.id.clone()),
            })
        });
        instructions.collect()
    }
}

fn params(config: &GenerateConfig) -> SamplingParams {
    SamplingParams {
        temperature: config.temperature,
        top_p: config.top_p,
        top_k: config.top_k as usize,
        presence_penalty: config.presence_penalty,
        frequency_penalty: config.frequency_penalty,
        min_new_tokens: config.min_new_tokens as usize,
        max_new_tokens: config.max_new_tokens as usize,
        stop: config.stop.clone(),
        stop_tokens: config.stop_tokens.clone(),
    }
}
