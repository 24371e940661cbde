//! Which sequences are computed at once: groups that share a prompt, cut into batches of bounded size.

use std::collections::HashMap;

use crate::Sequence;
use crate::device::Path;

/// Sequences with the same prompt, of which it is computed once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    /// Indices of the sequences; never empty, and all have a response.
    pub members: Vec<usize>,
}

impl Group {
    /// The tokens that all members begin with.
    pub fn prompt<'a>(&self, sequences: &'a [Sequence]) -> &'a [u32] {
        let first = &sequences[self.members[0]];
        &first.tokens[..first.prompt_len]
    }
}

/// Cuts the sequences that have a response into batches of at most `budget` tokens, those with the longest sequences
/// first, ties in the order given, so that batches do not depend on anything else.
///
/// On the CPU the tokens of a batch are those computed: a prompt shared by several sequences counts once, padding does not
/// exist. Elsewhere no prompt is shared, since attention pads every sequence to the longest, and padding is counted.
pub(crate) fn micro_batches(sequences: &[Sequence], budget: usize, path: Path) -> Vec<Vec<Group>> {
    let mut groups = groups(sequences, path);
    let longest = |group: &Group| {
        let lengths = group.members.iter().map(|i| sequences[*i].tokens.len());
        lengths.max().unwrap_or(0)
    };
    groups.sort_by_key(|group| std::cmp::Reverse(longest(group)));
    let mut batches: Vec<(Cost, Vec<Group>)> = Vec::new();
    for group in groups {
        let prompt = group.prompt(sequences).len();
        for (place, member) in group.members.into_iter().enumerate() {
            let response = sequences[member].response().len();
            let joined = |cost: Cost, prompt| cost.with(prompt, response);
            match batches.last_mut() {
                // The batch's last group is the member's own, from its second member on.
                Some((cost, groups)) if place > 0 && joined(*cost, 0).within(budget, path) => {
                    *cost = joined(*cost, 0);
                    if let Some(group) = groups.last_mut() {
                        group.members.push(member);
                    }
                }
                Some((cost, groups))
                    if place == 0 && joined(*cost, prompt).within(budget, path) =>
                {
                    *cost = joined(*cost, prompt);
                    groups.push(Group {
                        members: vec![member],
                    });
                }
                _ => batches.push((
                    joined(Cost::default(), prompt),
                    vec![Group {
                        members: vec![member],
                    }],
                )),
            }
        }
    }
    batches.into_iter().map(|(_, groups)| groups).collect()
}

/// Sequences grouped by their prompts, in the order of the first of each; groups of one where sharing does not pay.
fn groups(sequences: &[Sequence], path: Path) -> Vec<Group> {
    let mut found: HashMap<&[u32], usize> = HashMap::new();
    let mut groups: Vec<Group> = Vec::new();
    for (index, sequence) in sequences.iter().enumerate() {
        if sequence.response().is_empty() {
            continue;
        }
        let next = groups.len();
        let place = match path {
            Path::Host => *found
                .entry(&sequence.tokens[..sequence.prompt_len])
                .or_insert(next),
            Path::Plain => next,
        };
        match groups.get_mut(place) {
            Some(group) => group.members.push(index),
            None => groups.push(Group {
                members: vec![index],
            }),
        }
    }
    groups
}

/// What a batch costs.
#[derive(Debug, Clone, Copy, Default)]
struct Cost {
    sequences: usize,
    longest: usize,
    /// Tokens that have a row.
    rows: usize,
}

impl Cost {
    /// With one more sequence, `prompt` being its tokens that are not there yet.
    fn with(self, prompt: usize, response: usize) -> Self {
        Self {
            sequences: self.sequences + 1,
            longest: self.longest.max(prompt + response),
            rows: self.rows + prompt + response - 1,
        }
    }

    fn within(self, budget: usize, path: Path) -> bool {
        match path {
            Path::Host => self.rows <= budget,
            Path::Plain => self.sequences * self.longest <= budget,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Sequences of a prompt number, the prompt's length and the response's.
    fn sequences(of: &[(u32, usize, usize)]) -> Vec<Sequence> {
        of.iter()
            .map(|(prompt, prompt_len, response)| Sequence {
                tokens: vec![*prompt; prompt_len + response],
                prompt_len: *prompt_len,
            })
            .collect()
    }

    fn members(batches: &[Vec<Group>]) -> Vec<Vec<&[usize]>> {
        batches
            .iter()
            .map(|batch| batch.iter().map(|group| &*group.members).collect())
            .collect()
    }

    #[test]
    fn padded_batches_hold_the_budget_and_everything_once() {
        let sequences = sequences(&[(1, 1, 2), (1, 1, 8), (1, 1, 3), (1, 1, 3), (1, 1, 0)]);
        let batches = micro_batches(&sequences, 8, Path::Plain);
        let expected: [Vec<&[usize]>; 3] = [vec![&[1]], vec![&[2], &[3]], vec![&[0]]];
        assert_eq!(members(&batches), expected);
        assert!(micro_batches(&[], 8, Path::Plain).is_empty());
    }

    #[test]
    fn shared_prompts_are_counted_once() {
        let sequences = sequences(&[(1, 5, 3), (2, 5, 4), (1, 5, 3), (1, 5, 3), (3, 2, 0)]);
        let batches = micro_batches(&sequences, 20, Path::Host);
        // Prompt 2: 5 + 3 rows; prompt 1: 5 + 2 rows, then 2 more for each.
        let expected: [Vec<&[usize]>; 1] = [vec![&[1], &[0, 2, 3]]];
        assert_eq!(members(&batches), expected);
        let batches = micro_batches(&sequences, 10, Path::Host);
        let expected: [Vec<&[usize]>; 3] = [vec![&[1]], vec![&[0, 2]], vec![&[3]]];
        assert_eq!(members(&batches), expected);
    }

    proptest! {
        #[test]
        fn every_response_is_computed_once_within_the_budget(
            of in proptest::collection::vec((0u32..3, 1usize..6, 0usize..6), 0..20),
            budget in 1usize..40,
            host in any::<bool>(),
        ) {
            let path = if host { Path::Host } else { Path::Plain };
            let sequences = sequences(&of);
            let batches = micro_batches(&sequences, budget, path);
            let mut seen: Vec<usize> = Vec::new();
            for batch in &batches {
                let mut rows = 0;
                for group in batch {
                    rows += group.prompt(&sequences).len();
                    for member in &group.members {
                        let sequence = &sequences[*member];
                        prop_assert_eq!(group.prompt(&sequences), &sequence.tokens[..sequence.prompt_len]);
                        rows += sequence.response().len() - 1;
                        seen.push(*member);
                    }
                }
                let single = batch.len() == 1 && batch[0].members.len() == 1;
                prop_assert!(rows <= budget || single);
            }
            seen.sort_unstable();
            let responses = (0..sequences.len()).filter(|i| !sequences[*i].response().is_empty());
            prop_assert_eq!(seen, responses.collect::<Vec<_>>());
        }
    }
}
