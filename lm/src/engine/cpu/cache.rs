//! Keys and values of prompts and rows, in blocks that are right operands for the kernels.

use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::batch::Batch;
use super::buffer::Buffer;
use super::kernel::{Isa, Right, WIDE};
use super::norm::inverse_rms;
use crate::Dtype;
use crate::ops::attention::Heads;
use crate::ops::host::math;
use crate::ops::rope::Rope;
use crate::profile::{self, Phase};

/// How many positions ahead values are fetched.
const AHEAD: usize = 8;

/// Turns a projected query or key into the one that is compared.
#[derive(Clone, Copy)]
pub(super) struct Turn<'a> {
    rope: &'a Rope,
    /// `[head_dim]`
    norm: Option<&'a [f32]>,
    epsilon: f32,
}

impl<'a> Turn<'a> {
    /// `norm` has the factors of the normalisation of a head, for models that have it.
    pub fn new(rope: &'a Rope, norm: Option<&'a [f32]>, epsilon: f32) -> Self {
        Self { rope, norm, epsilon }
    }

    /// Normalises a head if the model does, then rotates it to its position (Su et al. 2021, arXiv:2104.09864).
    #[inline(always)]
    pub fn apply(&self, position: usize, head: &[f32], out: &mut [f32]) {
        out.copy_from_slice(head);
        if let Some(factors) = self.norm {
            let scale = inverse_rms(head, self.epsilon);
            for (value, factor) in out.iter_mut().zip(factors) {
                *value = *value * scale * factor;
            }
        }
        let (cos, sin) = self.rope.at(position);
        let (low, high) = out.split_at_mut(cos.len());
        for (((low, high), cos), sin) in low.iter_mut().zip(high).zip(cos).zip(sin) {
            (*low, *high) = (*low * cos - *high * sin, *high * cos + *low * sin);
        }
    }
}

/// Keys and values of one key-value head at consecutive positions in one layer.
#[derive(Debug, Default)]
pub(super) struct Segment {
    /// [`WIDE`] positions each: keys `[dim, 32]`, then values `[32, dim]`, then room for the kernel to read 32 columns
    /// of any row.
    blocks: Vec<Buffer>,
    /// The precision that keys and values are rounded to.
    dtype: Dtype,
}

impl Segment {
    fn rounded(dtype: Dtype) -> Self {
        Self {
            blocks: Vec::new(),
            dtype,
        }
    }

    /// The keys of a block, `[dim, 32]` with the positions innermost.
    pub fn keys(&self, dim: usize, block: usize) -> Right<'_> {
        let then = self.blocks.get(block + 1).unwrap_or(&self.blocks[block]);
        Right::panel(&self.blocks[block][..dim * WIDE], then.as_ptr())
    }

    /// 32 columns of the first `count` values of a block; beyond the head's last column they have no meaning.
    pub fn values(&self, dim: usize, block: usize, panel: usize, count: usize) -> Right<'_> {
        let data = &self.blocks[block][dim * WIDE + panel * WIDE..];
        Right {
            data,
            row: dim,
            k: count,
            then: data.as_ptr().wrapping_add(AHEAD * dim),
        }
    }

    /// Puts a key and a value, rounded, at place `at`; what follows it becomes meaningless.
    #[inline(always)]
    pub fn put(&mut self, at: usize, key: &mut [f32], value: &[f32]) {
        math::round(key, self.dtype);
        let (dim, block, lane) = (key.len(), at / WIDE, at % WIDE);
        while self.blocks.len() <= block {
            self.blocks.push(Buffer::zeros(2 * dim * WIDE + WIDE));
        }
        let (keys, values) = self.blocks[block].split_at_mut(dim * WIDE);
        for (target, key) in keys[lane..].iter_mut().step_by(WIDE).zip(&*key) {
            *target = *key;
        }
        let stored = &mut values[lane * dim..][..dim];
        stored.copy_from_slice(value);
        math::round(stored, self.dtype);
    }
}

/// Panels of 32 columns that a head's values take.
pub(super) fn panels(dim: usize) -> usize {
    dim.div_ceil(WIDE)
}

/// The keys and values of one layer.
#[derive(Debug)]
pub(super) struct LayerCache {
    heads: Heads,
    dtype: Dtype,
    /// `[places, kv]`
    places: Vec<Segment>,
    /// `[slots, kv]`. Locks, because attention writes a row's key where it reads it; each is only ever taken by the
    /// one task that has the row and the head.
    slots: Vec<Mutex<Segment>>,
}

