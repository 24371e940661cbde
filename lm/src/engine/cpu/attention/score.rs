//! Products of queries and keys, and the storing of the new ones.

use super::{Attention, Own, Scratch, Task, target};
use crate::engine::cpu::cache::{fused, key_of, panels, value_of};
use crate::ops::host::tiles::{Number, WIDE};

impl<N: Number> Task<'_, '_, N> {
    /// The group's rotated queries: head after head of row after row.
    #[inline(always)]
    pub(super) fn turn_queries(&mut self) {
        let (queries, group) = (self.queries(), self.input.heads.group());
        let Attention {
            heads,
            queries: turn,
            batch,
            qkv,
            ..
        } = self.input;
        let [scale, _] = self.scales();
        let scratch = &mut *self.scratch;
        scratch.queries.reset(queries, heads.dim);
        scratch.head.resize(heads.dim, 0.0);
        let writer = scratch.queries.writer();
        for (index, row) in self.rows.iter().enumerate() {
            let group_heads = &fused(qkv, *row, heads)[self.kv * group * heads.dim..];
            for (g, head) in group_heads.chunks_exact(heads.dim).take(group).enumerate() {
                turn.apply(batch.rows()[*row].position, head, &mut scratch.head);
                for value in &mut scratch.head {
                    *value *= scale;
                }
                // SAFETY: the scratch is this task's alone.
                unsafe { writer.put(index * group + g, 0, &scratch.head) };
            }
        }
    }

    /// Products of queries and keys: the prompt's for all queries, a slot's for its row's.
    pub(super) fn score(&mut self) {
        let Attention { isa, heads, .. } = self.input;
        let (queries, group) = (self.queries(), heads.group());
        let (prompt, seen) = self.shared();
        let blocks = seen.div_ceil(WIDE);
        let longest = (0..self.rows.len())
            .map(|index| self.row(index).own().div_ceil(WIDE))
            .max();
        let panel = queries * WIDE;
        let Scratch {
            queries: turned,
            scores,
            ..
        } = &mut *self.scratch;
        scores.set_len((blocks + longest.unwrap_or(0)) * panel);
        for (block, scores) in scores.chunks_exact_mut(panel).take(blocks).enumerate() {
            let keys = prompt.keys(heads.dim, block, prompt.keys_at(block + 1));
            isa.multiply(turned.rows_from(0), queries, keys, target(scores, false));
        }
        let mut ahead = self.keys_ahead(panels(heads.dim));
        for mut own in self.own() {
            self.append(&mut own);
            let Scratch {
                queries: turned,
                scores,
                ..
            } = &mut *self.scratch;
            for block in 0..own.blocks() {
                let scores = &mut scores[(blocks + block) * panel + own.index * group * WIDE..];
                let keys = own.segment.keys(heads.dim, block, ahead.advance());
                isa.multiply(turned.rows_from(own.index * group), group, keys, target(scores, false));
            }
        }
    }

    /// Stores a row's key and value: only now, so that the memory is fetched once for writing and reading.
    fn append(&mut self, own: &mut Own<N>) {
        let Attention {
            isa,
            heads,
            keys,
            qkv,
            cache,
            ..
        } = self.input;
        let (position, qkv) = (self.row(own.index).position, fused(qkv, self.rows[own.index], heads));
        let (kv, key) = (self.kv, &mut self.scratch.head);
        isa.vectorised(
            #[inline(always)]
            || {
                keys.apply(position, key_of(qkv, kv, heads), key);
                own.segment
                    .put(own.positions - 1, key, value_of(qkv, kv, heads), cache.arena);
            },
        );
    }
}
