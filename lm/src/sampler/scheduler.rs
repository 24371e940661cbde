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
    /// A schedule in which what may become long starts first: at the end few rows share a step. Equals keep their
    /// order.
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
            admission.rows.push((row, fresh.then(|| admission.prompts.len() - 1)));
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
        if fits { self.free_slots.pop_first() } else { None }
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
mod tests;
