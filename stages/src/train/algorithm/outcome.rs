//! Which responses of a group won, and which lost.

use crate::train::round::Round;

/// Numbers of a group's responses with its highest reward, and of those with its lowest. Under the majority reward
/// these are the responses that agree with the majority and those that do not.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Outcome {
    pub(super) won: Vec<usize>,
    pub(super) lost: Vec<usize>,
}

/// The outcome of each group. A group whose rewards are all 0 has no winner, and one whose rewards are all the same has
/// no loser.
pub(super) fn outcomes(round: &Round) -> Vec<Outcome> {
    let mut members = vec![Vec::new(); round.groups().len()];
    for number in 0..round.len() {
        members[round.group_of(number)].push(number);
    }
    let reward = |number: &usize| round.response(*number).reward;
    let outcome = |members: Vec<usize>| {
        let rewards = || members.iter().map(reward);
        let (low, high) = (rewards().fold(f32::MAX, f32::min), rewards().fold(0.0, f32::max));
        let with = |value: f32, there: bool| match there {
            true => members
                .iter()
                .copied()
                .filter(|number| reward(number) == value)
                .collect(),
            false => Vec::new(),
        };
        Outcome {
            won: with(high, high > 0.0),
            lost: with(low, low < high),
        }
    };
    members.into_iter().map(outcome).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::round::{Group, Response};

    #[test]
    fn winners_and_losers_of_three_groups() {
        let group = |rewards: &[f32]| Group {
            prompt: vec![1],
            trained: true,
            responses: rewards
                .iter()
                .map(|&reward| Response {
                    tokens: vec![1],
                    reward,
                    policy_logprobs: None,
                })
                .collect(),
        };
        let round = Round::new(vec![
            group(&[1.0, 0.0, 1.0]),
            group(&[0.0, 0.0]),
            group(&[0.5, 0.5]),
            group(&[0.2, 0.9, 0.4]),
        ]);
        let expected = [
            (vec![0, 2], vec![1]),
            (vec![], vec![]),
            (vec![5, 6], vec![]),
            (vec![8], vec![7]),
        ];
        let expected = expected.map(|(won, lost)| Outcome { won, lost });
        assert_eq!(outcomes(&round), expected);
    }
}
