//! The definition of attention in burn tensor operations, over sequences padded on the right.

use std::ops::Range;

use burn::tensor::{Int, Tensor, activation::softmax};

use super::{Heads, Layout};
use crate::model::Rope;
use crate::ops::embed::indices;
use crate::ops::host;

/// Score of what must not be seen: its weight underflows to 0, and no row of scores is empty of real ones.
pub(crate) const HIDDEN: f32 = -1e30;

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
}

/// Cosines and sines of the positions, each repeated for both halves of a head.
pub(crate) fn angles(rope: &Rope, positions: impl Iterator<Item = usize>) -> (Vec<f32>, Vec<f32>) {
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
pub(crate) fn rotate(x: Tensor<4>, cos: Tensor<4>, sin: Tensor<4>) -> Tensor<4> {
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
