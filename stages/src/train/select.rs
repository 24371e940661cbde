//! The dual-end difficulty filter: which instructions of a round are trained on.

use std::collections::HashSet;

use serl_artifacts::InstructionId;
use serl_artifacts::tables::{Reward, Selection, SelectionReason, Vote};

/// Judges every vote of a round: selected where `bounds[0] <= r_mean <= bounds[1]`.
///
/// Instructions that are too easy teach nothing and invite reward hacking, those too hard have majorities that are
/// mostly wrong (SeRL, arXiv 2505.20347, section 3.2). Without a majority there is no reward at all.
pub fn select(votes: &[Vote], rewards: &[Reward], bounds: [f32; 2]) -> Vec<Selection> {
    let rewarded = rewards.iter().filter(|reward| reward.reward.is_some());
    let rewarded: HashSet<&InstructionId> = rewarded.map(|reward| &reward.instruction_id).collect();
    votes
        .iter()
        .map(|vote| {
            let reason = judge(vote.r_mean, rewarded.contains(&vote.instruction_id), bounds);
            Selection {
                instruction_id: vote.instruction_id.clone(),
                iteration: vote.iteration,
                round: vote.round,
                r_mean: vote.r_mean,
                selected: reason == SelectionReason::Selected,
                reason,
            }
        })
        .collect()
}

fn judge(r_mean: f32, rewarded: bool, [low, high]: [f32; 2]) -> SelectionReason {
    if !rewarded {
        SelectionReason::NoMajority
    } else if r_mean < low {
        SelectionReason::TooHard
    } else if r_mean > high {
        SelectionReason::TooEasy
    } else {
        SelectionReason::Selected
    }
}

/// Says in words why nothing was selected, for the error of an empty round.
pub fn explain_empty(selection: &[Selection], votes: &[Vote], bounds: [f32; 2]) -> String {
    let of = |reason| selection.iter().filter(|s| s.reason == reason).count();
    let responses: u32 = votes.iter().map(|v| v.n).sum();
    let parsed: u32 = votes.iter().map(|v| v.n_parsed).sum();
    let mut text = format!(
        "of {} instructions {} have r_mean below {}, {} above {}, {} have no parsed answer at all",
        selection.len(),
        of(SelectionReason::TooHard),
        bounds[0],
        of(SelectionReason::TooEasy),
        bounds[1],
        of(SelectionReason::NoMajority),
    );
    text += &format!("; {parsed} of {responses} responses had a final answer");
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serl_artifacts::tables::ParseStatus;

    fn a_vote(r_mean: f32, majority: Option<&str>) -> Vote {
        Vote {
            instruction_id: InstructionId::of(&format!("{r_mean} {majority:?}")),
            iteration: 1,
            round: 0,
            n: 16,
            n_parsed: u32::from(majority.is_some()) * 16,
            n_over_budget: 0,
            n_distinct: 1,
            majority: majority.map(Into::into),
            majority_canonical: majority.map(Into::into),
            majority_count: (r_mean * 16.0) as u32,
            tie: false,
            r_mean,
            entropy: 0.0,
        }
    }

    /// The reward of the one response to what was voted on.
    fn a_reward(vote: &Vote) -> Reward {
        Reward {
            instruction_id: vote.instruction_id.clone(),
            sample: 0,
            answer: vote.majority.clone(),
            canonical: vote.majority.clone(),
            method: None,
            parse_status: ParseStatus::Parsed,
            reward: vote.majority.as_ref().map(|_| 1.0),
        }
    }

    #[test]
    fn both_ends_are_dropped_and_the_bounds_belong_inside() {
        use SelectionReason::{NoMajority, Selected, TooEasy, TooHard};
        let votes = [
            a_vote(0.125, Some("1")),
            a_vote(0.25, Some("1")),
            a_vote(0.75, Some("1")),
            a_vote(0.8125, Some("1")),
            a_vote(0.0, None),
        ];
        let reasons: Vec<_> = select(&votes, &votes.each_ref().map(a_reward), [0.25, 0.75])
            .into_iter()
            .map(|s| s.reason)
            .collect();
        assert_eq!(reasons, [TooHard, Selected, Selected, TooEasy, NoMajority]);
    }

    #[test]
    fn an_empty_round_is_explained() {
        let votes = [a_vote(0.0, None), a_vote(1.0, Some("1"))];
        let selection = select(&votes, &votes.each_ref().map(a_reward), [0.2, 0.8]);
        assert_eq!(
            explain_empty(&selection, &votes, [0.2, 0.8]),
            "of 2 instructions 0 have r_mean below 0.2, 1 above 0.8, 1 have no parsed answer at all; \
             16 of 32 responses had a final answer"
        );
    }
}
