//! Cuts of any groups into micro-batches.

use std::collections::BTreeMap;

use super::*;
use proptest::prelude::*;

/// A prompt's length and those of its responses.
type Lengths = (usize, Vec<usize>);

const TOKENS: [u32; 200] = [0; 200];

fn groups(of: &[Lengths]) -> Vec<Group<'static>> {
    of.iter()
        .map(|(prompt, responses)| Group {
            prompt: &TOKENS[..*prompt],
            responses: responses.iter().map(|length| &TOKENS[..*length]).collect(),
        })
        .collect()
}

/// Numbers of the responses, by micro-batch and share.
fn numbers(batches: &[MicroBatch]) -> Vec<Vec<Vec<usize>>> {
    let of_share = |share: &Share| {
        let members = share.units.iter().flat_map(|unit| &unit.0);
        members.map(|member| member.number).collect()
    };
    let of_batch = |batch: &MicroBatch| batch.iter().map(of_share).collect();
    batches.iter().map(of_batch).collect()
}

/// The cut where each response is a unit.
fn cut(of: &[Lengths], budget: usize, path: Path) -> Vec<Vec<Vec<usize>>> {
    numbers(&micro_batches(&groups(of), &|response| response, budget, path).unwrap())
}

#[test]
fn padding_is_counted_where_attention_pads() {
    let of = [2, 8, 3, 3, 0].map(|response| (1, vec![response]));
    let padded = [vec![vec![1]], vec![vec![2], vec![3]], vec![vec![0]]];
    assert_eq!(cut(&of, 8, Path::Plain), padded);
    let packed = [vec![vec![1]], vec![vec![2], vec![3], vec![0]]];
    assert_eq!(cut(&of, 8, Path::Host), packed);
    assert!(cut(&[], 8, Path::Plain).is_empty());
}

#[test]
fn shared_prompts_are_counted_once() {
    let of = [(5, vec![3, 3, 3]), (5, vec![4]), (2, vec![0])];
    // The second prompt: 5 + 3 rows; the first: 5 + 2 rows, then 2 more for each response.
    assert_eq!(cut(&of, 20, Path::Host), [vec![vec![3], vec![0, 1, 2]]]);
    assert_eq!(
        cut(&of, 10, Path::Host),
        [vec![vec![3]], vec![vec![0, 1]], vec![vec![2]]]
    );
}

#[test]
fn padded_keys_are_counted_for_every_response() {
    let of = [(100, vec![51; 9])];
    // 100 + 50 * 8 rows; 100 * (100 + 16) + 150 * (50 + 16) * 7 of 500 * (150 + 16) cells.
    let padded = [vec![(0..7).collect()], vec![vec![7, 8]]];
    assert_eq!(cut(&of, 500, Path::Plain), padded);
    let packed = [vec![(0..8).collect()], vec![vec![8]]];
    assert_eq!(cut(&of, 500, Path::Host), packed);
}

#[test]
fn a_unit_is_together_where_its_first_response_stands() {
    // Responses 0 and 3 are a pair, 1 and 4, 2 alone; 4 has no token.
    let of = [(2, vec![3, 3, 3, 3, 0])];
    let unit = |response: usize| response % 3;
    for (budget, expected) in [
        (100, vec![vec![vec![0, 3, 1, 4, 2]]]),
        (1, vec![vec![vec![0, 3]], vec![vec![1, 4]], vec![vec![2]]]),
    ] {
        let batches = micro_batches(&groups(&of), &unit, budget, Path::Host).unwrap();
        assert_eq!(numbers(&batches), expected);
    }
}

#[test]
fn a_unit_of_two_groups_is_refused() {
    let of = [(2, vec![3, 3]), (2, vec![]), (2, vec![3])];
    let error = micro_batches(&groups(&of), &|response| response % 2 + 5, 100, Path::Host).unwrap_err();
    assert!(error.is_user_error());
    assert_eq!(
        error.to_string(),
        "the objective's unit 5 has responses of the groups 0 and 2; a unit must lie within one group"
    );
}

/// Rows, cells and the longest sequence of a micro-batch, counted from its spans: what each continues, and its own
/// rows.
fn counted(batch: &MicroBatch) -> (usize, usize, usize) {
    let (mut starting, mut continuing) = (Vec::new(), Vec::new());
    for share in batch {
        let prompt = share.prompt.len();
        let filled = share.units.iter().flat_map(|unit| unit.filled());
        let own: Vec<usize> = filled.map(|member| member.tokens.len() - 1).collect();
        match &own[..] {
            [alone] => starting.push((0, prompt + alone)),
            own => {
                starting.push((0, prompt));
                continuing.extend(own.iter().map(|own| (prompt, *own)));
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

/// Groups, and the unit of each of their responses: by default its own number.
fn with_units() -> impl Strategy<Value = (Vec<Lengths>, Vec<usize>)> {
    let response = (0usize..6, 0usize..3);
    let group = (1usize..6, proptest::collection::vec(response, 0..7));
    (proptest::collection::vec(group, 0..8), any::<bool>()).prop_map(|(of, coupled)| {
        let mut units = Vec::new();
        let mut groups = Vec::new();
        for (index, (prompt, responses)) in of.into_iter().enumerate() {
            let first = units.len();
            units.extend(responses.iter().enumerate().map(|(i, (_, unit))| match coupled {
                true => index * 3 + unit,
                false => first + i,
            }));
            groups.push((prompt, responses.into_iter().map(|(length, _)| length).collect()));
        }
        (groups, units)
    })
}

proptest! {
    #[test]
    fn units_are_whole_and_every_response_is_computed_once_within_the_budget(
        (of, units) in with_units(),
        budget in 1usize..60,
        host in any::<bool>(),
    ) {
        let path = if host { Path::Host } else { Path::Plain };
        let groups = groups(&of);
        let batches = micro_batches(&groups, &|response| units[response], budget, path).unwrap();
        let lengths: Vec<usize> = of.iter().flat_map(|(_, responses)| responses).copied().collect();
        let mut expected: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (number, unit) in units.iter().enumerate() {
            expected.entry(*unit).or_default().push(number);
        }
        expected.retain(|_, members| members.iter().any(|number| lengths[*number] > 0));
        let mut seen: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for batch in &batches {
            for unit in batch.iter().flat_map(|share| &share.units) {
                let members: Vec<usize> = unit.0.iter().map(|member| member.number).collect();
                prop_assert!(unit.0.iter().all(|member| member.tokens.len() == lengths[member.number]));
                prop_assert_eq!(seen.insert(units[members[0]], members), None, "a unit was cut");
            }
            let single = batch.len() == 1 && batch[0].units.len() == 1;
            let (rows, cells, longest) = counted(batch);
            prop_assert!(rows <= budget || single);
            prop_assert!(host || cells <= budget * (longest + 16) || single);
        }
        prop_assert_eq!(seen, expected);
    }
}