impl LayerCache {
    pub fn new(heads: Heads, places: usize, slots: usize, dtype: Dtype) -> Self {
        let segment = |_| Segment::rounded(dtype);
        Self {
            heads,
            dtype,
            places: (0..places * heads.kv).map(segment).collect(),
            slots: (0..slots * heads.kv).map(|index| Mutex::new(segment(index))).collect(),
        }
    }

    /// The precision of what is compared and summed.
    pub fn dtype(&self) -> Dtype {
        self.dtype
    }

    /// A prompt's keys and values.
    pub fn place(&self, place: usize, kv: usize) -> &Segment {
        &self.places[place * self.heads.kv + kv]
    }

    /// Works on a slot's keys and values.
    pub fn with_slot<R>(&self, slot: usize, kv: usize, f: impl FnOnce(&mut Segment) -> R) -> R {
        let segment = self.slots[slot * self.heads.kv + kv].lock();
        f(&mut segment.unwrap_or_else(PoisonError::into_inner))
    }

    /// Stores the keys and values of prompts, `qkv` being the batch's fused rows; rows that decode are stored by
    /// attention.
    pub fn store(&mut self, isa: Isa, keys: Turn, batch: &Batch, qkv: &[f32]) {
        if batch.decodes() {
            return;
        }
        let _span = profile::span(Phase::Attention);
        let heads = self.heads;
        let put = |key: &mut Vec<f32>, (index, segment): (usize, &mut Segment)| {
            let kv = index % heads.kv;
            for row in batch.of_place(index / heads.kv) {
                let (position, qkv) = (batch.rows()[row].position, fused(qkv, row, heads));
                keys.apply(position, key_of(qkv, kv, heads), key);
                segment.put(position, key, value_of(qkv, kv, heads));
            }
        };
        self.places.par_iter_mut().enumerate().for_each_init(
            || vec![0.0; heads.dim],
            |key, item| {
                isa.vectorised(
                    #[inline(always)]
                    || put(key, item),
                )
            },
        );
    }
}

/// One of the fused rows.
#[inline(always)]
pub(super) fn fused(qkv: &[f32], row: usize, heads: Heads) -> &[f32] {
    &qkv[row * heads.width()..][..heads.width()]
}

/// A key in a fused row.
#[inline(always)]
pub(super) fn key_of(qkv: &[f32], kv: usize, heads: Heads) -> &[f32] {
    &qkv[heads.keys() + kv * heads.dim..][..heads.dim]
}

/// A value in a fused row.
#[inline(always)]
pub(super) fn value_of(qkv: &[f32], kv: usize, heads: Heads) -> &[f32] {
    &qkv[heads.values() + kv * heads.dim..][..heads.dim]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::ropes;

    #[test]
    fn keys_lie_by_position_and_values_by_column() {
        let dim = 40;
        let mut segment = Segment::default();
        let key = |at: usize| -> Vec<f32> { (0..dim).map(|i| (at * 100 + i) as f32).collect() };
        for at in 0..70 {
            let value: Vec<f32> = key(at).iter().map(|key| -key).collect();
            segment.put(at, &mut key(at), &value);
        }
        for at in 0..70 {
            for (i, expected) in key(at).into_iter().enumerate() {
                let keys = segment.keys(dim, at / 32);
                assert_eq!(keys.data[i * 32 + at % 32], expected);
                let values = segment.values(dim, at / 32, i / 32, at % 32 + 1);
                assert_eq!(values.data[at % 32 * values.row + i % 32], -expected);
            }
        }
    }

    #[test]
    fn heads_are_normed_before_they_are_rotated() {
        let ropes = ropes(2, 8);
        let turn = Turn::new(&ropes[0], Some(&[1.0, 3.0]), 0.0);
        let mut out = [0.0; 2];
        turn.apply(0, &[3.0, 4.0], &mut out);
        let (a, b) = (3.0 / 12.5f32.sqrt(), 12.0 / 12.5f32.sqrt());
        assert!((out[0] - a).abs() < 1e-6 && (out[1] - b).abs() < 1e-6);
        turn.apply(5, &[3.0, 4.0], &mut out);
        let (sin, cos) = 5.0f32.sin_cos();
        assert!((out[0] - (a * cos - b * sin)).abs() < 1e-5);
        assert!((out[1] - (b * cos + a * sin)).abs() < 1e-5);
    }
}
