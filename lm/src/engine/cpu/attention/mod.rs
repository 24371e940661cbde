//! Causal grouped-query attention of a batch over its prompts' and its own keys and values.
//!
//! Responses to one prompt read its keys together: their queries are the rows of one product. Each query's softmax and
//! sums run over its own positions in a fixed order, so other queries do not affect it.

mod ahead;
mod score;
mod softmax;
mod values;

use std::sync::{Mutex, PoisonError};

use super::batch::{Batch, TokenRow};
use super::cache::{Segment, SharedCache, Turn};
use crate::ops::attention::{Heads, Spec};
use crate::ops::host::for_each;
use crate::ops::host::tiles::{Buffer, Isa, Number, Operand, Target, WIDE, Writer};
use crate::profile::{self, Phase};

/// The inputs of attention.
#[derive(Clone, Copy)]
pub(super) struct Attention<'a, N> {
    pub isa: Isa,
    pub heads: Heads,
    pub spec: Spec,
    pub queries: Turn<'a>,
    pub keys: Turn<'a>,
    pub cache: SharedCache<'a, N>,
    pub batch: &'a Batch,
    /// Fused rows `[rows, (heads + 2 kv) * dim]`, not yet rotated.
    pub qkv: &'a [f32],
    /// Memory of each thread.
    pub scratch: &'a [Mutex<Scratch<N>>],
}

/// Memory of a task, used again by the next.
#[derive(Debug)]
pub(super) struct Scratch<N> {
    head: Vec<f32>,
    queries: Operand<N>,
    /// `[panels of positions, queries, 32]`
    scores: Buffer,
    /// The scores' softmax as the left operand for the values, where its format is not that of the scores.
    weights: Buffer<N>,
    /// By query: the sum of its weights.
    sums: Vec<f32>,
    /// `[panels of columns, queries, 32]`
    outputs: Buffer,
}

/// Memory for every thread that attends.
pub(super) fn scratches<N>() -> Vec<Mutex<Scratch<N>>> {
    (0..rayon::current_num_threads()).map(|_| Mutex::default()).collect()
}

impl<N> Default for Scratch<N> {
    fn default() -> Self {
        Self {
            head: Vec::new(),
            queries: Operand::default(),
            scores: Buffer::default(),
            weights: Buffer::default(),
            sums: Vec::new(),
            outputs: Buffer::default(),
        }
    }
}

impl<N: Number> Attention<'_, N> {
    /// Fills `out` `[rows, heads * dim]`.
    pub fn run(self, out: &mut Operand<N>) {
        let _span = profile::span(Phase::Attention);
        out.reset(self.batch.rows().len(), self.heads.keys());
        let out = out.writer();
        let tasks = self.batch.tasks() * self.heads.kv;
        for_each(tasks, |task| {
            let (kv, rows) = (task % self.heads.kv, self.batch.task(task / self.heads.kv));
            let thread = rayon::current_thread_index().unwrap_or_default();
            let scratch = self.scratch[thread % self.scratch.len()].lock();
            let task = Task {
                input: self,
                kv,
                rows,
                scratch: &mut scratch.unwrap_or_else(PoisonError::into_inner),
            };
            task.run(out);
        });
    }
}

/// Rows of one place and one key-value head.
struct Task<'a, 's, N> {
    input: Attention<'a, N>,
    kv: usize,
    rows: &'a [usize],
    scratch: &'s mut Scratch<N>,
}

impl<'a, N: Number> Task<'a, '_, N> {
    fn run(mut self, out: Writer<N>) {
        let isa = self.input.isa;
        isa.vectorised(
            #[inline(always)]
            || self.turn_queries(),
        );
        self.score();
        isa.vectorised(
            #[inline(always)]
            || self.softmax(),
        );
        self.sum_values();
        isa.vectorised(
            #[inline(always)]
            || self.write(out),
        );
    }

    fn row(&self, index: usize) -> &'a TokenRow {
        &self.input.batch.rows()[self.rows[index]]
    }

    fn queries(&self) -> usize {
        self.rows.len() * self.input.heads.group()
    }

    /// What queries and scores are multiplied by: rounded queries only as they are, so that they are rounded once.
    fn scales(&self) -> [f32; 2] {
        let scale = self.input.spec.scale;
        if N::TOGETHER > 1 { [1.0, scale] } else { [scale, 1.0] }
    }

    /// The prompt's keys and values, and the number of positions that any of the rows sees.
    fn shared(&self) -> (&'a Segment<N>, usize) {
        let seen = (0..self.rows.len()).map(|index| self.row(index).seen);
        let place = self.row(0).place;
        (self.input.cache.place(place, self.kv), seen.max().unwrap_or(0))
    }

    /// The keys and values of the rows that have a slot, to be gone through once at a time.
    fn own(&self) -> impl Iterator<Item = Own<'a, N>> + use<'a, N> {
        let (rows, cache, kv) = (self.input.batch.rows(), self.input.cache, self.kv);
        self.rows.iter().enumerate().filter_map(move |(index, row)| {
            let row = &rows[*row];
            let slot = row.slot?;
            Some(Own {
                index,
                // SAFETY: a batch has each slot once, and each row and head is in one task, which goes through its rows
                // once at a time.
                segment: unsafe { cache.slot(slot, kv) },
                positions: row.own(),
            })
        })
    }
}

/// A row with a slot.
struct Own<'a, N> {
    /// Which of the task's rows.
    index: usize,
    segment: &'a mut Segment<N>,
    /// How many positions of it the row sees.
    positions: usize,
}

impl<N> Own<'_, N> {
    fn blocks(&self) -> usize {
        self.positions.div_ceil(WIDE)
    }
}

fn target(data: &mut [f32], add: bool) -> Target<'_> {
    Target { data, row: WIDE, add }
}
