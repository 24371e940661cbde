//! Causal grouped-query attention of a batch over its prompts' and its own keys and values.
//!
//! Samples of one prompt read its keys together: their queries are the rows of one product. Each query's softmax and
//! sums run over its own positions in a fixed order, so what attends beside it does not matter.

use rayon::prelude::*;

use super::batch::{Batch, Row};
use super::buffer::Buffer;
use super::cache::{LayerCache, Segment, Turn, fused, key_of, panels, value_of};
use super::kernel::{Isa, Left, Target, WIDE};
use super::operand::{Operand, Writer};
use crate::ops::attention::Heads;
use crate::ops::host::math;
use crate::profile::{self, Phase};

/// What attention reads.
#[derive(Clone, Copy)]
pub(super) struct Attention<'a> {
    pub isa: Isa,
    pub heads: Heads,
    pub queries: Turn<'a>,
    pub keys: Turn<'a>,
    pub cache: &'a LayerCache,
    pub batch: &'a Batch,
    /// Fused rows `[rows, (heads + 2 kv) * dim]`, not yet rotated.
    pub qkv: &'a [f32],
}

/// Memory of a task, used again by the next.
#[derive(Default)]
struct Scratch {
    head: Vec<f32>,
    queries: Operand,
    /// `[panels of positions, queries, 32]`: a left operand for the values
    scores: Buffer,
    /// By query: the sum of its weights.
    sums: Vec<f32>,
    /// `[panels of columns, queries, 32]`
    outputs: Buffer,
}

impl Attention<'_> {
    /// Fills `out` `[rows, heads * dim]`.
    pub fn run(self, out: &mut Operand) {
        let _span = profile::span(Phase::Attention);
        out.reset(self.batch.rows().len(), self.heads.keys());
        let out = out.writer();
        let tasks = self.batch.tasks() * self.heads.kv;
        (0..tasks).into_par_iter().with_max_len(1).for_each_init(
            Scratch::default,
            |scratch, task| {
                let (kv, rows) = (task % self.heads.kv, self.batch.task(task / self.heads.kv));
                let task = Task {
                    input: self,
                    kv,
                    rows,
                    scratch,
                };
                task.run(out);
            },
        );
    }
}

/// Rows of one place and one key-value head.
struct Task<'a, 's> {
    input: Attention<'a>,
    kv: usize,
    rows: &'a [usize],
    scratch: &'s mut Scratch,
}

