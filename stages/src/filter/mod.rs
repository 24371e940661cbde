//! Filtering generated instructions: similarity, keywords, length, beginnings.
//!
//! Every candidate gets a row with its verdict and the reason; nothing is dropped silently. Knows no model.

mod drift;
mod index;
mod judge;
mod rouge;
mod rules;
mod similar;

use serde::{Deserialize, Serialize};
use serde_json::json;
use serl_artifacts::tables::{Drift, Filtered, Instruction};
use serl_pipeline::{CancelFlag, NodeContext};

use crate::config::{FilterConfig, Scope};
use crate::error::StageError;
use crate::generate::Generate;
use crate::sampling::work::{NodeWork, Unsaved};
use crate::stage::at::At;
use crate::stage::lab::Lab;
use crate::stage::output::TableOutput;
use crate::stage::tables::{read, read_optional};
use crate::stage::wires::{Inputs, Wires, add, inputs};
use crate::stage::{Settings, Stage};
use drift::drift;
use judge::Judge;

/// ROUGE-L of each of `texts` with the one of `known` that is most like it; 0 where nothing is known.
pub fn nearest_rouge_l(known: &[&str], texts: &[&str]) -> Vec<f32> {
    similar::nearest_of(known, texts, &CancelFlag::default())
}

/// Judges candidates by similarity, keywords, length and beginning (SeRL, arXiv 2505.20347, section 3.1).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    filter: FilterConfig,
}

impl Filter {
    /// Every candidate with its verdict.
    pub const FILTERED: TableOutput<Filtered> = TableOutput::new(Self::NAME, "filtered.parquet");
    /// Everything kept so far, earlier iterations included.
    pub const KEPT: TableOutput<Instruction> = TableOutput::new(Self::NAME, "kept.parquet");
    /// How far the kept instructions are from the seeds.
    pub const DRIFT: TableOutput<Drift> = TableOutput::new(Self::NAME, "drift.parquet");
}

impl Stage for Filter {
    const NAME: &'static str = "filter";
    const CODE_VERSION: u32 = 1;

    fn of(settings: Settings<'_>) -> Self {
        Self {
            filter: settings.config.filter.clone(),
        }
    }

    fn draws(&self) -> bool {
        false
    }

    fn inputs(&self, at: At, wires: &Wires) -> Inputs {
        let mut inputs = inputs([
            ("instructions", Generate::INSTRUCTIONS.of_iteration(at.iteration)),
            ("seeds", wires.seeds.clone()),
        ]);
        add(&mut inputs, "pool", wires.pool.as_ref());
        inputs
    }

    fn run(self, at: At, _lab: &mut Lab, ctx: &mut NodeContext<'_>) -> Result<(), StageError> {
        let seeds: Vec<Instruction> = read(ctx, "seeds")?;
        let candidates: Vec<Instruction> = read(ctx, "instructions")?;
        let earlier: Vec<Instruction> = read_optional(ctx, "pool")?;

        let known = known(&self.filter, &seeds, &earlier);
        let judge = Judge::new(&self.filter, known, ctx.cancel_flag().clone())?;
        let filtered = judge.all(&candidates, &NodeWork { ctx })?;
        let drift = drift(at.iteration, &seeds, &filtered, ctx.cancel_flag());
        // The drift of a cancelled search is discarded here.
        ctx.check_cancelled()?;

        let mut pool = earlier;
        let judged = candidates.into_iter().zip(&filtered);
        pool.extend(
            judged
                .filter(|(_, verdict)| verdict.kept)
                .map(|(candidate, _)| candidate),
        );

        let kept = filtered.iter().filter(|f| f.kept).count();
        ctx.metrics(json!({ "candidates": filtered.len(), "kept": kept }));
        Self::FILTERED.put(ctx, &[filtered])?;
        Self::KEPT.put(ctx, &[pool])?;
        Self::DRIFT.put(ctx, &[drift])
    }
}

/// Judges `candidates` one after the other: each is compared with the seeds and with whatever was kept before it.
///
/// # Errors
/// Keywords that do not fit into one expression.
pub fn filter(
    config: &FilterConfig,
    seeds: &[Instruction],
    earlier: &[Instruction],
    candidates: &[Instruction],
) -> Result<Vec<Filtered>, StageError> {
    let judge = Judge::new(config, known(config, seeds, earlier), CancelFlag::new())?;
    judge.all(candidates, &Unsaved)
}

/// The instructions that candidates are compared with from the first.
fn known<'i>(
    config: &FilterConfig,
    seeds: &'i [Instruction],
    earlier: &'i [Instruction],
) -> impl Iterator<Item = &'i Instruction> {
    let earlier = if config.scope == Scope::All { earlier } else { &[] };
    seeds.iter().chain(earlier)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serl_artifacts::InstructionId;
    use serl_artifacts::tables::{FilterReason, Source};

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

    fn reasons(config: &FilterConfig, earlier: &[&str], candidates: &[&str]) -> Vec<FilterReason> {
        let of = |texts: &[&str]| texts.iter().map(|t| instruction(t)).collect::<Vec<_>>();
        let seeds = of(&["Tom has 3 apples and eats one. How many are left?"]);
        filter(config, &seeds, &of(earlier), &of(candidates))
            .unwrap()
            .into_iter()
            .map(|f| f.reason)
            .collect()
    }

    #[test]
    fn each_verdict_has_its_reason() {
        use FilterReason::{Duplicate, Kept, Keyword, TooShort, TooSimilar};
        let candidates = [
            "A train goes 60 miles in an hour; how far does it get in three?",
            "A train goes 60 miles in an hour; how far does it get in three?",
            "A train goes 70 miles in an hour; how far does it get in two?",
            "Tom has 5 apples and eats one. How many are left?",
            "Look at the graph and find its slope.",
            "Why?",
        ];
        let want = [Kept, Duplicate, TooSimilar, TooSimilar, Keyword, TooShort];
        assert_eq!(reasons(&FilterConfig::default(), &[], &candidates), want);
    }

    #[test]
    fn the_scope_decides_whether_earlier_iterations_count() {
        let earlier = ["A train goes 60 miles in an hour; how far does it get in three?"];
        let candidates = ["A train goes 90 miles in an hour; how far does it get in three?"];
        let all = FilterConfig::default();
        let batch = FilterConfig {
            scope: Scope::Batch,
            ..all.clone()
        };
        assert_eq!(reasons(&all, &earlier, &candidates), [FilterReason::TooSimilar]);
        assert_eq!(reasons(&batch, &earlier, &candidates), [FilterReason::Kept]);
    }

    #[test]
    fn the_surplus_is_marked() {
        let config = FilterConfig {
            max_kept: 1,
            ..FilterConfig::default()
        };
        let candidates = ["How many weeks has a year?", "Which prime comes after seventy three?"];
        assert_eq!(
            reasons(&config, &[], &candidates),
            [FilterReason::Kept, FilterReason::Surplus]
        );
    }
}
