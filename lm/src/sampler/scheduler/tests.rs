//! Schedules of any demands, checked against their bounds.

use super::*;
use proptest::prelude::*;

/// Everything that happened: admissions, and the rows of each step.
#[derive(Debug, Default, PartialEq, Eq)]
struct History {
    admissions: Vec<Admission>,
    steps: Vec<Vec<Row>>,
}

/// Runs a schedule in which row `response` of `request` ends with its token number `length(request, response)`, checking
/// it.
fn run(demands: &[Demand], bounds: Bounds, length: impl Fn(usize, usize) -> usize) -> Result<History, TestCaseError> {
    let mut scheduler = Scheduler::new(demands.to_vec(), bounds);
    let (places, slots) = scheduler.capacity();
    let longest = |demand: &Demand| demand.limits.iter().max().map_or(0, |n| n + demand.prompt);
    let alone = demands.iter().map(longest).max();
    let most = bounds.tokens.max(alone.unwrap_or(0));
    let mut history = History::default();
    let mut served = BTreeMap::new();
    let mut at_place: BTreeMap<usize, usize> = BTreeMap::new();
    let mut tokens: BTreeMap<usize, usize> = BTreeMap::new();
    loop {
        while let Some(admission) = scheduler.admit() {
            for Placed { request, place } in &admission.prompts {
                prop_assert!(*place < places);
                let before = at_place.insert(*place, *request);
                let gone = |before: usize| !scheduler.running().any(|row| row.request == before);
                prop_assert!(before.is_none_or(gone), "a prompt in use was replaced");
            }
            let mut ended = Vec::new();
            for New { row, prompt } in &admission.rows {
                prop_assert!(row.slot < slots && tokens.insert(row.slot, 1).is_none());
                prop_assert!(served.insert((row.request, row.response), ()).is_none());
                if let Some(prompt) = prompt {
                    let Row { request, place, .. } = *row;
                    prop_assert_eq!(admission.prompts[*prompt], Placed { request, place });
                }
                if length(row.request, row.response) == 1 {
                    ended.push(row.slot);
                }
            }
            prop_assert!(reserved(&scheduler, demands) <= most);
            for slot in ended {
                scheduler.end(slot);
                tokens.remove(&slot);
            }
            history.admissions.push(admission);
        }
        let rows: Vec<Row> = scheduler.running().copied().collect();
        if rows.is_empty() {
            break;
        }
        prop_assert!(rows.iter().all(|row| at_place[&row.place] == row.request));
        for row in &rows {
            let count = tokens.entry(row.slot).or_default();
            *count += 1;
            if *count == length(row.request, row.response) {
                scheduler.end(row.slot);
                tokens.remove(&row.slot);
            }
        }
        history.steps.push(rows);
    }
    prop_assert_eq!(
        served.len(),
        demands.iter().map(|demand| demand.limits.len()).sum::<usize>()
    );
    prop_assert_eq!(scheduler.reserved, 0);
    Ok(history)
}

/// Tokens of the running rows and their prompts, counted afresh.
fn reserved(scheduler: &Scheduler, demands: &[Demand]) -> usize {
    let requests: BTreeSet<usize> = scheduler.running().map(|row| row.request).collect();
    let prompts: usize = requests.iter().map(|request| demands[*request].prompt).sum();
    let rows = scheduler.running().map(|row| demands[row.request].limits[row.response]);
    prompts + rows.sum::<usize>()
}

fn demand() -> impl Strategy<Value = Demand> {
    let limits = proptest::collection::vec(1..12usize, 0..6);
    (1..40usize, limits).prop_map(|(prompt, limits)| Demand { prompt, limits })
}

fn bounds() -> impl Strategy<Value = Bounds> {
    (1..9usize, 1..200usize, 1..90usize).prop_map(|(slots, tokens, prefill)| Bounds { slots, tokens, prefill })
}

proptest! {
    #[test]
    fn every_row_runs_once_within_the_bounds_and_the_same_every_time(
        demands in proptest::collection::vec(demand(), 0..12),
        bounds in bounds(),
        salt in 0..1000usize,
    ) {
        let length = |request: usize, response: usize| {
            (request * 7 + response * 5 + salt) % demands[request].limits[response] + 1
        };
        let history = run(&demands, bounds, length)?;
        prop_assert_eq!(&run(&demands, bounds, length)?, &history);
        let several = |admission: &&Admission| admission.prompts.len() > 1;
        for admission in history.admissions.iter().filter(several) {
            let longest = admission.prompts.iter().map(|prompt| demands[prompt.request].prompt).max();
            prop_assert!(longest.unwrap_or(0) * admission.prompts.len() <= bounds.prefill);
        }
    }

    #[test]
    fn no_slot_is_empty_while_a_row_waits_and_memory_is_ample(
        demands in proptest::collection::vec(demand(), 0..12),
        slots in 1..9usize,
        salt in 0..1000usize,
    ) {
        let bounds = Bounds { slots, tokens: usize::MAX, prefill: 50 };
        let length = |request: usize, response: usize| {
            (request * 7 + response * 5 + salt) % demands[request].limits[response] + 1
        };
        let history = run(&demands, bounds, length)?;
        let mut waiting: BTreeSet<(usize, usize)> = (0..demands.len())
            .flat_map(|request| (0..demands[request].limits.len()).map(move |response| (request, response)))
            .filter(|(request, response)| length(*request, *response) > 1)
            .collect();
        for rows in &history.steps {
            for row in rows {
                waiting.remove(&(row.request, row.response));
            }
            prop_assert!(rows.len() == slots || waiting.is_empty());
        }
    }
}

#[test]
fn longest_limits_start_first_and_others_keep_their_order() {
    let demand = |limits: &[usize]| Demand {
        prompt: 10,
        limits: limits.to_vec(),
    };
    let bounds = Bounds {
        slots: 3,
        tokens: 1000,
        prefill: 20,
    };
    let mut scheduler = Scheduler::new(vec![demand(&[4, 5]), demand(&[9]), demand(&[5, 5])], bounds);
    let first = scheduler.admit().unwrap();
    let placed = |request, place| Placed { request, place };
    assert_eq!(first.prompts, [placed(1, 0), placed(0, 1)]);
    let rows: Vec<_> = first
        .rows
        .iter()
        .map(|new| (new.row.request, new.row.response))
        .collect();
    assert_eq!(rows, [(1, 0), (0, 1), (0, 0)]);
    assert_eq!(scheduler.admit(), None);
    scheduler.end(1);
    let second = scheduler.admit().unwrap();
    assert_eq!(second.prompts, [placed(2, 2)]);
    assert_eq!(second.rows[0].row.slot, 1);
    assert!(scheduler.is_partial());
    scheduler.end(0);
    let third = scheduler.admit().unwrap();
    assert!(third.prompts.is_empty() && third.rows[0].prompt.is_none());
    assert!(!scheduler.is_partial());
}
