//! The verdict about each candidate, block by block.

use rayon::prelude::*;
use serl_artifacts::tables::{FilterReason, Filtered, Instruction};
use serl_artifacts::{InstructionId, table};
use serl_pipeline::{CancelFlag, Headway};

use super::index::Match;
use super::rules::{Rules, Unfit};
use super::similar::Pool;
use crate::config::FilterConfig;
use crate::error::StageError;
use crate::sampling::work::Work;

/// Candidates per saved part.
const BLOCK: usize = 1024;

/// Name of the parts.
const PARTS: &str = "filtered";

/// Judges candidates one after the other: each is compared with what was known at first and with whatever was kept
/// before it.
pub(super) struct Judge<'a> {
    config: &'a FilterConfig,
    rules: Rules<'a>,
    pool: Pool,
    kept: u32,
    cancel: CancelFlag,
}

impl<'a> Judge<'a> {
    /// A judge who knows the instructions `known`.
    pub(super) fn new<'i>(
        config: &'a FilterConfig,
        known: impl IntoIterator<Item = &'i Instruction>,
        cancel: CancelFlag,
    ) -> Result<Self, StageError> {
        let mut pool = Pool::default();
        pool.extend(known);
        Ok(Self {
            config,
            rules: Rules::new(config)?,
            pool,
            kept: 0,
            cancel,
        })
    }

    /// The verdicts on all `candidates`. Each block is saved, and one that `work` has is not judged again; a single
    /// block takes too little time to be worth it.
    pub(super) fn all(self, candidates: &[Instruction], work: &dyn Work) -> Result<Vec<Filtered>, StageError> {
        self.in_blocks(candidates, BLOCK, work)
    }

    fn in_blocks(
        mut self,
        candidates: &[Instruction],
        size: usize,
        work: &dyn Work,
    ) -> Result<Vec<Filtered>, StageError> {
        let mut judged = Vec::with_capacity(candidates.len());
        let saves = candidates.len() > size;
        for (index, block) in candidates.chunks(size).enumerate() {
            let saved = if saves { saved_block(work, index, block)? } else { None };
            let rows = match saved {
                Some(rows) => self.take_up(rows),
                None => {
                    let rows = self.block(block);
                    // Verdicts that a cancelled search led to are discarded here.
                    work.check_cancelled()?;
                    if saves {
                        work.save_part(PARTS, index, &table::encode(std::slice::from_ref(&rows))?)?;
                    }
                    rows
                }
            };
            judged.extend(rows);
            work.progress(&Headway::of(
                judged.len() as u64,
                candidates.len() as u64,
                "instructions",
            ));
        }
        Ok(judged)
    }

    fn take_up(&mut self, rows: Vec<Filtered>) -> Vec<Filtered> {
        for row in rows.iter().filter(|row| row.kept) {
            let words = self.pool.words(&row.text);
            self.keep(&row.id, &words);
        }
        rows
    }

    fn keep(&mut self, id: &InstructionId, words: &[u32]) {
        self.pool.add(id, words);
        self.kept += 1;
    }

    fn block(&mut self, block: &[Instruction]) -> Vec<Filtered> {
        let words: Vec<Vec<u32>> = block.iter().map(|candidate| self.pool.words(&candidate.text)).collect();
        let settled = self.pool.settle(&words, &self.cancel);
        let rules = &self.rules;
        let unfit: Vec<Option<Unfit>> = block.par_iter().map(|candidate| rules.check(&candidate.text)).collect();
        let mut rows = Vec::with_capacity(block.len());
        for (((candidate, words), settled), unfit) in block.iter().zip(&words).zip(settled).zip(unfit) {
            let row = self.verdict(candidate, words, settled, unfit);
            if row.kept {
                self.keep(&row.id, words);
            }
            rows.push(row);
        }
        rows
    }

    fn verdict(
        &mut self,
        candidate: &Instruction,
        words: &[u32],
        settled: Option<Match>,
        unfit: Option<Unfit>,
    ) -> Filtered {
        let nearest = self.pool.nearest(words, settled, &self.cancel);
        let (rouge_l_max, nearest) = nearest.map_or((0.0, None), |n| (n.rouge_l, Some(n.id.clone())));
        let (reason, detail) = if self.pool.holds(&candidate.id) {
            (FilterReason::Duplicate, None)
        } else if let Some(unfit) = unfit {
            unfit
        } else if rouge_l_max >= self.config.rouge_l_max {
            (FilterReason::TooSimilar, None)
        } else if self.config.max_kept > 0 && self.kept >= self.config.max_kept {
            (FilterReason::Surplus, None)
        } else {
            (FilterReason::Kept, None)
        };
        Filtered {
            id: candidate.id.clone(),
            text: candidate.text.clone(),
            kept: reason == FilterReason::Kept,
            reason,
            rouge_l_max,
            nearest,
            words: words.len() as u32,
            detail,
        }
    }
}

/// The saved verdicts on `block`; none if another version of serl saved those of other candidates there.
fn saved_block(work: &dyn Work, index: usize, block: &[Instruction]) -> Result<Option<Vec<Filtered>>, StageError> {
    let Some(bytes) = work.part(PARTS, index)? else {
        return Ok(None);
    };
    let rows: Vec<Filtered> = table::decode(&bytes, PARTS)?;
    let judged = rows.iter().map(|row| &row.id);
    Ok(judged.eq(block.iter().map(|candidate| &candidate.id)).then_some(rows))
}

#[cfg(test)]
mod tests;
