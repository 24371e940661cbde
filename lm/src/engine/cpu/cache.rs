//! Keys and values of prompts and rows, in blocks that are right operands for the kernels.

use rayon::prelude::*;

use super::batch::{Batch, Row};
use super::buffer::Buffer;
use super::kernel::{Isa, WIDE};
use super::norm::inverse_rms;
use crate::model::Rope;
use crate::ops::attention::Heads;
use crate::profile::{self, Phase};

/// What turns a projected query or key into the one that is compared.
#[derive(Clone, Copy)]
pub(super) struct Turn<'a> {
    pub rope: &'a Rope,
    /// Weights of the normalisation over a head's elements, for models that have it (`[head_dim]`).
    pub norm: Option<&'a [f32]>,
    pub epsilon: f32,
}

impl Turn<'_> {
    /// Normalises a head if the model does, then rotates it to its position (Su et al. 2021, arXiv:2104.09864).
    #[inline(always)]
    pub fn apply(&self, position: usize, head: &[f32], out: &mut [f32]) {
        out.copy_from_slice(head);
        if let Some(weights) = self.norm {
            let scale = inverse_rms(head, self.epsilon);
            for (value, weight) in out.iter_mut().zip(weights) {
                *value = *value * scale * weight;
            }
        }
        let (cos, sin) = self.rope.at(position);
        let (low, high) = out.split_at_mut(cos.len());
        for (((low, high), cos), sin) in low.iter_mut().zip(high).zip(cos).zip(sin) {
            (*low, *high) = (*low * cos - *high * sin, *high * cos + *low * sin);
        }
    }
}

/// Keys and values of consecutive positions in one layer.
#[derive(Debug, Default)]
pub(super) struct Segment {
    /// [`WIDE`] positions each: keys `[kv, dim, 32]`, then values `[kv, panels, 32, 32]`.
    blocks: Vec<Buffer>,
}

impl Segment {
    /// The keys of a head in a block, `[dim, 32]` with the positions innermost.
    pub fn keys(&self, heads: Heads, kv: usize, block: usize) -> &[f32] {
        &self.blocks[block][kv * heads.dim * WIDE..][..heads.dim * WIDE]
    }

    /// 32 columns of the values of a head in a block, `[32, 32]` with the columns innermost.
    pub fn values(&self, heads: Heads, kv: usize, block: usize, panel: usize) -> &[f32] {
        let panels = panels(heads);
        let start = (heads.kv * heads.dim + (kv * panels + panel) * WIDE) * WIDE;
        &self.blocks[block][start..][..WIDE * WIDE]
    }

    /// Writes the keys and values of a fused row `qkv` to place `at`; what follows `at` becomes meaningless.
    #[inline(always)]
    fn put(&mut self, heads: Heads, turn: Turn, row: &Row, qkv: &[f32], key: &mut [f32]) {
        let (block, lane) = (row.at() / WIDE, row.at() % WIDE);
        while self.blocks.len() <= block {
            let columns = heads.dim + panels(heads) * WIDE;
            self.blocks.push(Buffer::zeros(heads.kv * columns * WIDE));
        }
        let (keys, values) = self.blocks[block].split_at_mut(heads.kv * heads.dim * WIDE);
        let heads_of = |first: usize| qkv[first..].chunks_exact(heads.dim).take(heads.kv);
        let targets = keys.chunks_exact_mut(heads.dim * WIDE);
        for (head, target) in heads_of(heads.keys()).zip(targets) {
            turn.apply(row.position, head, key);
            for (target, key) in target[lane..].iter_mut().step_by(WIDE).zip(&*key) {
                *target = *key;
            }
        }
        let targets = values.chunks_exact_mut(panels(heads) * WIDE * WIDE);
        for (head, target) in heads_of(heads.values()).zip(targets) {
            for (value, panel) in head.chunks(WIDE).zip(target.chunks_exact_mut(WIDE * WIDE)) {
                panel[lane * WIDE..][..value.len()].copy_from_slice(value);
            }
        }
    }
}

/// Panels of 32 columns that the values of a head take.
pub(super) fn panels(heads: Heads) -> usize {
    heads.dim.div_ceil(WIDE)
}

/// The segments of one layer.
#[derive(Debug, Default)]
pub(super) struct LayerCache {
    pub places: Vec<Segment>,
    pub slots: Vec<Segment>,
}

impl LayerCache {
    pub fn new(places: usize, slots: usize) -> Self {
        let segments = |count| (0..count).map(|_| Segment::default()).collect();
        Self {
            places: segments(places),
            slots: segments(slots),
        }
    }

    /// Stores the keys and values of a batch, `qkv` being its fused rows.
    pub fn store(&mut self, isa: Isa, heads: Heads, turn: Turn, batch: &Batch, qkv: &[f32]) {
        let _span = profile::span(Phase::Attention);
        let segments = match batch.decoding() {
            true => &mut self.slots,
            false => &mut self.places,
        };
        segments.par_iter_mut().zip(batch.owned()).for_each_init(
            || vec![0.0; heads.dim],
            |key, (segment, rows)| {
                isa.vectorised(
                    #[inline(always)]
                    || {
                        for row in rows.clone() {
                            let qkv = &qkv[row * heads.width()..][..heads.width()];
                            segment.put(heads, turn, &batch.rows()[row], qkv, key);
                        }
                    },
                );
            },
        );
    }
}
