//! The instructions of earlier iterations that serve as few-shot examples.
//!
//! With `pool = "selected"` they are those that passed all four criteria of SeRL (arXiv 2505.20347, section 3.1), the
//! difficulty filter too. That makes a curriculum: what has become too easy, or is still too hard, is not imitated.

use std::collections::HashSet;

use serl_artifacts::InstructionId;
use serl_artifacts::tables::{Instruction, Selection};
use serl_pipeline::NodeContext;

use crate::config::Pool;
use crate::error::StageError;
use crate::stage::tables::{read, read_optional};
use crate::stage::wires::{Inputs, Wires, add};

/// Wires what the pool is made of: everything kept so far and, to choose from it, the verdicts on the difficulty of the
/// last iteration's instructions beside the pool of the iteration before.
pub(super) fn add_inputs(inputs: &mut Inputs, pool: Pool, wires: &Wires) {
    add(inputs, "kept", wires.pool.as_ref());
    if pool == Pool::Selected {
        add(inputs, "pool", wires.examples.as_ref());
        for (round, selection) in wires.selections.iter().enumerate() {
            add(inputs, &selection_of(round), Some(selection));
        }
    }
}

/// The pool, in the order in which the instructions were written.
pub(super) fn read_pool(ctx: &NodeContext<'_>, pool: Pool) -> Result<Vec<Instruction>, StageError> {
    let kept: Vec<Instruction> = read_optional(ctx, "kept")?;
    if pool == Pool::Kept {
        return Ok(kept);
    }
    let mut verdicts: Vec<Selection> = Vec::new();
    for name in (0..).map(selection_of).take_while(|name| ctx.has_input(name)) {
        verdicts.extend(read::<Selection>(ctx, &name)?);
    }
    let pool: Vec<Instruction> = read_optional(ctx, "pool")?;
    Ok(chosen(pool, kept, &verdicts))
}

fn selection_of(round: usize) -> String {
    format!("selection.{round}")
}

/// `pool` and what of `kept` was selected.
fn chosen(mut pool: Vec<Instruction>, kept: Vec<Instruction>, verdicts: &[Selection]) -> Vec<Instruction> {
    let selected = verdicts.iter().filter(|verdict| verdict.selected);
    let selected: HashSet<&InstructionId> = selected.map(|verdict| &verdict.instruction_id).collect();
    pool.extend(
        kept.into_iter()
            .filter(|instruction| selected.contains(&instruction.id)),
    );
    pool
}

#[cfg(test)]
mod tests {
    use super::*;
    use serl_artifacts::tables::{SelectionReason, Source};

    #[test]
    fn what_was_too_easy_or_too_hard_is_no_example() {
        let instruction = |text: &str| Instruction {
            id: InstructionId::of(text),
            iteration: 1,
            source: Source::Generated,
            text: text.into(),
            few_shot: vec![],
            completion_id: None,
        };
        let verdict = |text: &str, reason| Selection {
            instruction_id: InstructionId::of(text),
            iteration: 2,
            round: 0,
            r_mean: 0.5,
            selected: reason == SelectionReason::Selected,
            reason,
        };
        let verdicts = [
            verdict("easy", SelectionReason::TooEasy),
            verdict("right", SelectionReason::Selected),
            verdict("hard", SelectionReason::TooHard),
        ];
        let kept = ["earlier", "hard", "right", "easy"].map(instruction);
        let pool = chosen(vec![instruction("earlier")], kept.to_vec(), &verdicts);
        let texts: Vec<&str> = pool.iter().map(|i| i.text.as_str()).collect();
        assert_eq!(texts, ["earlier", "right"]);
    }
}
