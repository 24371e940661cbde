//! The rows that the model computes together, and how attention's work on them is cut.

use std::ops::Range;

use crate::engine::Step;
use crate::ops::attention::Heads;

/// Queries of one key-value head that attention takes together: about three tiles of the best kernel.
const QUERIES: usize = 48;

/// One token of a batch, and what it sees.
#[derive(Debug, Clone, Copy)]
pub(super) struct TokenRow {
    /// Its prompt's place.
    pub place: usize,
    /// Where its own keys and values go; none for a prompt's tokens, whose go to the place.
    pub slot: Option<usize>,
    /// Position of the token.
    pub position: usize,
    /// How many positions of the place it sees.
    pub seen: usize,
    /// The token.
    pub token: u32,
}

impl TokenRow {
    /// Where in its segment its keys and values go.
    pub fn at(&self) -> usize {
        match self.slot {
            Some(_) => self.position - self.seen,
            None => self.position,
        }
    }

    /// How many positions of its slot it sees.
    pub fn own(&self) -> usize {
        self.slot.map_or(0, |_| self.at() + 1)
    }
}

/// Rows of prompts, or rows that decode.
#[derive(Debug, Default)]
pub(super) struct Batch {
    rows: Vec<TokenRow>,
    /// By place: the rows of its prompt; none when decoding.
    prompts: Vec<Range<usize>>,
    /// The rows with those of one place together.
    order: Vec<usize>,
    /// Parts of `order`: rows of one place that attend together.
    tasks: Vec<Range<usize>>,
}

impl Batch {
    /// Becomes one step of decoding; `lengths` has those of the prompts by place.
    ///
    /// # Panics
    /// If the slots do not increase: a bug of the caller.
    pub fn decode(&mut self, steps: &[Step], lengths: &[usize], heads: Heads) {
        // Attention's tasks rely on it: each works on the slots of its rows alone.
        assert!(
            steps.is_sorted_by(|one, next| one.slot < next.slot),
            "a slot twice, or out of order"
        );
        self.rows.clear();
        self.rows.extend(steps.iter().map(|step| TokenRow {
            place: step.place,
            slot: Some(step.slot),
            position: step.position,
            seen: lengths[step.place],
            token: step.token,
        }));
        self.prompts.clear();
        self.cut(heads);
    }

    /// Becomes a part of prompts: consecutive rows of each place.
    pub fn prefill(&mut self, rows: impl Iterator<Item = TokenRow>, heads: Heads) {
        self.rows.clear();
        self.rows.extend(rows);
        self.prompts.clear();
        for (index, row) in self.rows.iter().enumerate() {
            if self.prompts.len() <= row.place {
                self.prompts.resize(row.place + 1, 0..0);
            }
            let prompt = &mut self.prompts[row.place];
            let start = if prompt.end == 0 { index } else { prompt.start };
            *prompt = start..index + 1;
        }
        self.cut(heads);
    }

    fn cut(&mut self, heads: Heads) {
        self.order.clear();
        self.order.extend(0..self.rows.len());
        let rows = &self.rows;
        self.order.sort_unstable_by_key(|index| (rows[*index].place, *index));
        self.tasks.clear();
        let mut start = 0;
        for group in self.order.chunk_by(|a, b| rows[*a].place == rows[*b].place) {
            let end = start + group.len();
            while start < end {
                let next = end.min(start + rows_per_task(heads));
                self.tasks.push(start..next);
                start = next;
            }
        }
    }

    /// Whether the rows have slots.
    pub fn decodes(&self) -> bool {
        self.prompts.is_empty()
    }

    pub fn rows(&self) -> &[TokenRow] {
        &self.rows
    }

    /// The rows of a place's prompt; none when decoding.
    pub fn of_place(&self, place: usize) -> Range<usize> {
        self.prompts.get(place).cloned().unwrap_or_default()
    }

    pub fn tasks(&self) -> usize {
        self.tasks.len()
    }

    /// Rows of one place that attend together, as indices of [`Batch::rows`].
    pub fn task(&self, task: usize) -> &[usize] {
        &self.order[self.tasks[task].clone()]
    }
}

/// A power of two, so that it divides the parts into which long prompts are cut: a prompt's queries are grouped by
/// their positions alone.
fn rows_per_task(heads: Heads) -> usize {
    1 << (QUERIES / heads.group()).max(1).ilog2()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADS: Heads = Heads {
        queries: 24,
        kv: 2,
        dim: 8,
    };

    fn step(slot: usize, place: usize, position: usize) -> Step {
        Step {
            slot,
            place,
            position,
            token: 0,
        }
    }

    #[test]
    fn rows_of_a_place_attend_together() {
        let steps = [step(1, 1, 5), step(2, 0, 9), step(4, 1, 7)];
        let mut batch = Batch::default();
        batch.decode(&steps, &[9, 5], HEADS);
        assert_eq!(batch.tasks(), 2);
        assert_eq!((batch.task(0), batch.task(1)), (&[1][..], &[0, 2][..]));
        assert!(batch.of_place(0).is_empty());
        let row = batch.rows()[2];
        assert_eq!((row.at(), row.own(), row.seen), (2, 3, 5));
    }

    #[test]
    fn long_places_are_cut_into_tasks() {
        // 12 query heads for each key-value head: four rows a task
        let steps: Vec<Step> = (0..9).map(|slot| step(slot, 0, 3)).collect();
        let mut batch = Batch::default();
        batch.decode(&steps, &[3], HEADS);
        let sizes: Vec<usize> = (0..batch.tasks()).map(|t| batch.task(t).len()).collect();
        assert_eq!(sizes, [4, 4, 1]);
    }

    #[test]
    fn prompts_keep_their_rows() {
        let row = |place, position| TokenRow {
            place,
            slot: None,
            position,
            seen: position + 1,
            token: 0,
        };
        let rows = [row(2, 0), row(2, 1), row(0, 64)];
        let mut batch = Batch::default();
        batch.prefill(rows.into_iter(), HEADS);
        let prompts = [0, 1, 2, 3].map(|place| batch.of_place(place).len());
        assert_eq!(prompts, [1, 0, 2, 0]);
        assert_eq!((batch.of_place(2), batch.rows()[1].at()), (0..2, 1));
    }
}