impl<'a> Task<'a, '_> {
    fn run(mut self, out: Writer) {
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

    fn row(&self, index: usize) -> &'a Row {
        &self.input.batch.rows()[self.rows[index]]
    }

    fn queries(&self) -> usize {
        self.rows.len() * self.input.heads.group()
    }

    /// The prompt's keys and values, and the number of positions that any of the rows sees.
    fn shared(&self) -> (&'a Segment, usize) {
        let seen = (0..self.rows.len()).map(|index| self.row(index).seen);
        let place = self.row(0).place;
        (
            self.input.cache.place(place, self.kv),
            seen.max().unwrap_or(0),
        )
    }

    /// Each row with a slot: its index, its slot, and the number of positions of it that the row sees.
    fn own(&self) -> impl Iterator<Item = (usize, usize, usize)> + use<'a> {
        let rows = self.input.batch.rows();
        self.rows
            .iter()
            .enumerate()
            .filter_map(move |(index, row)| {
                let row = &rows[*row];
                row.slot.map(|slot| (index, slot, row.own()))
            })
    }

    /// The group's rotated queries, scaled by `1 / sqrt(dim)`: head after head of row after row.
    #[inline(always)]
    fn turn_queries(&mut self) {
        let (queries, group) = (self.queries(), self.input.heads.group());
        let Attention {
            heads,
            queries: turn,
            batch,
            qkv,
            ..
        } = self.input;
        let scratch = &mut *self.scratch;
        scratch.queries.reset(queries, heads.dim);
        scratch.head.resize(heads.dim, 0.0);
        let writer = scratch.queries.writer();
        for (index, row) in self.rows.iter().enumerate() {
            let group_heads = &fused(qkv, *row, heads)[self.kv * group * heads.dim..];
            for (g, head) in group_heads.chunks_exact(heads.dim).take(group).enumerate() {
                turn.apply(batch.rows()[*row].position, head, &mut scratch.head);
                for value in &mut scratch.head {
                    *value *= heads.scale();
                }
                // SAFETY: the scratch is this task's alone.
                unsafe { writer.put(index * group + g, 0, &scratch.head) };
            }
        }
    }

    /// Products of queries and keys: the prompt's for all queries, a slot's for its row's.
    fn score(&mut self) {
        let Attention { isa, heads, .. } = self.input;
        let (queries, group) = (self.queries(), heads.group());
        let (prompt, seen) = self.shared();
        let blocks = seen.div_ceil(WIDE);
        let longest = self.own().map(|(.., own)| own.div_ceil(WIDE)).max();
        let panel = queries * WIDE;
        let own = self.own();
        let Scratch {
            queries: turned,
            scores,
            ..
        } = &mut *self.scratch;
        scores.set_len((blocks + longest.unwrap_or(0)) * panel);
        for (block, scores) in scores.chunks_exact_mut(panel).take(blocks).enumerate() {
            let keys = prompt.keys(heads.dim, block);
            isa.multiply(turned.rows_from(0), queries, keys, target(scores, false));
        }
        for (index, slot, positions) in own {
            self.append(index, slot, positions - 1);
            let Scratch {
                queries: turned,
                scores,
                ..
            } = &mut *self.scratch;
            self.input.cache.with_slot(slot, self.kv, |segment| {
                for block in 0..positions.div_ceil(WIDE) {
                    let scores = &mut scores[(blocks + block) * panel + index * group * WIDE..];
                    let left = turned.rows_from(index * group);
                    let keys = segment.keys(heads.dim, block);
                    isa.multiply(left, group, keys, target(scores, false));
                }
            });
        }
    }

    /// Stores a row's key and value: only now, so that the memory is fetched once for writing and reading.
    fn append(&mut self, index: usize, slot: usize, at: usize) {
        let Attention {
            isa,
            heads,
            keys,
            cache,
            qkv,
            ..
        } = self.input;
        let (position, qkv) = (
            self.row(index).position,
            fused(qkv, self.rows[index], heads),
        );
        let (kv, key) = (self.kv, &mut self.scratch.head);
        cache.with_slot(slot, kv, |segment| {
            isa.vectorised(
                #[inline(always)]
                || {
                    keys.apply(position, key_of(qkv, kv, heads), key);
                    segment.put(at, key, value_of(qkv, kv, heads));
                },
            );
        });
    }

    /// Scores become weights `e^(score - max)`, those of positions that a query does not see 0.
    #[inline(always)]
    fn softmax(&mut self) {
        let (queries, group) = (self.queries(), self.input.heads.group());
        let blocks = self.shared().1.div_ceil(WIDE);
        self.scratch.sums.clear();
        for query in 0..queries {
            let row = *self.row(query / group);
            let scores = &mut self.scratch.scores[query * WIDE..];
            let sum = softmax_row(scores, queries * WIDE, blocks, row.seen, row.own());
            self.scratch.sums.push(sum);
        }
    }

    /// Products of weights and values, block by block in the order of positions.
    fn sum_values(&mut self) {
        let Attention { isa, heads, .. } = self.input;
        let (queries, group) = (self.queries(), heads.group());
        let (prompt, seen) = self.shared();
        let blocks = seen.div_ceil(WIDE);
        let panel = queries * WIDE;
        let own = self.own();
        let Scratch {
            scores, outputs, ..
        } = &mut *self.scratch;
        let weights = |block: usize, first: usize| Left {
            data: &scores[block * panel..][..panel],
            rows: queries,
            first,
        };
        let used = |positions: usize, block: usize| (positions - block * WIDE).min(WIDE);
        outputs.set_len(panels(heads.dim) * panel);
        for (column, outputs) in outputs.chunks_exact_mut(panel).enumerate() {
            for block in 0..blocks {
                let values = prompt.values(heads.dim, block, column, used(seen, block));
                let target = target(outputs, block > 0);
                isa.multiply(weights(block, 0), queries, values, target);
            }
        }
        for (index, slot, positions) in own {
            self.input.cache.with_slot(slot, self.kv, |segment| {
                for (column, outputs) in outputs.chunks_exact_mut(panel).enumerate() {
                    for block in 0..positions.div_ceil(WIDE) {
                        let count = used(positions, block);
                        let values = segment.values(heads.dim, block, column, count);
                        let left = weights(blocks + block, index * group);
                        let target = target(&mut outputs[index * group * WIDE..], true);
                        isa.multiply(left, group, values, target);
                    }
                }
            });
        }
    }

    /// Divides by the sums of the weights.
    #[inline(always)]
    fn write(&mut self, out: Writer) {
        let heads = self.input.heads;
        let (queries, group) = (self.queries(), heads.group());
        let Scratch { outputs, sums, .. } = &mut *self.scratch;
        for (query, sum) in sums.iter().enumerate() {
            let (row, head) = (self.rows[query / group], self.kv * group + query % group);
            let scale = 1.0 / sum;
            for column in (0..heads.dim).step_by(WIDE) {
                let values = &mut outputs[(column / WIDE * queries + query) * WIDE..];
                let values = &mut values[..WIDE.min(heads.dim - column)];
                for value in &mut *values {
                    *value *= scale;
                }
                // SAFETY: tasks have different rows or different heads.
                unsafe { out.put(row, head * heads.dim + column, values) };
            }
        }
    }
}

