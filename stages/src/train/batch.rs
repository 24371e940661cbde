//! The rollouts that a round trains on.

use std::collections::{HashMap, HashSet};

use serl_artifacts::InstructionId;
use serl_artifacts::tables::{Rollout, Selection};
use serl_lm::Group;

/// Rollouts of the selected instructions, in the order of the rollouts table.
pub(crate) struct Batch {
    /// Tokens of each group's prompt.
    prompts: Vec<Vec<u32>>,
    /// Tokens of each response.
    responses: Vec<Vec<u32>>,
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
            prompts: Vec::new(),
            responses: Vec::new(),
            rewards: Vec::new(),
            sampled: Vec::new(),
            groups: Vec::new(),
        };
        let mut last: Option<InstructionId> = None;
        for rollout in rollouts {
            // A response without a token has nothing to learn from; samplers give at least the stop token.
            if !selected.contains(&rollout.instruction_id) || rollout.output_tokens.is_empty() {
                continue;
            }
            if last.as_ref() != Some(&rollout.instruction_id) {
                batch.prompts.push(rollout.prompt_tokens);
            }
            batch.responses.push(rollout.output_tokens);
            batch.rewards.push(rollout.reward);
            batch.sampled.push(rollout.policy_logprobs);
            batch.groups.push(batch.prompts.len() - 1);
            last = Some(rollout.instruction_id);
        }
        batch
    }

    /// The groups of the responses `members`, in the order in which they first appear there, and the members in the
    /// order in which they stand in these groups.
    pub(crate) fn select(&self, members: &[usize]) -> (Vec<Group<'_>>, Vec<usize>) {
        let mut order: Vec<Vec<usize>> = Vec::new();
        let mut places: HashMap<usize, usize> = HashMap::new();
        for &member in members {
            let place = *places.entry(self.groups[member]).or_insert(order.len());
            match order.get_mut(place) {
                Some(group) => group.push(member),
                None => order.push(vec![member]),
            }
        }
        let group = |members: &Vec<usize>| Group {
            prompt: &self.prompts[self.groups[members[0]]],
            responses: members.iter().map(|&member| &self.responses[member][..]).collect(),
        };
        (order.iter().map(group).collect(), order.concat())
    }

    /// All groups, their responses in the order of the batch.
    pub(crate) fn all(&self) -> Vec<Group<'_>> {
        let members: Vec<usize> = (0..self.len()).collect();
        self.select(&members).0
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.responses.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.responses.len()
    }
}
