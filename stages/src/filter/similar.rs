//! The instructions that a candidate is compared with.

use std::collections::HashSet;

use rayon::prelude::*;
use serl_artifacts::InstructionId;
use serl_artifacts::tables::Instruction;
use serl_pipeline::CancelFlag;

use super::index::{Index, Match, Search};
use super::rouge::Lexicon;

/// Known instructions, prepared for comparing.
///
/// Those that were known when a block of candidates began are searched by all threads at once; the few that have come
/// since, one candidate after the other.
#[derive(Default)]
pub(crate) struct Pool {
    lexicon: Lexicon,
    ids: HashSet<InstructionId>,
    known: Vec<InstructionId>,
    settled: Index,
    fresh: Index,
    search: Search,
}

/// The known instruction that is most like a candidate.
pub(crate) struct Nearest<'a> {
    pub(crate) id: &'a InstructionId,
    pub(crate) rouge_l: f32,
}

impl Pool {
    pub(crate) fn words(&mut self, text: &str) -> Vec<u32> {
        self.lexicon.words(text)
    }

    pub(crate) fn add(&mut self, id: &InstructionId, words: &[u32]) {
        self.ids.insert(id.clone());
        self.known.push(id.clone());
        self.fresh.add(words);
    }

    /// Adds all of `instructions`.
    pub(crate) fn extend<'i>(&mut self, instructions: impl IntoIterator<Item = &'i Instruction>) {
        for instruction in instructions {
            let words = self.words(&instruction.text);
            self.add(&instruction.id, &words);
        }
    }

    /// Whether an instruction of the same text is known.
    pub(crate) fn holds(&self, id: &InstructionId) -> bool {
        self.ids.contains(id)
    }

    /// Begins a block: for each of its candidates the nearest instruction of those known by now.
    pub(crate) fn settle(&mut self, candidates: &[Vec<u32>], cancel: &CancelFlag) -> Vec<Option<Match>> {
        let fresh = std::mem::take(&mut self.fresh);
        for place in 0..fresh.len() {
            self.settled.add(fresh.text(place));
        }
        let nearest = |search: &mut Search, words: &Vec<u32>| self.settled.nearest(words, None, search, cancel);
        candidates.par_iter().map_init(Search::default, nearest).collect()
    }

    /// The first of the most similar; none while nothing is known. `settled` is what [`Pool::settle`] found.
    pub(crate) fn nearest(
        &mut self,
        words: &[u32],
        settled: Option<Match>,
        cancel: &CancelFlag,
    ) -> Option<Nearest<'_>> {
        let above = settled.map(|found| found.rouge_l);
        let fresh = self.fresh.nearest(words, above, &mut self.search, cancel);
        let fresh = fresh.map(|found| (self.settled.len() + found.place, found.rouge_l));
        let (place, rouge_l) = fresh.or(settled.map(|found| (found.place, found.rouge_l)))?;
        Some(Nearest {
            id: &self.known[place],
            rouge_l,
        })
    }
}

/// ROUGE-L F-measure of each of `texts` with the nearest of `known`; 0 if that is empty. Once `cancel` is raised, the
/// result means nothing.
pub(crate) fn nearest_of(known: &[&str], texts: &[&str], cancel: &CancelFlag) -> Vec<f32> {
    let mut lexicon = Lexicon::default();
    let mut index = Index::default();
    for text in known {
        index.add(&lexicon.words(text));
    }
    let texts: Vec<Vec<u32>> = texts.iter().map(|text| lexicon.words(text)).collect();
    let nearest = |search: &mut Search, words: &Vec<u32>| {
        let found = index.nearest(words, None, search, cancel);
        found.map_or(0.0, |found| found.rouge_l)
    };
    texts.par_iter().map_init(Search::default, nearest).collect()
}
