//! Which rows run when: continuous batching (Yu et al. 2022, OSDI, "Orca") within bounds of slots and memory.
//!
//! A row that ends leaves at once, and the next waiting one takes its slot. Knows lengths, no token and no model: the
//! schedule is a function of what is asked for and of when rows end.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// What a group asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Demand {
    /// Tokens of its prompt.
    pub prompt: usize,
    /// New tokens that each of its samples may have.
    pub limits: Vec<usize>,
}

/// What there is to share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bounds {
    /// Rows that decode together.
    pub slots: usize,
    /// Tokens whose keys and values are in memory; a row that alone needs more runs alone.
    pub tokens: usize,
    /// Tokens prefilled together, each prompt counted as the longest; a prompt that alone has more is prefilled alone.
    pub prefill: usize,
}

/// A running row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row {
    pub slot: usize,
    /// Place of its prompt.
    pub place: usize,
    pub group: usize,
    /// Number of the sample within the group.
    pub sample: usize,
}

/// Rows that start together.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Admission {
    /// Prompts to prefill first: group and place.
    pub prompts: Vec<(usize, usize)>,
    /// The new rows, each with its prompt's index in `prompts`; none if that was prefilled for earlier rows. Only the
    /// prompt prefilled last can have such rows.
    pub rows: Vec<(Row, Option<usize>)>,
}

/// The state of a schedule.
pub(super) struct Scheduler {
    demands: Vec<Demand>,
    bounds: Bounds,
    /// Groups in the order of admission, each with its samples in that order.
    order: Vec<(usize, Vec<usize>)>,
    /// The next row: an index into `order`, and one into its samples.
    next: (usize, usize),
    free_slots: BTreeSet<usize>,
    free_places: BTreeSet<usize>,
    running: BTreeMap<usize, Row>,
    /// Rows of each group that have not ended.
    open: Vec<usize>,
    /// Place of the prompt of each group that has begun.
    places: Vec<usize>,
    /// Tokens that the running rows may come to need.
    reserved: usize,
}

impl Scheduler {
    /// A schedule in which what may become long starts first: at the end few rows share a step. Equals keep their order.
    pub fn new(demands: Vec<Demand>, bounds: Bounds) -> Self {
        let longest_first = |limits: &[usize]| {
            let mut samples: Vec<usize> = (0..limits.len()).collect();
            samples.sort_by_key(|sample| Reverse(limits[*sample]));
            samples
        };
        let samples = demands.iter().map(|demand| longest_first(&demand.limits));
        let mut order: Vec<(usize, Vec<usize>)> = samples.enumerate().collect();
        order.retain(|(_, samples)| !samples.is_empty());
        order.sort_by_key(|(group, samples)| Reverse(demands[*group].limits[samples[0]]));
        let rows: usize = demands.iter().map(|demand| demand.limits.len()).sum();
        let slots = bounds.slots.min(rows);
        Self {
            free_slots: (0..slots).collect(),
            // A prompt in use has a running row, or its next row takes the free slot before another prompt begins.
            free_places: (0..slots.min(order.len())).collect(),
            running: BTreeMap::new(),
            open: demands.iter().map(|demand| demand.limits.len()).collect(),
            places: vec![0; demands.len()],
            reserved: 0,
            next: (0, 0),
            order,
            demands,
            bounds,
        }
    }

    /// Places and slots that the schedule uses at most.
    pub fn capacity(&self) -> (usize, usize) {
        let used = self.running.len();
        let slots = self.free_slots.len() + used;
        (slots.min(self.order.len()), slots)
    }

    /// Starts as many waiting rows as there is room for and prompts may be prefilled together; none if none can start.
    pub fn admit(&mut self) -> Option<Admission> {
        let mut admission = Admission::default();
        let mut longest = 0;
        while let Some((group, samples)) = self.order.get(self.next.0) {
            let (group, sample, rows) = (*group, samples[self.next.1], samples.len());
            let Demand { prompt, ref limits } = self.demands[group];
            let (limit, begins) = (limits[sample], self.next.1 == 0);
            let together = longest.max(prompt) * (admission.prompts.len() + 1);
            if begins && !admission.prompts.is_empty() && together > self.bounds.prefill {
                break;
            }
            let Some(slot) = self.slot(limit + if begins { prompt } else { 0 }) else {
                break;
            };
            if begins {
                longest = longest.max(prompt);
                self.places[group] = self.free_places.pop_first().unwrap_or_default();
                self.reserved += prompt;
                admission.prompts.push((group, self.places[group]));
            }
            self.reserved += limit;
            let row = Row {
                slot,
                place: self.places[group],
                group,
                sample,
            };
            let fresh = admission.prompts.last().is_some_and(|last| last.0 == group);
            admission
                .rows
                .push((row, fresh.then(|| admission.prompts.len() - 1)));
            self.running.insert(slot, row);
            self.next.1 += 1;
            if self.next.1 == rows {
                self.next = (self.next.0 + 1, 0);
            }
        }
        (!admission.rows.is_empty()).then_some(admission)
    }

    /// A free slot for a row that needs `tokens`, if it fits.
    fn slot(&mut self, tokens: usize) -> Option<usize> {
        let fits = self.running.is_empty() || self.reserved + tokens <= self.bounds.tokens;
        if fits {
            self.free_slots.pop_first()
        } else {
            None
        }
    }

    /// Whether rows of the prompt prefilled last have yet to start.
    pub fn is_partial(&self) -> bool {
        self.next.1 > 0
    }

