//! Products of weights and values, and the writing of the results.

use super::{Attention, Scratch, Task, target};
use crate::engine::cpu::cache::panels;
use crate::ops::host::tiles::{Left, Number, WIDE, Writer};

impl<N: Number> Task<'_, '_, N> {
    /// Products of weights and values, block by block in the order of positions.
    pub(super) fn sum_values(&mut self) {
        let Attention { isa, heads, .. } = self.input;
        let (queries, group) = (self.queries(), heads.group());
        let (prompt, seen) = self.shared();
        let blocks = seen.div_ceil(WIDE);
        let panel = queries * WIDE;
        let (rows, mut ahead) = (self.own(), self.values_ahead(panels(heads.dim)));
        let Scratch {
            scores,
            weights,
            outputs,
            ..
        } = &mut *self.scratch;
        let numbers = N::same(scores).unwrap_or(weights);
        let weights = |block: usize, first: usize| Left {
            data: &numbers[block * panel..][..panel],
            rows: queries,
            first,
        };
        let used = |positions: usize, block: usize| (positions - block * WIDE).min(WIDE);
        outputs.set_len(panels(heads.dim) * panel);
        for (column, outputs) in outputs.chunks_exact_mut(panel).enumerate() {
            for block in 0..blocks {
                let then = prompt.values_at(heads.dim, block + 1, column);
                let values = prompt.values(heads.dim, block, column, used(seen, block), then);
                let target = target(outputs, block > 0);
                isa.multiply(weights(block, 0), queries, values, target);
            }
        }
        for own in rows {
            for (column, outputs) in outputs.chunks_exact_mut(panel).enumerate() {
                for block in 0..own.blocks() {
                    let count = used(own.positions, block);
                    let values = own.segment.values(heads.dim, block, column, count, ahead.advance());
                    let left = weights(blocks + block, own.index * group);
                    let target = target(&mut outputs[own.index * group * WIDE..], true);
                    isa.multiply(left, group, values, target);
                }
            }
        }
    }

    /// Divides by the sums of the weights.
    #[inline(always)]
    pub(super) fn write(&mut self, out: Writer<N>) {
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
