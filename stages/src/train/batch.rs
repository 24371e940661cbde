//! The responses of one optimizer step, in groups.

use serl_lm::Group;

use super::round::Round;

/// The responses of a step, grouped by their prompts in the order in which these first appear.
pub(super) struct Batch<'r> {
    /// The groups, whose responses `lm` numbers from 0.
    pub(super) groups: Vec<Group<'r>>,
    /// The number of each response in the round.
    pub(super) numbers: Vec<usize>,
    /// The unit of the step that each response belongs to.
    pub(super) units: Vec<usize>,
}

impl<'r> Batch<'r> {
    /// The batch of `units`, numbers of responses of `round`.
    pub(super) fn new(round: &'r Round, units: &[Vec<usize>]) -> Self {
        let members = units.iter().enumerate();
        let members = members.flat_map(|(unit, members)| members.iter().map(move |&number| (number, unit)));
        // For each group of the step: its number in the round, and its members.
        let mut found: Vec<(usize, Vec<(usize, usize)>)> = Vec::new();
        for (number, unit) in members {
            let group = round.group_of(number);
            match found.iter_mut().find(|(of, _)| *of == group) {
                Some((_, members)) => members.push((number, unit)),
                None => found.push((group, vec![(number, unit)])),
            }
        }
        let group = |(group, members): &(usize, Vec<(usize, usize)>)| Group {
            prompt: &round.groups()[*group].prompt,
            responses: members
                .iter()
                .map(|(number, _)| &round.response(*number).tokens[..])
                .collect(),
        };
        let groups = found.iter().map(group).collect();
        let (numbers, units) = found.into_iter().flat_map(|(_, members)| members).unzip();
        Self { groups, numbers, units }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::round::{self, Response};

    #[test]
    fn responses_are_grouped_by_prompt_and_keep_their_numbers_and_units() {
        let response = |token: u32| Response {
            tokens: vec![token],
            reward: 0.0,
            policy_logprobs: None,
        };
        let group = |prompt: u32, responses: &[u32]| round::Group {
            prompt: vec![prompt],
            trained: true,
            responses: responses.iter().map(|&token| response(token)).collect(),
        };
        let round = Round::new(vec![group(7, &[70, 71, 72]), group(8, &[80, 81])]);
        let batch = Batch::new(&round, &[vec![4], vec![0, 2], vec![3]]);
        let prompts: Vec<&[u32]> = batch.groups.iter().map(|group| group.prompt).collect();
        assert_eq!(prompts, [&[8], &[7]]);
        let responses: Vec<&[u32]> = batch.groups.iter().flat_map(|group| group.responses.clone()).collect();
        assert_eq!(responses, [&[81], &[80], &[70], &[72]]);
        assert_eq!(batch.numbers, [4, 3, 0, 2]);
        assert_eq!(batch.units, [0, 2, 1, 1]);
    }
}
