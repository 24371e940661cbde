//! Keys and values of prompts and rows, in blocks that are right operands for the kernels.

use std::sync::Arc;

use super::batch::Batch;
use super::norm::inverse_rms;
use crate::ops::attention::Heads;
use crate::ops::host::for_chunks;
use crate::ops::host::tiles::{Arena, Buffer, Isa, Number, Right, Shared, WIDE};
use crate::ops::rope::Rope;
use crate::profile::{self, Phase};

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
#[derive(Debug)]
pub(super) struct Segment<N> {
    /// [`WIDE`] positions each: keys `[dim, 32]`, then values `[32, dim]`, then room for the kernel to read 32 columns
    /// of any row. Rows that are taken together lie together: columns of keys, positions of values.
    blocks: Vec<Buffer<N>>,
}

impl<N> Default for Segment<N> {
    fn default() -> Self {
        Self { blocks: Vec::new() }
    }
}

impl<N: Number> Segment<N> {
    /// The keys of a block, `[dim, 32]` with the positions innermost; those at `then` are fetched meanwhile.
    pub fn keys(&self, dim: usize, block: usize, then: Option<*const N>) -> Right<'_, N> {
        let keys = &self.blocks[block][..keys_of::<N>(dim)];
        Right::panel::<N>(keys, then.unwrap_or(keys.as_ptr()))
    }

    /// 32 columns of the first `count` values of a block; beyond the head's last column they have no meaning. Those at
    /// `then` are fetched meanwhile.
    pub fn values(&self, dim: usize, block: usize, panel: usize, count: usize, then: Option<*const N>) -> Right<'_, N> {
        let data = &self.blocks[block][keys_of::<N>(dim) + panel * WIDE * N::TOGETHER..];
        Right {
            data,
            row: dim * N::TOGETHER,
            k: count,
            then: then.unwrap_or(data.as_ptr()),
            then_row: dim * N::TOGETHER,
        }
    }

    /// Where the keys of a block lie, if it has one.
    pub fn keys_at(&self, block: usize) -> Option<*const N> {
        self.blocks.get(block).map(|block| block.as_ptr())
    }

    /// Where 32 columns of the values of a block lie, if it has one.
    pub fn values_at(&self, dim: usize, block: usize, panel: usize) -> Option<*const N> {
        let from = keys_of::<N>(dim) + panel * WIDE * N::TOGETHER;
        self.blocks.get(block).map(|block| block[from..].as_ptr())
    }

    /// Puts the numbers nearest to a key and a value at place `at`; what follows it becomes meaningless, but for zeros
    /// where its value has no partner yet. New blocks are made in `arena`.
    #[inline(always)]
    pub fn put(&mut self, at: usize, key: &[f32], value: &[f32], arena: &Arena) {
        let (dim, block, lane) = (key.len(), at / WIDE, at % WIDE);
        while self.blocks.len() <= block {
            self.blocks.push(arena.zeros(block_numbers::<N>(dim)));
        }
        let (keys, values) = self.blocks[block].split_at_mut(keys_of::<N>(dim));
        let rows = keys.chunks_exact_mut(WIDE * N::TOGETHER);
        for (row, key) in rows.zip(key.chunks(N::TOGETHER)) {
            let together = row[lane * N::TOGETHER..].iter_mut().zip(key);
            together.for_each(|(target, key)| *target = N::nearest(*key));
        }
        let (row, place) = (lane / N::TOGETHER, lane % N::TOGETHER);
        let stored = values[row * dim * N::TOGETHER..].chunks_exact_mut(N::TOGETHER);
        for (together, value) in stored.zip(value) {
            together[place] = N::nearest(*value);
            together[place + 1..].fill(N::default());
        }
    }
}

/// Numbers of a block of keys and values of heads of `dim` elements.
fn block_numbers<N: Number>(dim: usize) -> usize {
    keys_of::<N>(dim) + dim * WIDE + WIDE * N::TOGETHER
}

/// Bytes of a segment that holds keys and values at this many positions.
pub(super) fn segment_bytes<N: Number>(dim: usize, positions: usize) -> usize {
    positions.div_ceil(WIDE) * block_numbers::<N>(dim) * size_of::<N>()
}

/// Numbers of a block's keys.
fn keys_of<N: Number>(dim: usize) -> usize {
    dim.next_multiple_of(N::TOGETHER) * WIDE
}

/// Panels of 32 columns that a head's values take.
pub(super) fn panels(dim: usize) -> usize {
    dim.div_ceil(WIDE)
}

/// The keys and values of one layer.
#[derive(Debug)]
pub(super) struct LayerCache<N> {
    heads: Heads,
    /// `[places, kv]`
    places: Vec<Segment<N>>,
    /// `[slots, kv]`
    slots: Vec<Segment<N>>,
    arena: Arc<Arena>,
}