fn target(data: &mut [f32], add: bool) -> Target<'_> {
    Target {
        data,
        row: WIDE,
        add,
    }
}

/// Softmax without the division of one query, whose scores lie in panels `stride` apart: `blocks` panels of the prompt, of
/// which it sees `seen` positions, then panels of `own` positions. Returns the sum.
#[inline(always)]
fn softmax_row(scores: &mut [f32], stride: usize, blocks: usize, seen: usize, own: usize) -> f32 {
    let seen_blocks = seen.div_ceil(WIDE);
    let parts = [(0, seen), (blocks, own)];
    let mut largest = [f32::NEG_INFINITY; WIDE];
    for (first, positions) in parts {
        for block in 0..positions.div_ceil(WIDE) {
            let panel = panel(scores, (first + block) * stride);
            panel[(positions - block * WIDE).min(WIDE)..].fill(f32::NEG_INFINITY);
            for (largest, score) in largest.iter_mut().zip(&*panel) {
                *largest = if *score > *largest { *score } else { *largest };
            }
        }
    }
    let largest = math::max(&largest);
    let mut sums = [0.0f32; WIDE];
    for (first, positions) in parts {
        for block in 0..positions.div_ceil(WIDE) {
            let panel = panel(scores, (first + block) * stride);
            for (sum, score) in sums.iter_mut().zip(panel) {
                *score = math::exp(*score - largest);
                *sum += *score;
            }
        }
    }
    for block in seen_blocks..blocks {
        panel(scores, block * stride).fill(0.0);
    }
    sums.iter().sum()
}

#[inline(always)]
fn panel(scores: &mut [f32], start: usize) -> &mut [f32; WIDE] {
    match scores[start..].first_chunk_mut() {
        Some(panel) => panel,
        None => unreachable!("panels are whole"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn softmax_sees_only_its_positions() {
        // Two panels of a prompt, of which 5 positions are seen, then 1 own position, 2 queries interleaved.
        let mut scores = vec![9.0f32; 3 * 2 * WIDE];
        scores[..5].copy_from_slice(&[0.0, 1.0, 2.0, 3.0, 4.0]);
        scores[4 * WIDE] = 2.0;
        let sum = softmax_row(&mut scores, 2 * WIDE, 2, 5, 1);
        let weights: Vec<f32> = [0.0f32, 1.0, 2.0, 3.0, 4.0, 2.0]
            .iter()
            .map(|score| (score - 4.0).exp())
            .collect();
        assert!((sum - weights.iter().sum::<f32>()).abs() < 1e-6);
        for (got, expected) in scores[..5].iter().zip(&weights) {
            assert!((got - expected).abs() < 1e-6);
        }
        assert!((scores[4 * WIDE] - weights[5]).abs() < 1e-6);
        let unseen = scores[5..WIDE]
            .iter()
            .chain(&scores[2 * WIDE..3 * WIDE])
            .chain(&scores[4 * WIDE + 1..5 * WIDE]);
        assert!(unseen.copied().all(|weight| weight == 0.0));
        assert!(scores[WIDE..2 * WIDE].iter().all(|other| *other == 9.0));
    }
}
