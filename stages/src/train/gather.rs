//! Gathering the responses that a round trains on, or normalises over: those with a reward.

use std::collections::HashSet;

use serl_artifacts::InstructionId;
use serl_artifacts::tables::{self, Reward, Selection};

use super::round::{Group, Response, Round};
use crate::error::StageError;
use crate::respond::group as respond;

/// What of a round's responses is gathered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gather {
    /// Whether groups that were not selected are gathered, too.
    pub(super) all: bool,
    /// Responses of a group at most, the first ones.
    pub(super) responses: usize,
}

impl Gather {
    /// The round of `groups`, with the rewards of their responses, which come in the same order.
    ///
    /// # Errors
    /// Rewards of other responses.
    pub(super) fn gather(
        self,
        groups: Vec<respond::Group>,
        rewards: Vec<Reward>,
        selection: &[Selection],
    ) -> Result<Round, StageError> {
        let chosen = selection.iter().filter(|s| s.selected);
        let chosen: HashSet<&InstructionId> = chosen.map(|s| &s.instruction_id).collect();
        let mut rewards = rewards.into_iter();
        let mut gathered = Vec::new();
        for group in groups {
            let trained = chosen.contains(&group.prompt.instruction_id);
            let mut responses = rewarded(group.responses, &mut rewards)?;
            responses.truncate(self.responses);
            if (trained || self.all) && !responses.is_empty() {
                gathered.push(Group {
                    prompt: group.prompt.prompt_tokens,
                    trained,
                    responses,
                });
            }
        }
        Ok(Round::new(gathered))
    }
}

/// The responses that can be trained on, each with its reward. One without a reward or without a token has nothing to
/// teach; samplers give at least the stop token.
fn rewarded(
    responses: Vec<tables::Response>,
    rewards: &mut impl Iterator<Item = Reward>,
) -> Result<Vec<Response>, StageError> {
    let mut kept = Vec::with_capacity(responses.len());
    for response in responses {
        let id = (&response.instruction_id, response.sample);
        let reward = rewards
            .next()
            .filter(|reward| (&reward.instruction_id, reward.sample) == id);
        let Some(reward) = reward else {
            return Err(StageError::Mismatch(format!(
                "`rewards` lacks the reward of response {} to instruction {}",
                response.sample, response.instruction_id
            )));
        };
        if let Some(reward) = reward.reward
            && !response.output_tokens.is_empty()
        {
            kept.push(Response {
                tokens: response.output_tokens,
                reward,
                policy_logprobs: response.policy_logprobs,
            });
        }
    }
    Ok(kept)
}
