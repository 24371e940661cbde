//! The rollouts that a round trains on.

use std::collections::HashSet;

use serl_artifacts::InstructionId;
use serl_artifacts::tables::{Rollout, Selection};
use serl_lm::Sequence;

/// Rollouts of the selected instructions, in the order of the rollouts table.
pub(crate) struct Batch {
    /// Prompt and response tokens.
    pub(crate) sequences: Vec<Sequence>,
    /// Reward of each response.
    pub(crate) rewards: Vec<f32>,
    /// Logprobs of each response under the policy that sampled it, as the sampler computes them.
    pub(crate) sampled: Vec<Vec<f32>>,
    /// Responses to the same instruction stand together and share a number.
    pub(crate) groups: Vec<usize>,
}

impl Batch {
    pub(crate) fn new(rollouts: Vec<Rollout>, selection: &[Selection]) -> Self {
        let selected: HashSet<&InstructionId> = selection
            .iter()
            .filter(|s| s.selected)
            .map(|s| &s.instruction_id)
            .collect();
        let mut batch = Self {
            sequences: Vec::new(),
            rewards: Vec::new(),
            sampled: Vec::new(),
            groups: Vec::new(),
        };
        let mut last: Option<InstructionId> = None;
        let mut group = 0;
        for rollout in rollouts {
            // A response without a token has nothing to learn from; samplers give at least the stop token.
            if !selected.contains(&rollout.instruction_id) || rollout.output_tokens.is_empty() {
                continue;
            }
            if last.as_ref().is_some_and(|id| *id != rollout.instruction_id) {
                group += 1;
            }
            batch.push(rollout, group, &mut last);
        }
        batch
    }

    fn push(&mut self, rollout: Rollout, group: usize, last: &mut Option<InstructionId>) {
        let prompt_len = rollout.prompt_tokens.len();
        let mut tokens = rollout.prompt_tokens;
        tokens.extend(rollout.output_tokens);
        self.sequences.push(Sequence { tokens, prompt_len });
        self.rewards.push(rollout.reward);
        self.sampled.push(rollout.policy_logprobs);
        self.groups.push(group);
        *last = Some(rollout.instruction_id);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.sequences.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.sequences.len()
    }
}
