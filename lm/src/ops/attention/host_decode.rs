//! The CPU's key-value cache, and attention of one new token per row.
//!
//! The prompt of a group is stored once and read by all its rows; each row has its own slot for what it generated.
//! Keys lie in blocks of [`WIDE`] positions with the positions innermost, so that scores of a block are vector sums.

use std::ops::Range;
use std::sync::Arc;

use burn::tensor::Tensor;
use rayon::prelude::*;

use super::host::rotate;
use super::{Heads, Layout};
use crate::model::Rope;
use crate::ops::host::{self, Memory, math};

/// Positions per block of keys.
const WIDE: usize = 32;

/// A row that is being decoded.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row {
    /// Its slot in the cache.
    pub slot: usize,
    /// The sequence of the prompt layout that it continues.
    pub prompt: usize,
    /// Position of the new token.
    pub position: usize,
}

/// Keys and values of prompts and rows, of all layers.
pub(crate) struct HostCache {
    heads: Heads,
    rope: Arc<Rope>,
    prompt_lengths: Vec<usize>,
    capacity: usize,
    slots: usize,
    /// By layer.
    layers: Vec<LayerCache>,
}

#[derive(Default)]
struct LayerCache {
    prompts: Vec<Segment>,
    /// `[slots]` segments one after another
    keys: Vec<f32>,
    values: Vec<f32>,
}

/// Keys `[kv, blocks, dim, WIDE]` and values `[kv, time, dim]` of consecutive positions.
#[derive(Default)]
struct Segment {
    keys: Vec<f32>,
    values: Vec<f32>,
}

/// A segment's memory, with the number of positions it has room for.
#[derive(Clone, Copy)]
struct View<'a> {
    keys: &'a [f32],
    values: &'a [f32],
    room: usize,
}

impl HostCache {
    pub(super) fn new(layout: &Layout, slots: usize, capacity: usize, layers: usize) -> Self {
        let heads = layout.heads;
        Self {
            heads,
            rope: Arc::clone(&layout.rope),
            prompt_lengths: layout.spans.iter().map(|span| span.len()).collect(),
            capacity,
            slots,
            layers: (0..layers).map(|_| LayerCache::default()).collect(),
        }
    }

    pub(super) fn store(&mut self, layout: &Layout, layer: usize, qkv: &Tensor<2>) {
        let (heads, rope) = (self.heads, &self.rope);
        let (key_room, value_room) = room(heads, self.capacity);
        let Some(cache) = self.layers.get_mut(layer) else {
            return;
        };
        cache.keys = vec![0.0; self.slots * key_room];
        cache.values = vec![0.0; self.slots * value_room];
        cache.prompts = host::read(qkv, |rows| {
            let segment = |span: &Range<usize>| {
                let (keys, values) = room(heads, span.len());
                let mut segment = Segment {
                    keys: vec![0.0; keys],
                    values: vec![0.0; values],
                };
                for position in 0..span.len() {
                    let row = &rows[(span.start + position) * heads.width()..][..heads.width()];
                    let at = (position, span.len());
                    append(
                        heads,
                        rope.at(position),
                        row,
                        at,
                        &mut segment.keys,
                        &mut segment.values,
                    );
                }
                segment
            };
            layout.spans.par_iter().map(segment).collect()
        });
    }

    pub(super) fn attend(&mut self, layer: usize, qkv: Tensor<2>, rows: &[Row]) -> Tensor<2> {
        let (heads, device) = (self.heads, qkv.device());
        let memory = Memory::take(qkv);
        let input = memory.slice();
        let mut out = vec![0.0; rows.len() * heads.keys()];
        let (key_room, value_room) = room(heads, self.capacity);
        let (rope, lengths, capacity) = (&self.rope, &self.prompt_lengths, self.capacity);
        if let Some(LayerCache {
            prompts,
            keys,
            values,
        }) = self.layers.get_mut(layer)
        {
            let slots = keys
                .chunks_exact_mut(key_room)
                .zip(values.chunks_exact_mut(value_room))
                .enumerate();
            // Rows keep the order of their slots, so one pass pairs each with its memory.
            let mut active = rows.iter().enumerate().peekable();
            let mut work = Vec::with_capacity(rows.len());
            let mut outputs = out.chunks_exact_mut(heads.keys());
            for (slot, memory) in slots {
                if let Some((place, row)) = active.next_if(|(_, row)| row.slot == slot) {
                    work.extend(outputs.next().map(|out| (place, row, memory, out)));
                }
            }
            work.into_par_iter()
                .for_each(|(place, row, (keys, values), out)| {
                    let input = &input[place * heads.width()..][..heads.width()];
                    let prompt_length = lengths[row.prompt];
                    let own = row.position - prompt_length;
                    host::vectorised(
                        #[inline(always)]
                        || {
                            append(
                                heads,
                                rope.at(row.position),
                                input,
                                (own, capacity),
                                keys,
                                values,
                            );
                            let prompt = &prompts[row.prompt];
                            let past = View {
                                keys: &prompt.keys,
                                values: &prompt.values,
                                room: prompt_length,
                            };
                            let new = View {
                                keys,
                                values,
                                room: capacity,
                            };
                            attend_row(
                                heads,
                                rope.at(row.position),
                                input,
                                [(past, prompt_length), (new, own + 1)],
                                out,
                            );
                        },
                    );
                });
        }
        host::tensor(out, [rows.len(), heads.keys()], &device)
    }
}

