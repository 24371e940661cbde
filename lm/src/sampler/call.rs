//! The loop of a call: rows are admitted, their prompts prefilled, all running rows decode one token, ended ones leave.

use super::draft::Draft;
use super::draw::draw;
use super::rules::Rules;
use super::scheduler::{Admission, Assignment, Scheduler};
use super::{Request, Response, SampleProgress};
use crate::LmError;
use crate::engine::{Engine, Logits, Prompt, Step};

/// A call of the sampler in progress.
pub(super) struct Call<'a> {
    requests: &'a [Request],
    rules: &'a Rules<'a>,
    engine: &'a mut dyn Engine,
    scheduler: Scheduler,
    vocab: usize,
    /// Responses in the making, by slot.
    drafts: Vec<Option<Draft>>,
    /// Finished responses, by request.
    responses: Vec<Vec<Option<Response>>>,
    logits: Logits,
    /// After the prompt prefilled last, for its rows that have yet to start: one row.
    waiting_logits: Logits,
    progress: SampleProgress,
}

impl<'a> Call<'a> {
    /// A call whose rows run on `engine`, which has room for the scheduler's capacity.
    pub fn new(
        requests: &'a [Request],
        rules: &'a Rules<'a>,
        engine: &'a mut dyn Engine,
        scheduler: Scheduler,
        vocab: usize,
    ) -> Self {
        let rows = requests.iter().map(|request| request.seeds.len()).sum();
        let unfinished = |request: &Request| vec![None; request.seeds.len()];
        Self {
            requests,
            rules,
            engine,
            vocab,
            drafts: (0..scheduler.capacity().1).map(|_| None).collect(),
            responses: requests.iter().map(unfinished).collect(),
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
    ///
    /// # Errors
    /// Logits that are not finite.
    pub fn run(mut self, on_step: &mut dyn FnMut(SampleProgress)) -> Result<Vec<Vec<Response>>, LmError> {
        loop {
            while let Some(admission) = self.scheduler.admit() {
                self.start(&admission)?;
                on_step(self.progress);
            }
            let rows: Vec<Assignment> = self.scheduler.running().copied().collect();
            if rows.is_empty() {
                break;
            }
            self.decode(&rows)?;
            on_step(self.progress);
        }
        let requests = self.responses.into_iter();
        Ok(requests
            .map(|responses| responses.into_iter().flatten().collect())
            .collect())
    }

    /// Prefills the prompts of `admission` and draws the first token of its rows.
    fn start(&mut self, admission: &Admission) -> Result<(), LmError> {
        let prompts: Vec<Prompt> = admission
            .prompts
            .iter()
            .map(|prompt| Prompt {
                place: prompt.place,
                tokens: &self.requests[prompt.request].prompt,
            })
            .collect();
        if !prompts.is_empty() {
            self.engine.prefill(&prompts, &mut self.logits);
        }
        let mut drafts: Vec<Draft> = admission.rows.iter().map(|new| self.draft(&new.row)).collect();
        let (mut fresh, mut waiting) = (Vec::new(), Vec::new());
        for (draft, new) in drafts.iter_mut().zip(&admission.rows) {
            match new.prompt {
                Some(prompt) => fresh.push((draft, prompt)),
                // These continue the prompt prefilled last, by an earlier admission: its logits are the one row that
                // was kept.
                None => waiting.push((draft, 0)),
            }
        }
        draw(fresh, &self.logits, self.vocab, self.rules);
        draw(waiting, &self.waiting_logits, self.vocab, self.rules);
        // The next decoding overwrites `logits`, before the rest of the last prompt's rows can start.
        if self.scheduler.is_partial() && !prompts.is_empty() {
            self.waiting_logits = self.logits.last(self.vocab);
        }
        for (new, draft) in admission.rows.iter().zip(drafts) {
            self.drafts[new.row.slot] = Some(draft);
        }
        self.finish(admission.rows.iter().map(|new| &new.row))
    }

    /// An empty draft for `row`.
    fn draft(&self, row: &Assignment) -> Draft {
        let request = &self.requests[row.request];
        let limit = request.limit(row.response, self.rules.params);
        Draft::new(request.seeds[row.response], limit)
    }

    /// Decodes and draws one token for each of the running `rows`, which are in the order of their slots.
    fn decode(&mut self, rows: &[Assignment]) -> Result<(), LmError> {
        let drafts = self.drafts.iter_mut().flatten();
        let steps: Vec<Step> = rows
            .iter()
            .zip(drafts)
            .map(|(row, draft)| Step {
                slot: row.slot,
                place: row.place,
                position: self.requests[row.request].prompt.len() + draft.len() - 1,
                token: draft.last(),
            })
            .collect();
        self.engine.decode(&steps, &mut self.logits);
        let drafts = self.drafts.iter_mut().flatten();
        let drawing = drafts.zip(0..).collect();
        draw(drawing, &self.logits, self.vocab, self.rules);
        self.finish(rows.iter())
    }

    /// Counts the token that each of `rows` has drawn and takes out those that have ended.
    fn finish<'r>(&mut self, rows: impl Iterator<Item = &'r Assignment>) -> Result<(), LmError> {
        for row in rows {
            self.progress.tokens += 1;
            if self.drafts[row.slot].as_ref().is_some_and(|draft| !draft.is_finite()) {
                let (prompt, what) = (row.request, "logits");
                return Err(LmError::Overflow { prompt, what });
            }
            if let Some(draft) = self.drafts[row.slot].take_if(|draft| draft.is_finished()) {
                self.responses[row.request][row.response] = Some(draft.into_response());
                self.scheduler.end(row.slot);
                self.progress.rows_done += 1;
            }
        }
        Ok(())
    }
}
