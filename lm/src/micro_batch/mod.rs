//! Which sequences are computed at once: groups that share a prompt, cut into batches of bounded size.

mod cost;

use std::collections::HashMap;

use cost::{Cost, Shape};

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

/// Cuts the sequences that have a response into batches within `budget`, groups with the longest sequences first, ties
/// in the order given, so that batches do not depend on anything else. A sequence that exceeds the budget alone is a
/// batch.
///
/// A batch has at most `budget` rows, that is, tokens computed: a prompt counts once for all of a batch's sequences
/// that begin with it. Where attention pads, its padded form is bounded, too: see [`Cost`].
pub(crate) fn micro_batches(sequences: &[Sequence], budget: usize, path: Path) -> Vec<Vec<Group>> {
    let mut groups = groups(sequences);
    let longest = |group: &Group| {
        let lengths = group.members.iter().map(|i| sequences[*i].tokens.len());
        lengths.max().unwrap_or(0)
    };
    groups.sort_by_key(|group| std::cmp::Reverse(longest(group)));
    let mut batches: Vec<Batch> = Vec::new();
    for group in groups {
        let prompt = group.prompt(sequences).len();
        for (place, member) in group.members.into_iter().enumerate() {
            // The last token of a response predicts nothing, so it has no row.
            let response = sequences[member].response().len() - 1;
            let joined = batches.last_mut().is_some_and(|batch| {
                // The batch's last group is the member's own, from its second member on.
                let (before, last) = match place {
                    0 => (batch.cost(), Shape::new(prompt)),
                    _ => (batch.before, batch.last),
                };
                let last = last.with(response);
                let fits = before.with(last).within(budget, path);
                if fits {
                    (batch.before, batch.last) = (before, last);
                    batch.push(member, place == 0);
                }
                fits
            });
            if !joined {
                batches.push(Batch {
                    groups: vec![Group { members: vec![member] }],
                    before: Cost::default(),
                    last: Shape::new(prompt).with(response),
                });
            }
        }
    }
    batches.into_iter().map(|batch| batch.groups).collect()
}

/// Sequences grouped by their prompts, in the order of the first of each.
fn groups(sequences: &[Sequence]) -> Vec<Group> {
    let mut found: HashMap<&[u32], usize> = HashMap::new();
    let mut groups: Vec<Group> = Vec::new();
    for (index, sequence) in sequences.iter().enumerate() {
        if sequence.response().is_empty() {
            continue;
        }
        let next = groups.len();
        let prompt = &sequence.tokens[..sequence.prompt_len];
        match groups.get_mut(*found.entry(prompt).or_insert(next)) {
            Some(group) => group.members.push(index),
            None => groups.push(Group { members: vec![index] }),
        }
    }
    groups
}

/// A batch that sequences may still join.
struct Batch {
    groups: Vec<Group>,
    /// Of all groups but the last.
    before: Cost,
    last: Shape,
}

impl Batch {
    fn cost(&self) -> Cost {
        self.before.with(self.last)
    }

    /// Adds a sequence to the last group, or as a new one.
    fn push(&mut self, member: usize, opens: bool) {
        match self.groups.last_mut() {
            Some(group) if !opens => group.members.push(member),
            _ => self.groups.push(Group { members: vec![member] }),
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
    fn padding_is_counted_where_attention_pads() {
        let sequences = sequences(&[(1, 1, 2), (2, 1, 8), (3, 1, 3), (4, 1, 3), (5, 1, 0)]);
        let padded = micro_batches(&sequences, 8, Path::Plain);
        let expected: [Vec<&[usize]>; 3] = [vec![&[1]], vec![&[2], &[3]], vec![&[0]]];
        assert_eq!(members(&padded), expected);
        let packed = micro_batches(&sequences, 8, Path::Host);
        let expected: [Vec<&[usize]>; 2] = [vec![&[1]], vec![&[2], &[3], &[0]]];
        assert_eq!(members(&packed), expected);
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

    #[test]
    fn padded_keys_are_counted_for_every_response() {
        let sequences = sequences(&[(1, 100, 51); 9]);
        // 100 + 50 * 8 rows; 100 * (100 + 16) + 150 * (50 + 16) * 7 of 500 * (150 + 16) cells.
        let expected: [Vec<&[usize]>; 2] = [vec![&[0, 1, 2, 3, 4, 5, 6]], vec![&[7, 8]]];
        assert_eq!(members(&micro_batches(&sequences, 500, Path::Plain)), expected);
        let expected: [Vec<&[usize]>; 2] = [vec![&[0, 1, 2, 3, 4, 5, 6, 7]], vec![&[8]]];
        assert_eq!(members(&micro_batches(&sequences, 500, Path::Host)), expected);
    }

    /// Rows, cells and the longest sequence of a batch, counted from its spans: what each continues, and its own rows.
    fn counted(batch: &[Group], sequences: &[Sequence]) -> (usize, usize, usize) {
        let (mut starting, mut continuing) = (Vec::new(), Vec::new());
        for group in batch {
            let prompt = group.prompt(sequences).len();
            let own = |member: &usize| sequences[*member].response().len() - 1;
            match &group.members[..] {
                [alone] => starting.push((0, prompt + own(alone))),
                members => {
                    starting.push((0, prompt));
                    continuing.extend(members.iter().map(|member| (prompt, own(member))));
                }
            }
        }
        let (mut rows, mut cells, mut longest) = (0, 0, 0);
        for spans in [starting, continuing] {
            let own = spans.iter().map(|(_, own)| *own).max().unwrap_or(0);
            let whole = spans.iter().map(|(before, own)| before + own).max();
            rows += spans.iter().map(|(_, own)| own).sum::<usize>();
            cells += spans.len() * whole.unwrap_or(0) * (own + 16);
            longest = longest.max(whole.unwrap_or(0));
        }
        (rows, cells, longest)
    }

    proptest! {
        #[test]
        fn every_response_is_computed_once_within_the_budget(
            of in proptest::collection::vec((0u32..3, 1usize..6, 0usize..6), 0..20),
            budget in 1usize..60,
            host in any::<bool>(),
        ) {
            let path = if host { Path::Host } else { Path::Plain };
            let sequences = sequences(&of);
            let batches = micro_batches(&sequences, budget, path);
            let mut seen: Vec<usize> = Vec::new();
            for batch in &batches {
                for group in batch {
                    for member in &group.members {
                        let sequence = &sequences[*member];
                        prop_assert_eq!(group.prompt(&sequences), &sequence.tokens[..sequence.prompt_len]);
                        seen.push(*member);
                    }
                }
                let single = batch.len() == 1 && batch[0].members.len() == 1;
                let (rows, cells, longest) = counted(batch, &sequences);
                prop_assert!(rows <= budget || single);
                prop_assert!(host || cells <= budget * (longest + 16) || single);
            }
            seen.sort_unstable();
            let responses = (0..sequences.len()).filter(|i| !sequences[*i].response().is_empty());
            prop_assert_eq!(seen, responses.collect::<Vec<_>>());
        }
    }
}