/// Elements that keys and values of `positions` take.
fn room(heads: Heads, positions: usize) -> (usize, usize) {
    let blocks = positions.div_ceil(WIDE);
    (
        heads.kv * blocks * WIDE * heads.dim,
        heads.kv * positions * heads.dim,
    )
}

/// Writes the rotated key and the value of a fused row to place `at.0` of a segment with room for `at.1`.
#[inline(always)]
fn append(
    heads: Heads,
    angles: (&[f32], &[f32]),
    row: &[f32],
    (at, room): (usize, usize),
    keys: &mut [f32],
    values: &mut [f32],
) {
    let dim = heads.dim;
    let blocks = room.div_ceil(WIDE);
    let mut key = vec![0.0; dim];
    for kv in 0..heads.kv {
        rotate(
            &row[heads.keys() + kv * dim..][..dim],
            angles,
            1.0,
            &mut key,
        );
        let block = &mut keys[(kv * blocks + at / WIDE) * dim * WIDE..][..dim * WIDE];
        for (column, key) in block.chunks_exact_mut(WIDE).zip(&key) {
            column[at % WIDE] = *key;
        }
        values[(kv * room + at) * dim..][..dim]
            .copy_from_slice(&row[heads.values() + kv * dim..][..dim]);
    }
}

/// Attention of one row over two segments of the given lengths.
#[inline(always)]
fn attend_row(
    heads: Heads,
    angles: (&[f32], &[f32]),
    row: &[f32],
    segments: [(View, usize); 2],
    out: &mut [f32],
) {
    let dim = heads.dim;
    let mut query = vec![0.0; dim];
    let padded = segments.map(|(_, length)| length.div_ceil(WIDE) * WIDE);
    let mut scores = vec![0.0; padded[0] + padded[1]];
    for (head, out) in out.chunks_exact_mut(dim).enumerate() {
        let kv = head / heads.group();
        rotate(&row[head * dim..][..dim], angles, 1.0, &mut query);
        for value in &mut query {
            *value *= heads.scale();
        }
        let (first, second) = scores.split_at_mut(padded[0]);
        score(kv, &query, segments[0], first);
        score(kv, &query, segments[1], second);
        let largest = math::max(&scores);
        let sum = math::exp_sum(&mut scores, largest);
        let (first, second) = scores.split_at(padded[0]);
        for ((view, length), weights) in segments.into_iter().zip([first, second]) {
            math::weighted_sum(
                &view.values[kv * view.room * dim..],
                &weights[..length],
                out,
            );
        }
        for value in out {
            *value /= sum;
        }
    }
}

/// `query . key` for the first `length` keys of a head; negative infinity for the rest of the last block.
#[inline(always)]
fn score(kv: usize, query: &[f32], (view, length): (View, usize), out: &mut [f32]) {
    let block_size = query.len() * WIDE;
    let blocks = view.keys[kv * view.room.div_ceil(WIDE) * block_size..].chunks_exact(block_size);
    for (out, block) in out.chunks_exact_mut(WIDE).zip(blocks) {
        let mut sums = [0.0f32; WIDE];
        for (column, query) in block.chunks_exact(WIDE).zip(query) {
            for (sum, key) in sums.iter_mut().zip(column) {
                *sum += query * key;
            }
        }
        out.copy_from_slice(&sums);
    }
    out[length..].fill(f32::NEG_INFINITY);
}
