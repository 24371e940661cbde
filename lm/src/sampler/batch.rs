//! The loop of a call: rows are admitted, their prompts prefilled, all running rows decode one token, ended ones leave.

use super::draw::draw;
use super::row::{Response, Rules};
use super::scheduler::{Admission, Row, Scheduler};
use super::{Group, Sample, SampleProgress};
use crate::engine::{Engine, Logits, Prompt, Step};

/// A call in progress.
pub(super) struct Batch<'a> {
    groups: &'a [Group],
    rules: &'a Rules<'a>,
    engine: &'a mut dyn Engine,
    scheduler: Scheduler,
    vocab: usize,
    /// Running responses by slot.
    running: Vec<Option<Response>>,
    /// Finished samples by group.
    samples: Vec<Vec<Option<Sample>>>,
    logits: Logits,
    /// After the prompt prefilled last, for its rows that have yet to start.
    waiting_logits: Logits,
    progress: SampleProgress,
}

impl<'a> Batch<'a> {
    /// A call whose rows run on `engine`, which has room for the scheduler's capacity.
    pub fn new(
        groups: &'a [Group],
        rules: &'a Rules<'a>,
        engine: &'a mut dyn Engine,
        scheduler: Scheduler,
        vocab: usize,
    ) -> Self {
        let rows = groups.iter().map(|group| group.seeds.len()).sum();
        Self {
            groups,
            rules,
            engine,
            vocab,
            running: (0..scheduler.capacity().1).map(|_| None).collect(),
            samples: groups.iter().map(|group| vec![None; group.seeds.len()]).collect(),
            logits: Logits::default(),
            waiting_logits: Logits::default(),
            progress: SampleProgress {
                rows_done: 0,
                rows,
                tokens: 0,
            },
            scheduler,
        }
    }

    /// Runs until every row has ended. `on_step` is called each time that rows have drawn a token.
    pub fn run(mut self, on_step: &mut dyn FnMut(SampleProgress)) -> Vec<Vec<Sample>> {
        loop {
            while let Some(admission) = self.scheduler.admit() {
                self.start(&admission);
                on_step(self.progress);
            }
            let rows: Vec<Row> = self.scheduler.running().copied().collect();
            if rows.is_empty() {
                break;
            }
            self.decode(&rows);
            on_step(self.progress);
        }
        let samples = self.samples.into_iter();
        samples.map(|samples| samples.into_iter().flatten().collect()).collect()
    }

    /// Prefills the prompts of `admission` and draws the first token of its rows.
    fn start(&mut self, admission: &Admission) {
        let prompts: Vec<Prompt> = admission
            .prompts
            .iter()
            .map(|(group, place)| Prompt {
                place: *place,
                tokens: &self.groups[*group].prompt,
            })
            .collect();
        if !prompts.is_empty() {
            self.engine.prefill(&prompts, &mut self.logits);
        }
        let response = |row: &Row| {
            let group = &self.groups[row.group];
            let limit = group.limit(row.sample, self.rules.params);
            Response::new(group.seeds[row.sample], limit)
        };
        let mut new: Vec<Response> = admission.rows.iter().map(|(row, _)| response(row)).collect();
        let (mut fresh, mut waiting) = (Vec::new(), Vec::new());
        for (response, (_, prompt)) in new.iter_mut().zip(&admission.rows) {
            match prompt {
                Some(index) => fresh.push((response, *index)),
                None => waiting.push((response, 0)),
            }
        }
        draw(fresh, &self.logits, self.vocab, self.rules);
        draw(waiting, &self.waiting_logits, self.vocab, self.rules);
        if self.scheduler.is_partial() && !prompts.is_empty() {
            self.waiting_logits = self.logits.last(self.vocab);
        }
        for ((row, _), response) in admission.rows.iter().zip(new) {
            self.running[row.slot] = Some(response);
        }
        self.finish(admission.rows.iter().map(|(row, _)| row));
    }

    /// Decodes and draws one token for each of the running `rows`, which are in the order of their slots.
    fn decode(&mut self, rows: &[Row]) {
        let running = self.running.iter_mut().flatten();
        let steps: Vec<Step> = rows
            .iter()
            .zip(running)
            .map(|(row, response)| Step {
                slot: row.slot,
                place: row.place,
                position: self.groups[row.group].prompt.len() + response.len() - 1,
                token: response.last(),
            })
            .collect();
        self.engine.decode(&steps, &mut self.logits);
        let running = self.running.iter_mut().flatten();
        let drawing = running.zip(0..).collect();
        draw(drawing, &self.logits, self.vocab, self.rules);
        self.finish(rows.iter());
    }

    /// Counts the token that each of `rows` has drawn and takes out those that have ended.
    fn finish<'r>(&mut self, rows: impl Iterator<Item = &'r Row>) {
        for row in rows {
            self.progress.tokens += 1;
            if let Some(response) = self.running[row.slot].take_if(|row| row.is_finished()) {
                self.samples[row.group][row.sample] = Some(response.into_sample());
                self.scheduler.end(row.slot);
                self.progress.rows_done += 1;
            }
        }
    }
}
