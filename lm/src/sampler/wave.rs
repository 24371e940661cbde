//! Rows that are prefilled together and decode in step until all have finished.

use burn::tensor::Tensor;
use rayon::prelude::*;

use super::row::Response;
use super::{Group, Sample, SampleProgress, SamplingParams};
use crate::Policy;
use crate::ops::attention::{Cache, Row};
use crate::ops::embed;
use crate::ops::host::Memory;
use crate::profile::{self, Phase, Section};

/// The state of a wave between two steps.
pub(super) struct Wave<'a> {
    policy: &'a Policy,
    params: &'a SamplingParams,
    cache: Cache,
    /// The head as `[hidden, vocab]`, contiguous.
    head: Tensor<2>,
    responses: Vec<Response>,
    /// Rows that go on, in the order of their slots; a row's slot is its place in `responses`.
    active: Vec<Row>,
}

impl<'a> Wave<'a> {
    /// Prefills the prompts of `jobs` (group, its sample), each once, and draws the first tokens.
    pub fn start(
        policy: &'a Policy,
        groups: &[Group],
        jobs: &[(usize, usize)],
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

        let layout = model.layout(prompts.iter().map(|prompt| prompt.len()));
        let mut cache = Cache::new(&layout, &rows, params.max_new_tokens, model.config.layers);
        let hidden = model.prefill(&prompts.concat(), &layout, &mut cache);
        // Tied heads are transposed views of the embedding: a copy in order makes every step's product faster.
        let head = model
            .head()
            .reshape([model.config.hidden * model.config.vocab]);
        let head = head.reshape([model.config.hidden, model.config.vocab]);
        let active = rows
            .iter()
            .enumerate()
            .map(|(slot, prompt)| Row {
                slot,
                prompt: *prompt,
                position: prompts[*prompt].len(),
            })
            .collect();
        let response = |(group, sample): &(usize, usize)| {
            let group = &groups[*group];
            Response::new(group.seeds[*sample], group.limit(*sample, params))
        };
        let responses = jobs.iter().map(response).collect();
        let mut wave = Self {
            policy,
            params,
            cache,
            head,
            responses,
            active,
        };
        let logits = wave.logits(hidden);
        let rows: Vec<u32> = rows.iter().map(|row| *row as u32).collect();
        wave.draw(embed::forward(&logits, &rows));
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
            let hidden = model.decode(&ids, &self.active, &mut self.cache);
            for row in &mut self.active {
                row.position += 1;
            }
            self.draw(self.logits(hidden));
        }
        self.responses
            .into_iter()
            .map(Response::into_sample)
            .collect()
    }

    fn logits(&self, hidden: Tensor<2>) -> Tensor<2> {
        let _section = profile::section(Section::Decode);
        let _span = profile::span(Phase::Head);
        hidden.matmul(self.head.clone())
    }

    /// Draws a token for every active row from `logits` `[active, vocab]`.
    fn draw(&mut self, logits: Tensor<2>) {
        let _section = profile::section(Section::Sampling);
        let vocab = self.policy.vocab_size();
        let (params, tokenizer) = (self.params, self.policy.tokenizer());
        let mut memory = Memory::take(logits);
        let mut active = self.active.iter().peekable();
        let drawing: Vec<&mut Response> = self
            .responses
            .iter_mut()
            .enumerate()
            .filter_map(|(slot, response)| active.next_if(|row| row.slot == slot).map(|_| response))
            .collect();
        drawing
            .into_par_iter()
            .zip(memory.slice_mut().par_chunks_exact_mut(vocab))
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
            if !places.is_empty() {
                self.cache.retain(&places);
            }
        }
    }
}
