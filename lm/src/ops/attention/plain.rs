//! The definition of attention in burn tensor operations, over sequences padded on the right.

use std::ops::Range;
use std::sync::Arc;

use burn::tensor::{Int, Tensor, activation::softmax};

use super::{Heads, Layout, Row};
use crate::model::Rope;
use crate::ops::embed::indices;
use crate::ops::host;

/// Score of what must not be seen: its weight underflows to 0, and no row of scores is empty of real ones.
const HIDDEN: f32 = -1e30;

/// Index maps between packed and padded rows, angles and the causal mask.
pub(crate) struct Padded {
    batch: usize,
    time: usize,
    /// Packed row of each padded place (row 0 for padding).
    pad: Tensor<1, Int>,
    /// Padded place of each packed row.
    unpad: Tensor<1, Int>,
    /// `[1, 1, time, dim]`
    cos: Tensor<4>,
    sin: Tensor<4>,
    /// `[1, 1, 1, time, time]`
    mask: Tensor<5>,
}

impl Padded {
    pub fn new(layout: &Layout, device: &burn::tensor::Device) -> Self {
        let (heads, rope) = (layout.heads, &*layout.rope);
        // A span that continues another is a sequence with the other's rows before its own.
        let sequences: Vec<(Range<usize>, Range<usize>)> = (0..layout.spans.len())
            .map(|index| (layout.prefix(index), layout.spans[index].clone()))
            .collect();
        let lengths = sequences
            .iter()
            .map(|(prefix, own)| prefix.len() + own.len());
        let time = lengths.max().unwrap_or(0);
        let mut pad = vec![0; sequences.len() * time];
        let mut unpad = Vec::new();
        for (sequence, (prefix, own)) in sequences.iter().enumerate() {
            let first = sequence * time;
            for (position, row) in prefix.clone().chain(own.clone()).enumerate() {
                pad[first + position] = row as u32;
            }
            unpad.extend((0..own.len()).map(|i| (first + prefix.len() + i) as u32));
        }
        let (cos, sin) = angles(rope, 0..time);
        let hidden = |i: usize| if i % time > i / time { HIDDEN } else { 0.0 };
        Self {
            batch: sequences.len(),
            time,
            pad: indices(&pad, device),
            unpad: indices(&unpad, device),
            cos: host::tensor(cos, [1, 1, time, heads.dim], device),
            sin: host::tensor(sin, [1, 1, time, heads.dim], device),
            mask: host::tensor(
                (0..time * time).map(hidden).collect(),
                [1, 1, 1, time, time],
                device,
            ),
        }
    }

    pub(super) fn device(&self) -> burn::tensor::Device {
        self.mask.device()
    }
}

/// Cosines and sines of the positions, each repeated for both halves of a head.
fn angles(rope: &Rope, positions: impl Iterator<Item = usize>) -> (Vec<f32>, Vec<f32>) {
    let (mut cos, mut sin) = (Vec::new(), Vec::new());
    for position in positions {
        let (c, s) = rope.at(position);
        cos.extend_from_slice(c);
        cos.extend_from_slice(c);
        sin.extend_from_slice(s);
        sin.extend_from_slice(s);
    }
    (cos, sin)
}

/// `x cos + rotate_half(x) sin`, all `[.., .., .., dim]`
fn rotate(x: Tensor<4>, cos: Tensor<4>, sin: Tensor<4>) -> Tensor<4> {
    let half = x.dims()[3] / 2;
    let (a, b) = (
        x.clone().narrow(3, 0, half),
        x.clone().narrow(3, half, half),
    );
    x * cos + Tensor::cat(vec![b.neg(), a], 3) * sin
}

/// Gives a constant the autodiff context of `like`.
fn beside<const D: usize, const E: usize>(constant: &Tensor<D>, like: &Tensor<E>) -> Tensor<D> {
    if like.is_autodiff() {
        constant.clone().autodiff()
    } else {
        constant.clone()
    }
}

/// Queries, rotated keys and values `[batch, heads, time, dim]` of padded rows.
fn project(qkv: Tensor<2>, heads: Heads, padded: &Padded) -> [Tensor<4>; 3] {
    let rows = qkv.select(0, padded.pad.clone());
    let split = |first: usize, count: usize| {
        rows.clone()
            .narrow(1, first, count * heads.dim)
            .reshape([padded.batch, padded.time, count, heads.dim])
            .swap_dims(1, 2)
    };
    let turn = |x: Tensor<4>| {
        let (cos, sin) = (beside(&padded.cos, &x), beside(&padded.sin, &x));
        rotate(x, cos, sin)
    };
    [
        turn(split(0, heads.queries)),
        turn(split(heads.keys(), heads.kv)),
        split(heads.values(), heads.kv),
    ]
}

