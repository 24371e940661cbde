//! Chunks of any micro-batches.

use proptest::prelude::*;

use super::*;
use crate::group::Group;
use crate::micro_batch::micro_batches;
use crate::testing::folder;
use crate::{Device, Policy};

/// Lengths of a prompt and of its responses.
type Lengths = (usize, Vec<usize>);

fn lengths() -> impl Strategy<Value = Vec<Lengths>> {
    let responses = proptest::collection::vec(0usize..6, 1..7);
    proptest::collection::vec((1usize..4, responses), 1..5)
}

/// Groups of these lengths, in which no token comes twice, so that it tells where it belongs.
fn groups<'a>(of: &[Lengths], tokens: &'a [u32]) -> Vec<Group<'a>> {
    let mut rest = tokens;
    let mut take = |length: usize| {
        let (taken, left) = rest.split_at(length);
        rest = left;
        taken
    };
    let groups = of.iter().map(|(prompt, responses)| Group {
        prompt: take(*prompt),
        responses: responses.iter().map(|length| take(*length)).collect(),
    });
    groups.collect()
}

/// The unit of each response: up to `size` neighbours of one group.
fn units(of: &[Lengths], size: usize) -> Vec<usize> {
    let of_group = |(group, (_, responses)): (usize, &Lengths)| -> Vec<usize> {
        (0..responses.len()).map(|i| group * 10 + i / size).collect()
    };
    of.iter().enumerate().flat_map(of_group).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn chunks_hold_whole_units_and_beside_every_token_the_row_before_it(
        of in lengths(),
        size in 1usize..4,
        limit in 1usize..20,
    ) {
        let folder = folder("llama", true);
        let model = Policy::random(folder.path(), &Device::flex(), 1).unwrap().model;
        let tokens: Vec<u32> = (0..1000).collect();
        let (groups, units) = (groups(&of, &tokens), units(&of, size));
        let texts = groups.iter().flat_map(|Group { prompt, responses }| {
            responses.iter().map(|response| (prompt.last().copied(), *response))
        });
        let texts: Vec<(Option<u32>, &[u32])> = texts.collect();
        let mut seen = Vec::new();
        for batch in micro_batches(&groups, &|response| units[response], 1000, Path::Host).unwrap() {
            let packing = Packing::new(&model, &batch);
            for chunk in packing.chunks(head_elements(Path::Host) / limit, Path::Host) {
                prop_assert_eq!(chunk.rows.len(), chunk.targets.len());
                prop_assert!(chunk.rows.len() <= limit || chunk.units.len() == 1);
                for (response, range) in chunk.units.iter().flatten() {
                    let (last, tokens) = texts[*response];
                    prop_assert_eq!(&chunk.targets[range.clone()], tokens);
                    let rows = chunk.rows[range.clone()].iter();
                    let before: Vec<u32> = rows.map(|row| packing.ids[*row as usize]).collect();
                    let expected = last.into_iter().chain(tokens.iter().copied());
                    prop_assert_eq!(before, expected.take(tokens.len()).collect::<Vec<_>>());
                }
                let numbers = |unit: &Vec<(usize, _)>| unit.iter().map(|(response, _)| *response).collect::<Vec<_>>();
                seen.extend(chunk.units.iter().map(numbers));
            }
        }
        seen.sort_unstable();
        let numbers: Vec<usize> = (0..units.len()).collect();
        let whole = numbers.chunk_by(|a, b| units[*a] == units[*b]);
        let expected = whole.filter(|unit| unit.iter().any(|response| !texts[*response].1.is_empty()));
        prop_assert_eq!(seen, expected.map(<[usize]>::to_vec).collect::<Vec<_>>());
    }
}
