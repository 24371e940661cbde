//! The instructions that a candidate is compared with.

use std::collections::HashSet;

use rayon::prelude::*;
use serl_artifacts::InstructionId;
use serl_artifacts::tables::Instruction;

use super::rouge::{Lexicon, Pattern, Words};

/// Known instructions, prepared for comparing.
#[derive(Default)]
pub(crate) struct Pool {
    lexicon: Lexicon,
    ids: HashSet<InstructionId>,
    known: Vec<(InstructionId, Words)>,
}

/// The known instruction that is most like a candidate.
pub(crate) struct Nearest<'a> {
    pub(crate) id: &'a InstructionId,
    pub(crate) rouge_l: f32,
}

impl Pool {
    pub(crate) fn add(&mut self, instruction: &Instruction) {
        let words = self.lexicon.words(&instruction.text);
        self.ids.insert(instruction.id.clone());
        self.known.push((instruction.id.clone(), words));
    }

    /// Whether an instruction of the same text is known.
    pub(crate) fn holds(&self, id: &InstructionId) -> bool {
        self.ids.contains(id)
    }

    /// The first of the most similar; none while nothing is known.
    pub(crate) fn nearest(&mut self, text: &str) -> Option<Nearest<'_>> {
        let pattern = Pattern::new(&self.lexicon.words(text));
        let scores: Vec<f32> = self.known.par_iter().map(|(_, words)| pattern.rouge_l(words)).collect();
        let (index, &rouge_l) = scores.iter().enumerate().rev().max_by(|a, b| a.1.total_cmp(b.1))?;
        Some(Nearest {
            id: &self.known[index].0,
            rouge_l,
        })
    }
}
