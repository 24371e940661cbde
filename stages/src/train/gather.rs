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

#[cfg(test)]
mod tests {
    use super::*;
    use serl_artifacts::tables::{Finish, ParseStatus, Prompt, SelectionReason};

    fn group(text: &str) -> respond::Group {
        let id = InstructionId::of(text);
        let response = |sample| tables::Response {
            instruction_id: id.clone(),
            sample,
            output_tokens: vec![sample],
            logprobs: vec![0.0],
            policy_logprobs: None,
            text: String::new(),
            finish: Finish::Stop,
        };
        respond::Group {
            prompt: Prompt {
                instruction_id: id.clone(),
                instruction: text.into(),
                prompt_tokens: vec![9],
            },
            responses: (0..3).map(response).collect(),
        }
    }

    fn rewards(group: &respond::Group) -> Vec<Reward> {
        let reward = |response: &tables::Response| Reward {
            instruction_id: response.instruction_id.clone(),
            sample: response.sample,
            answer: None,
            canonical: None,
            method: None,
            parse_status: ParseStatus::Parsed,
            reward: (response.sample != 1).then_some(1.0),
        };
        group.responses.iter().map(reward).collect()
    }

    /// Of each group of the round: whether it is trained on, and the first tokens of its responses.
    fn gathered(all: bool, responses: usize) -> Vec<(bool, Vec<u32>)> {
        let groups = [group("hard"), group("right")];
        let verdict = |text: &str, selected| Selection {
            instruction_id: InstructionId::of(text),
            iteration: 1,
            round: 0,
            r_mean: 0.5,
            selected,
            reason: SelectionReason::Selected,
        };
        let selection = [verdict("hard", false), verdict("right", true)];
        let rewards = groups.iter().flat_map(rewards).collect();
        let round = Gather { all, responses }
            .gather(groups.to_vec(), rewards, &selection)
            .unwrap();
        let first = |group: &Group| group.responses.iter().map(|response| response.tokens[0]).collect();
        round
            .groups()
            .iter()
            .map(|group| (group.trained, first(group)))
            .collect()
    }

    #[test]
    fn groups_that_were_not_selected_count_only_where_all_are_normalised_over() {
        // Response 1 has no reward.
        assert_eq!(gathered(false, usize::MAX), [(true, vec![0, 2])]);
        assert_eq!(gathered(true, usize::MAX), [(false, vec![0, 2]), (true, vec![0, 2])]);
    }

    #[test]
    fn the_first_responses_are_trained_on_and_the_others_only_vote() {
        assert_eq!(gathered(false, 1), [(true, vec![0])]);
    }
}