/// A [`LayerCache`] that attention's tasks share: a row's key and value are written where they are read.
#[derive(Clone, Copy)]
pub(super) struct SharedCache<'a, N> {
    heads: Heads,
    places: &'a [Segment<N>],
    slots: Shared<'a, Segment<N>>,
    pub arena: &'a Arena,
}

impl<N: Number> LayerCache<N> {
    /// A cache without keys and values, which will be in memory of `arena`.
    pub fn new(heads: Heads, places: usize, slots: usize, arena: &Arc<Arena>) -> Self {
        Self {
            heads,
            places: (0..places * heads.kv).map(|_| Segment::default()).collect(),
            slots: (0..slots * heads.kv).map(|_| Segment::default()).collect(),
            arena: Arc::clone(arena),
        }
    }

    /// The cache, for attention's tasks.
    pub fn share(&mut self) -> SharedCache<'_, N> {
        SharedCache {
            heads: self.heads,
            places: &self.places,
            slots: Shared::new(&mut self.slots),
            arena: &self.arena,
        }
    }

    /// Stores the keys and values of prompts, `qkv` being the batch's fused rows; rows that decode are stored by
    /// attention.
    pub fn store(&mut self, isa: Isa, keys: Turn, batch: &Batch, qkv: &[f32]) {
        if batch.decodes() {
            return;
        }
        let _span = profile::span(Phase::Attention);
        let (heads, arena) = (self.heads, &*self.arena);
        let put = |index: usize, segment: &mut Segment<N>| {
            let (kv, mut key) = (index % heads.kv, vec![0.0; heads.dim]);
            for row in batch.of_place(index / heads.kv) {
                let (position, qkv) = (batch.rows()[row].position, fused(qkv, row, heads));
                keys.apply(position, key_of(qkv, kv, heads), &mut key);
                segment.put(position, &key, value_of(qkv, kv, heads), arena);
            }
        };
        for_chunks(&mut self.places, 1, |index, segments| {
            isa.vectorised(
                #[inline(always)]
                || put(index, &mut segments[0]),
            );
        });
    }
}

impl<'a, N> SharedCache<'a, N> {
    /// A prompt's keys and values.
    pub fn place(&self, place: usize, kv: usize) -> &'a Segment<N> {
        &self.places[place * self.heads.kv + kv]
    }

    /// A slot's keys and values.
    ///
    /// # Safety
    /// Nothing else refers to them while they are used.
    pub unsafe fn slot(&self, slot: usize, kv: usize) -> &'a mut Segment<N> {
        let index = slot * self.heads.kv + kv;
        // SAFETY: as the caller promises.
        let segment = unsafe { self.slots.part(index..index + 1) };
        &mut segment[0]
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
    use half::bf16;

    use super::*;
    use crate::testing::ropes;

    #[test]
    fn keys_lie_by_position_and_values_by_column() {
        let dim = 40;
        let (mut segment, arena): (Segment<f32>, _) = (Segment::default(), Arena::default());
        let key = |at: usize| -> Vec<f32> { (0..dim).map(|i| (at * 100 + i) as f32).collect() };
        for at in 0..70 {
            let value: Vec<f32> = key(at).iter().map(|key| -key).collect();
            segment.put(at, &key(at), &value, &arena);
        }
        for at in 0..70 {
            for (i, expected) in key(at).into_iter().enumerate() {
                let keys = segment.keys(dim, at / 32, None);
                assert_eq!(keys.data[i * 32 + at % 32], expected);
                let values = segment.values(dim, at / 32, i / 32, at % 32 + 1, None);
                assert_eq!(values.data[at % 32 * values.row + i % 32], -expected);
            }
        }
    }

    #[test]
    fn in_bf16_pairs_of_columns_of_keys_and_of_positions_of_values_lie_together() {
        let dim = 5;
        let (mut segment, arena): (Segment<bf16>, _) = (Segment::default(), Arena::default());
        let key = |at: usize| -> Vec<f32> { (0..dim).map(|i| (at * 6 + i) as f32).collect() };
        for at in (0..35).chain(0..4) {
            let value: Vec<f32> = key(at).iter().map(|key| -key).collect();
            segment.put(at, &key(at), &value, &arena);
        }
        for at in 0..4 {
            for (i, expected) in key(at).into_iter().enumerate() {
                let keys = segment.keys(dim, 0, None);
                assert_eq!(keys.data[(i / 2 * WIDE + at) * 2 + i % 2].to_f32(), expected);
                let values = segment.values(dim, 0, 0, at + 1, None);
                let pair = &values.data[at / 2 * values.row + 2 * i..];
                assert_eq!(pair[at % 2].to_f32(), -expected);
            }
        }
        // Put again at an even place: the partner of its value is gone.
        segment.put(2, &key(2), &key(2), &arena);
        assert_eq!(segment.values(dim, 0, 0, 3, None).data[2 * dim + 1], bf16::ZERO);
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
