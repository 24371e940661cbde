//! Rows that are prefilled together and decode in step until all have finished.

use burn::tensor::Tensor;
use rayon::prelude::*;

use super::row::Response;
use super::{Group, Sample, SampleProgress, SamplingParams};
use crate::Policy;
use crate::device::Path;
use crate::engine::cpu::CpuEngine;
use crate::engine::{Engine, Prompt, Room, Step};
use crate::ops::attention::{Cache, Row};
use crate::ops::embed;
use crate::ops::host::Memory;

/// The state of a wave between two steps.
pub(super) struct Wave<'a> {
    policy: &'a Policy,
    params: &'a SamplingParams,
    runner: Runner,
    logits: Vec<f32>,
    responses: Vec<Response>,
    /// Rows that go on, in the order of their slots; a row's slot is its place in `responses`.
    active: Vec<Row>,
}

/// What computes the logits.
enum Runner {
    Cpu(Box<CpuEngine>),
    /// Keys and values, and the head as `[hidden, vocab]`, contiguous.
    Burn(Cache, Tensor<2>),
}

impl<'a> Wave<'a> {
    /// Prefills the prompts of `jobs` (group, seed), each once, and draws the first tokens.
    pub fn start(
        policy: &'a Policy,
        groups: &[Group],
        jobs: &[(usize, u64)],
        params: &'a SamplingParams,
    ) -> Self {
        let model = &policy.model;
        let mut used: Vec<usize> = jobs.iter().map(|(group, _)| *group).collect();
        used.dedup();
        let prompts: Vec<&[u32]> = used
            .iter()
            .map(|group| groups[*group].prompt.as_slice())
            .collect();
        let place = |group: usize| used.partition_point(|used| *used < group);
        let rows: Vec<usize> = jobs.iter().map(|(group, _)| place(*group)).collect();

        if model.device.path() == Path::Host {
            return Self::start_engine(policy, params, jobs, &prompts, &rows);
        }
        let layout = model.layout(prompts.iter().map(|prompt| prompt.len()));
        let mut cache = Cache::new(&layout, &rows, params.max_new_tokens, model.config.layers);
        let hidden = model.prefill(&prompts.concat(), &layout, &mut cache);
        // Tied heads are transposed views of the embedding: a copy in order makes every step's product faster.
        let head = model
            .head()
            .reshape([model.config.hidden * model.config.vocab]);
        let head = head.reshape([model.config.hidden, model.config.vocab]);
        let active = active(&rows, &prompts);
        let responses = jobs.iter().map(|(_, seed)| Response::new(*seed)).collect();
        let mut wave = Self {
            policy,
            params,
            logits: Vec::new(),
            runner: Runner::Burn(cache, head.clone()),
            responses,
            active,
        };
        let logits = hidden.matmul(head);
        let rows: Vec<u32> = rows.iter().map(|row| *row as u32).collect();
        let mut memory = Memory::take(embed::forward(&logits, &rows));
        wave.draw(memory.slice_mut());
        wave
    }

    fn start_engine(
        policy: &'a Policy,
        params: &'a SamplingParams,
        jobs: &[(usize, u64)],
        prompts: &[&[u32]],
        rows: &[usize],
    ) -> Self {
        let room = Room {
            prompts: prompts.len(),
            slots: rows.len(),
            new_tokens: params.max_new_tokens,
        };
        let mut engine = CpuEngine::new(&policy.model, room);
        let prefill: Vec<Prompt> = prompts
            .iter()
            .enumerate()
            .map(|(place, tokens)| Prompt { place, tokens })
            .collect();
        let mut logits = Vec::new();
        engine.prefill(&prefill, &mut logits);
        let vocab = policy.vocab_size();
        let mut first: Vec<f32> = rows
            .iter()
            .flat_map(|place| &logits[place * vocab..][..vocab])
            .copied()
            .collect();
        let mut wave = Self {
            policy,
            params,
            runner: Runner::Cpu(Box::new(engine)),
            logits,
            responses: jobs.iter().map(|(_, seed)| Response::new(*seed)).collect(),
            active: active(rows, prompts),
        };
        wave.draw(&mut first);
        wave
    }

    /// Decodes until no row goes on.
    pub fn run(
        mut self,
        progress: &mut SampleProgress,
        on_step: &mut dyn FnMut(SampleProgress),
    ) -> Vec<Sample> {
        let model = &self.policy.model;
        loop {
            self.report(progress, on_step);
            self.drop_finished();
            if self.active.is_empty() {
                break;
            }
            let last = |row: &Row| self.responses[row.slot].tokens.last().copied().unwrap_or(0);
            let ids: Vec<u32> = self.active.iter().map(last).collect();
            match &mut self.runner {
                Runner::Cpu(engine) => {
                    let steps: Vec<Step> = self.active.iter().zip(&ids).map(step).collect();
                    let mut logits = std::mem::take(&mut self.logits);
                    engine.decode(&steps, &mut logits);
                    self.draw(&mut logits);
                    self.logits = logits;
                }
                Runner::Burn(cache, head) => {
                    let hidden = model.decode(&ids, &self.active, cache);
                    let mut memory = Memory::take(hidden.matmul(head.clone()));
                    self.draw(memory.slice_mut());
                }
            }
            for row in &mut self.active {
                row.position += 1;
            }
        }
        self.responses
            .into_iter()
            .map(Response::into_sample)
            .collect()
    }

    /// Draws a token for every active row from `logits` `[active, vocab]`.
    fn draw(&mut self, logits: &mut [f32]) {
        let vocab = self.policy.vocab_size();
        let (params, tokenizer) = (self.params, self.policy.tokenizer());
        let mut active = self.active.iter().peekable();
        let drawing: Vec<&mut Response> = self
            .responses
            .iter_mut()
            .enumerate()
            .filter_map(|(slot, response)| active.next_if(|row| row.slot == slot).map(|_| response))
            .collect();
        drawing
            .into_par_iter()
            .zip(logits.par_chunks_exact_mut(vocab))
            .for_each(|(response, logits)| response.extend(logits, params, tokenizer));
    }

    fn report(&self, progress: &mut SampleProgress, on_step: &mut dyn FnMut(SampleProgress)) {
        progress.tokens += self.active.len();
        let finished = |row: &&Row| self.responses[row.slot].finish.is_some();
        progress.rows_done += self.active.iter().filter(finished).count();
        on_step(*progress);
    }

    fn drop_finished(&mut self) {
        let goes_on = |row: &Row| self.responses[row.slot].finish.is_none();
        let places: Vec<usize> = (0..self.active.len())
            .filter(|place| goes_on(&self.active[*place]))
            .collect();
        if places.len() < self.active.len() {
            self.active = places.iter().map(|place| self.active[*place]).collect();
            if let (Runner::Burn(cache, _), false) = (&mut self.runner, places.is_empty()) {
                cache.retain(&places);
            }
        }
    }
}

fn active(rows: &[usize], prompts: &[&[u32]]) -> Vec<Row> {
    rows.iter()
        .enumerate()
        .map(|(slot, prompt)| Row {
            slot,
            prompt: *prompt,
            position: prompts[*prompt].len(),
        })
        .collect()
}

fn step((row, token): (&Row, &u32)) -> Step {
    Step {
        slot: row.slot,
        place: row.prompt,
        position: row.position,
        token: *token,
    }
}
