//! Which rows run when: continuous batching (Yu et al. 2022, OSDI, "Orca") within bounds of slots and memory.
//!
//! A row that ends leaves at once, and the next waiting one takes its slot. Knows only lengths, not tokens or models:
//! the schedule is a function of what is asked for and of when rows end.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// What a request needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Demand {
    /// Tokens of its prompt.
    pub prompt: usize,
    /// The most tokens of each of its responses.
    pub limits: Vec<usize>,
}

/// The resources that rows share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// Rows that decode together.
    pub slots: usize,
    /// Tokens whose keys and values are in memory; a row that alone needs more runs alone.
    pub tokens: usize,
    /// Tokens prefilled together, each prompt counted as the longest; a prompt that alone has more is prefilled alone.
    pub prefill: usize,
}

/// A running row: whose it is, and where it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Assignment {
    pub slot: usize,
    /// Place of its prompt.
    pub place: usize,
    pub request: usize,
    /// Number of the response within the request.
    pub response: usize,
}

/// Rows that start together.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Admission {
    /// Prompts to prefill first.
    pub prompts: Vec<Placed>,
    pub rows: Vec<New>,
}

/// A request's prompt, and the place that it is prefilled into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Placed {
    pub request: usize,
    pub place: usize,
}

/// A row that starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct New {
    pub row: Assignment,
    /// Index of its prompt in [`Admission::prompts`]; none if that was prefilled for earlier rows. Only the prompt
    /// prefilled last can have such rows.
    pub prompt: Option<usize>,
}

/// A request's responses, in the order of their admission.
#[derive(Debug)]
struct Queue {
    request: usize,
    responses: Vec<usize>,
}

/// The next row to start.
#[derive(Debug, Clone, Copy, Default)]
struct Next {
    /// Index into [`Scheduler::order`].
    queue: usize,
    /// Index into [`Queue::responses`].
    response: usize,
}

/// The state of a schedule.
pub(super) struct Scheduler {
    demands: Vec<Demand>,
    bounds: Bounds,
    /// Requests in the order of admission; none is empty.
    order: Vec<Queue>,
    next: Next,
    free_slots: BTreeSet<usize>,
    free_places: BTreeSet<usize>,
    running: BTreeMap<usize, Assignment>,
    /// Rows of each request that have not ended.
    open: Vec<usize>,
    /// Place of the prompt of each request that has begun.
    places: Vec<usize>,
    /// Tokens that the running rows may come to need.
    reserved: usize,
}

impl Scheduler {
    /// A schedule that starts what may become long first, since few rows share the last steps. Equals keep their order.
    pub fn new(demands: Vec<Demand>, bounds: Bounds) -> Self {
        let longest_first = |limits: &[usize]| {
            let mut responses: Vec<usize> = (0..limits.len()).collect();
            responses.sort_by_key(|response| Reverse(limits[*response]));
            responses
        };
        let queue = |(request, demand): (usize, &Demand)| Queue {
            request,
            responses: longest_first(&demand.limits),
        };
        let mut order: Vec<Queue> = demands.iter().enumerate().map(queue).collect();
        order.retain(|queue| !queue.responses.is_empty());
        order.sort_by_key(|queue| Reverse(demands[queue.request].limits[queue.responses[0]]));
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
            next: Next::default(),
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

    /// Starts the waiting rows that there is room for and whose prompts may be prefilled together; none if none can
    /// start.
    pub fn admit(&mut self) -> Option<Admission> {
        let mut admission = Admission::default();
        let mut longest_prompt = 0;
        // Strictly in order: a row that does not fit holds up all others. Letting small ones pass it would keep memory
        // fuller, but a long row could then wait until the end, where it would decode alone.
        while let Some(queue) = self.order.get(self.next.queue) {
            let (request, response, responses) = (
                queue.request,
                queue.responses[self.next.response],
                queue.responses.len(),
            );
            let Demand { prompt, ref limits } = self.demands[request];
            let (limit, begins) = (limits[response], self.next.response == 0);
            // An engine may pad prompts that are prefilled together to the longest of them.
            let padded = longest_prompt.max(prompt) * (admission.prompts.len() + 1);
            if begins && !admission.prompts.is_empty() && padded > self.bounds.prefill {
                break;
            }
            // All that the row can come to need is set aside now: a running row never has to give way to another. Its
            // prompt counts once, with the first row.
            let needed = if begins { prompt + limit } else { limit };
            let Some(slot) = self.take_slot(needed) else {
                break;
            };
            self.reserved += needed;
            if begins {
                longest_prompt = longest_prompt.max(prompt);
                let place = self.free_places.pop_first().unwrap_or_default();
                self.places[request] = place;
                admission.prompts.push(Placed { request, place });
            }
            let row = Assignment {
                slot,
                place: self.places[request],
                request,
                response,
            };
            // A request whose first row started in an earlier admission has its prompt prefilled already.
            let fresh = admission.prompts.last().is_some_and(|last| last.request == request);
            let prompt = fresh.then(|| admission.prompts.len() - 1);
            admission.rows.push(New { row, prompt });
            self.running.insert(slot, row);
            self.advance(responses);
        }
        (!admission.rows.is_empty()).then_some(admission)
    }

    /// Goes on to the next row, in a queue of `responses`.
    fn advance(&mut self, responses: usize) {
        self.next.response += 1;
        if self.next.response == responses {
            self.next = Next {
                queue: self.next.queue + 1,
                response: 0,
            };
        }
    }

    /// Takes a free slot for a row that needs `tokens`, if it fits.
    fn take_slot(&mut self, tokens: usize) -> Option<usize> {
        // One that alone exceeds the bound runs alone, rather than never.
        let fits = self.running.is_empty() || self.reserved + tokens <= self.bounds.tokens;
        if fits { self.free_slots.pop_first() } else { None }
    }

    /// Whether rows of the prompt prefilled last have yet to start.
    pub fn is_partial(&self) -> bool {
        self.next.response > 0
    }

    /// The running rows in the order of their slots.
    pub fn running(&self) -> impl Iterator<Item = &Assignment> {
        self.running.values()
    }

    /// Ends the row in `slot`.
    pub fn end(&mut self, slot: usize) {
        let Some(row) = self.running.remove(&slot) else {
            return;
        };
        let demand = &self.demands[row.request];
        self.free_slots.insert(slot);
        self.reserved -= demand.limits[row.response];
        self.open[row.request] -= 1;
        if self.open[row.request] == 0 {
            self.free_places.insert(row.place);
            self.reserved -= demand.prompt;
        }
    }
}

#[cfg(test)]
mod tests;