/// `softmax(q k^T / sqrt(dim) + mask) v`, with the query heads of a group sharing a key-value head.
pub(super) fn attend(qkv: Tensor<2>, heads: Heads, padded: &Padded) -> Tensor<2> {
    let [q, k, v] = project(qkv, heads, padded);
    let (batch, time) = (padded.batch, padded.time);
    let q = q.reshape([batch, heads.kv, heads.group(), time, heads.dim]);
    let mask = beside(&padded.mask, &q);
    let scores = q.matmul(k.unsqueeze_dim::<5>(2).transpose()) * heads.scale() + mask;
    let y: Tensor<5> = softmax(scores, 4).matmul(v.unsqueeze_dim::<5>(2));
    let y = y
        .reshape([batch, heads.queries, time, heads.dim])
        .swap_dims(1, 2);
    y.reshape([batch * time, heads.keys()])
        .select(0, padded.unpad.clone())
}

/// Keys and values of rows in lockstep: prompts padded to one width, then one column per step.
pub(crate) struct PlainCache {
    heads: Heads,
    rope: Arc<Rope>,
    /// Sequence of each row in the prompt layout.
    rows: Vec<u32>,
    width: usize,
    capacity: usize,
    /// `[rows, width]`: 0 for prompt tokens, [`HIDDEN`] for padding.
    mask: Tensor<2>,
    /// By layer: `[rows, kv, width + capacity, dim]` keys, values.
    layers: Vec<[Tensor<4>; 2]>,
    device: burn::tensor::Device,
    prompt_lengths: Vec<usize>,
}

impl PlainCache {
    pub(super) fn new(
        layout: &Layout,
        rows: &[usize],
        capacity: usize,
        device: burn::tensor::Device,
    ) -> Self {
        let prompt_lengths: Vec<usize> = layout.spans.iter().map(ExactSizeIterator::len).collect();
        let width = prompt_lengths.iter().copied().max().unwrap_or(0);
        let mask = rows
            .iter()
            .flat_map(|row| {
                let length = prompt_lengths[*row];
                (0..width).map(move |column| if column < length { 0.0 } else { HIDDEN })
            })
            .collect();
        Self {
            heads: layout.heads,
            rope: Arc::clone(&layout.rope),
            mask: host::tensor(mask, [rows.len(), width], &device),
            rows: rows.iter().map(|row| *row as u32).collect(),
            width,
            capacity,
            layers: Vec::new(),
            device,
            prompt_lengths,
        }
    }

    pub(super) fn store(&mut self, padded: &Padded, qkv: &Tensor<2>) {
        let heads = self.heads;
        let [_, keys, values] = project(qkv.clone(), heads, padded);
        let rows = indices(&self.rows, &self.device);
        let shape = [
            self.rows.len(),
            heads.kv,
            self.width + self.capacity,
            heads.dim,
        ];
        self.layers.push([keys, values].map(|past| {
            Tensor::zeros(shape, &self.device).slice_assign(
                [0..shape[0], 0..shape[1], 0..self.width, 0..shape[3]],
                past.select(0, rows.clone()),
            )
        }));
    }

    pub(super) fn attend(&mut self, layer: usize, qkv: Tensor<2>, rows: &[Row]) -> Tensor<2> {
        let (heads, n) = (self.heads, rows.len());
        let step = rows
            .first()
            .map_or(0, |row| row.position - self.prompt_lengths[row.prompt]);
        let (cos, sin) = angles(&self.rope, rows.iter().map(|row| row.position));
        let cos = host::tensor(cos, [n, 1, 1, heads.dim], &self.device);
        let sin = host::tensor(sin, [n, 1, 1, heads.dim], &self.device);
        let split = |first: usize, count: usize| {
            qkv.clone()
                .narrow(1, first, count * heads.dim)
                .reshape([n, count, 1, heads.dim])
        };
        let q = rotate(split(0, heads.queries), cos.clone(), sin.clone());
        let new = [
            rotate(split(heads.keys(), heads.kv), cos, sin),
            split(heads.values(), heads.kv),
        ];
        let column = self.width + step;
        let mut new = new.into_iter();
        let [keys, values] = self.layers[layer].each_mut().map(|past| {
            let owned = std::mem::replace(past, Tensor::empty([0, 0, 0, 0], &self.device));
            let range = [0..n, 0..heads.kv, column..column + 1, 0..heads.dim];
            *past = match new.next() {
                Some(new) => owned.slice_assign(range, new),
                None => owned,
            };
            past.clone().narrow(2, 0, column + 1)
        });
        let seen = Tensor::zeros([n, step + 1], &self.device);
        let mask = Tensor::cat(vec![self.mask.clone(), seen], 1).reshape([n, 1, 1, column + 1]);
        let q = q.reshape([n, heads.kv, heads.group(), heads.dim]);
        let scores = q.matmul(keys.transpose()) * heads.scale() + mask;
        softmax(scores, 3).matmul(values).reshape([n, heads.keys()])
    }

    pub(super) fn retain(&mut self, places: &[usize]) {
        let places: Vec<u32> = places.iter().map(|place| *place as u32).collect();
        let kept = indices(&places, &self.device);
        self.mask = self.mask.clone().select(0, kept.clone());
        for past in self.layers.iter_mut().flatten() {
            *past = past.clone().select(0, kept.clone());
        }
    }
}
