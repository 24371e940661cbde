use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use proptest::prelude::*;
use serl_artifacts::tables::Source;
use serl_pipeline::PipelineError;

use super::super::rouge::tests::lcs_by_table;
use super::super::rouge::{Lexicon, rouge_l};
use super::*;

fn instruction(text: &str) -> Instruction {
    Instruction {
        id: InstructionId::of(text),
        iteration: 1,
        source: Source::Generated,
        text: text.into(),
        few_shot: vec![],
        completion_id: None,
    }
}

/// Texts of a few words, so that many are alike.
fn instructions(most: usize) -> impl Strategy<Value = Vec<Instruction>> {
    let text = prop::collection::vec(prop::sample::select(vec!["a", "b", "c", "d", "graph", "7"]), 0..9);
    prop::collection::vec(text.prop_map(|words| instruction(&words.join(" "))), 0..most)
}

/// The definition: everything is compared with everything, one after the other.
fn by_comparing_all(config: &FilterConfig, known: &[Instruction], candidates: &[Instruction]) -> Vec<Filtered> {
    let rules = Rules::new(config).unwrap();
    let mut lexicon = Lexicon::default();
    let mut pool: Vec<&Instruction> = known.iter().collect();
    let mut rows = Vec::new();
    for candidate in candidates {
        let words = lexicon.words(&candidate.text);
        let mut nearest: Option<(f32, &Instruction)> = None;
        for other in &pool {
            let text = lexicon.words(&other.text);
            let score = rouge_l(lcs_by_table(&words, &text), words.len() + text.len());
            if nearest.is_none_or(|(best, _)| score > best) {
                nearest = Some((score, other));
            }
        }
        let score = nearest.map_or(0.0, |(score, _)| score);
        let kept = rows.iter().filter(|row: &&Filtered| row.kept).count();
        let (reason, detail) = match rules.check(&candidate.text) {
            _ if pool.iter().any(|other| other.id == candidate.id) => (FilterReason::Duplicate, None),
            Some(unfit) => unfit,
            None if score >= config.rouge_l_max => (FilterReason::TooSimilar, None),
            None if config.max_kept > 0 && kept >= config.max_kept as usize => (FilterReason::Surplus, None),
            None => (FilterReason::Kept, None),
        };
        if reason == FilterReason::Kept {
            pool.push(candidate);
        }
        rows.push(Filtered {
            id: candidate.id.clone(),
            text: candidate.text.clone(),
            kept: reason == FilterReason::Kept,
            reason,
            rouge_l_max: score,
            nearest: nearest.map(|(_, other)| other.id.clone()),
            words: words.len() as u32,
            detail,
        });
    }
    rows
}

/// Parts in memory; asked to stop once it has as many as `stop_at`.
#[derive(Default)]
struct Memory {
    parts: RefCell<BTreeMap<usize, Vec<u8>>>,
    stop_at: Cell<Option<usize>>,
}

impl Work for Memory {
    fn part(&self, _: &str, index: usize) -> Result<Option<Vec<u8>>, StageError> {
        Ok(self.parts.borrow().get(&index).cloned())
    }

    fn save_part(&self, _: &str, index: usize, bytes: &[u8]) -> Result<(), StageError> {
        let old = self.parts.borrow_mut().insert(index, bytes.to_vec());
        assert!(old.is_none(), "part {index} was saved twice");
        Ok(())
    }

    fn progress(&self, _: &Headway<'_>) {}

    fn check_cancelled(&self) -> Result<(), StageError> {
        if self.stop_at.get() == Some(self.parts.borrow().len()) {
            return Err(PipelineError::Interrupted.into());
        }
        Ok(())
    }
}

fn judge<'a>(config: &'a FilterConfig, known: &[Instruction]) -> Judge<'a> {
    Judge::new(config, known, CancelFlag::new()).unwrap()
}

proptest! {
    #[test]
    fn verdicts_are_those_of_comparing_all(
        known in instructions(12),
        candidates in instructions(40),
        size in 1usize..20,
        rouge_l_max in 0.3f32..1.1,
        max_kept in 0u32..12,
        stop_at in any::<prop::sample::Index>(),
    ) {
        let config = FilterConfig { rouge_l_max, max_kept, ..FilterConfig::default() };
        let want = by_comparing_all(&config, &known, &candidates);
        let work = Memory::default();
        let whole = judge(&config, &known).in_blocks(&candidates, size, &work).unwrap();
        prop_assert_eq!(&whole, &want);
        // Stopped after some block and taken up again; a single block is not saved.
        let blocks = work.parts.borrow().len();
        prop_assume!(blocks > 0);
        let stop_at = stop_at.index(blocks);
        let work = Memory { stop_at: Cell::new(Some(stop_at)), ..Memory::default() };
        prop_assert!(judge(&config, &known).in_blocks(&candidates, size, &work).is_err());
        prop_assert_eq!(work.parts.borrow().len(), stop_at);
        work.stop_at.set(None);
        let resumed = judge(&config, &known).in_blocks(&candidates, size, &work).unwrap();
        prop_assert_eq!(&resumed, &want);
    }
}

#[test]
fn verdicts_on_other_candidates_are_not_taken_up() {
    let config = FilterConfig::default();
    let texts =
        |letter: &str| -> Vec<Instruction> { (0..4).map(|i| instruction(&format!("{letter}{i} x{i} y{i}"))).collect() };
    let (saved, candidates) = (texts("a"), texts("b"));
    let work = Memory::default();
    judge(&config, &[]).in_blocks(&saved, 2, &work).unwrap();
    let rows = table::decode::<Filtered>(&work.parts.borrow()[&0], PARTS).unwrap();
    assert_eq!(rows.len(), 2);
    assert!(saved_block(&work, 0, &saved[..2]).unwrap().is_some());
    assert!(saved_block(&work, 0, &candidates[..2]).unwrap().is_none());
    assert!(saved_block(&work, 0, &saved[..3]).unwrap().is_none());
}