    /// The running rows in the order of their slots.
    pub fn running(&self) -> impl Iterator<Item = &Row> {
        self.running.values()
    }

    /// Ends the row in `slot`.
    pub fn end(&mut self, slot: usize) {
        let Some(row) = self.running.remove(&slot) else {
            return;
        };
        let demand = &self.demands[row.group];
        self.free_slots.insert(slot);
        self.reserved -= demand.limits[row.sample];
        self.open[row.group] -= 1;
        if self.open[row.group] == 0 {
            self.free_places.insert(row.place);
            self.reserved -= demand.prompt;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Everything that happened: admissions, and the rows of each step.
    #[derive(Debug, Default, PartialEq, Eq)]
    struct History {
        admissions: Vec<Admission>,
        steps: Vec<Vec<Row>>,
    }

    /// Runs a schedule in which row `sample` of `group` ends with its token number `length(group, sample)`, checking it.
    fn run(
        demands: &[Demand],
        bounds: Bounds,
        length: impl Fn(usize, usize) -> usize,
    ) -> Result<History, TestCaseError> {
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
                for (group, place) in &admission.prompts {
                    prop_assert!(*place < places);
                    let before = at_place.insert(*place, *group);
                    let gone = |before: usize| !scheduler.running().any(|row| row.group == before);
                    prop_assert!(before.is_none_or(gone), "a prompt in use was replaced");
                }
                let mut ended = Vec::new();
                for (row, prompt) in &admission.rows {
                    prop_assert!(row.slot < slots && tokens.insert(row.slot, 1).is_none());
                    prop_assert!(served.insert((row.group, row.sample), ()).is_none());
                    if let Some(prompt) = prompt {
                        prop_assert_eq!(admission.prompts[*prompt], (row.group, row.place));
                    }
                    if length(row.group, row.sample) == 1 {
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
            prop_assert!(rows.iter().all(|row| at_place[&row.place] == row.group));
            for row in &rows {
                let count = tokens.entry(row.slot).or_default();
                *count += 1;
                if *count == length(row.group, row.sample) {
                    scheduler.end(row.slot);
                    tokens.remove(&row.slot);
                }
            }
            history.steps.push(rows);
        }
        prop_assert_eq!(
            served.len(),
            demands
                .iter()
                .map(|demand| demand.limits.len())
                .sum::<usize>()
        );
        prop_assert_eq!(scheduler.reserved, 0);
        Ok(history)
    }

    /// Tokens of the running rows and their prompts, counted afresh.
    fn reserved(scheduler: &Scheduler, demands: &[Demand]) -> usize {
        let groups: BTreeSet<usize> = scheduler.running().map(|row| row.group).collect();
        let prompts: usize = groups.iter().map(|group| demands[*group].prompt).sum();
        let rows = scheduler
            .running()
            .map(|row| demands[row.group].limits[row.sample]);
        prompts + rows.sum::<usize>()
    }

    fn demand() -> impl Strategy<Value = Demand> {
        let limits = proptest::collection::vec(1..12usize, 0..6);
        (1..40usize, limits).prop_map(|(prompt, limits)| Demand { prompt, limits })
    }

    fn bounds() -> impl Strategy<Value = Bounds> {
        (1..9usize, 1..200usize, 1..90usize).prop_map(|(slots, tokens, prefill)| Bounds {
            slots,
            tokens,
            prefill,
        })
    }

    proptest! {
        #[test]
        fn every_row_runs_once_within_the_bounds_and_the_same_every_time(
            demands in proptest::collection::vec(demand(), 0..12),
            bounds in bounds(),
            salt in 0..1000usize,
        ) {
            let length = |group: usize, sample: usize| {
                (group * 7 + sample * 5 + salt) % demands[group].limits[sample] + 1
            };
            let history = run(&demands, bounds, length)?;
            prop_assert_eq!(&run(&demands, bounds, length)?, &history);
            let several = |admission: &&Admission| admission.prompts.len() > 1;
            for admission in history.admissions.iter().filter(several) {
                let longest = admission.prompts.iter().map(|(group, _)| demands[*group].prompt).max();
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
            let length = |group: usize, sample: usize| {
                (group * 7 + sample * 5 + salt) % demands[group].limits[sample] + 1
            };
            let history = run(&demands, bounds, length)?;
            let mut waiting: BTreeSet<(usize, usize)> = (0..demands.len())
                .flat_map(|group| (0..demands[group].limits.len()).map(move |sample| (group, sample)))
                .filter(|(group, sample)| length(*group, *sample) > 1)
                .collect();
            for rows in &history.steps {
                for row in rows {
                    waiting.remove(&(row.group, row.sample));
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
        let mut scheduler =
            Scheduler::new(vec![demand(&[4, 5]), demand(&[9]), demand(&[5, 5])], bounds);
        let first = scheduler.admit().unwrap();
        assert_eq!(first.prompts, [(1, 0), (0, 1)]);
        let rows: Vec<_> = first
            .rows
            .iter()
            .map(|(row, _)| (row.group, row.sample))
            .collect();
        assert_eq!(rows, [(1, 0), (0, 1), (0, 0)]);
        assert_eq!(scheduler.admit(), None);
        scheduler.end(1);
        let second = scheduler.admit().unwrap();
        assert_eq!(second.prompts, [(2, 2)]);
        assert_eq!(second.rows[0].0.slot, 1);
        assert!(scheduler.is_partial());
        scheduler.end(0);
        let third = scheduler.admit().unwrap();
        assert!(third.prompts.is_empty() && third.rows[0].1.is_none());
        assert!(!scheduler.is_partial());
    }
}
