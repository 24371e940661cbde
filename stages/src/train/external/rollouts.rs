//! `rollouts.parquet`: the responses that are trained on, with everything that the loss takes of them.

use serde::{Deserialize, Serialize};
use serl_artifacts::table::Table;

use super::given::Given;

/// A response. Lists but the prompt have one element per output token.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Rollout {
    /// Number of its prompt.
    pub(super) group: u32,
    pub(super) prompt_tokens: Vec<u32>,
    pub(super) output_tokens: Vec<u32>,
    pub(super) reward: f32,
    pub(super) advantages: Vec<f32>,
    /// Under the policy that is trained, as the trainer computes them.
    pub(super) old_logprobs: Vec<f32>,
    /// Under the reference policy; none where no KL counts.
    pub(super) reference_logprobs: Option<Vec<f32>>,
    /// Under the policy that is trained, as the sampler has computed them; none if it has not said.
    pub(super) sampler_logprobs: Option<Vec<f32>>,
}

impl Table for Rollout {
    const NAME: &'static str = "rollouts";
    const SCHEMA_VERSION: u32 = 1;
}

impl Given<'_> {
    /// The rows of the table, in the order of the responses' numbers.
    pub(super) fn rollouts(&self, advantages: &[Vec<f32>]) -> Vec<Rollout> {
        let round = self.task.round;
        let scores = self.task.scores;
        let row = |number: usize| {
            let response = round.response(number);
            let group = round.group_of(number);
            Rollout {
                group: group as u32,
                prompt_tokens: round.groups()[group].prompt.clone(),
                output_tokens: response.tokens.clone(),
                reward: response.reward,
                advantages: advantages[number].clone(),
                old_logprobs: scores.old[number].logprobs.clone(),
                reference_logprobs: scores.reference.get(number).cloned(),
                sampler_logprobs: response.policy_logprobs.clone(),
            }
        };
        self.trained().map(row).collect()
    }
}
