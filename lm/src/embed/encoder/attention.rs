//! Attention of every token of a text to all of its tokens, with a bias by distance where the family has one.

use std::ops::Range;

use burn::tensor::Tensor;
use rayon::prelude::*;

use crate::ops::attention::Spans;
use crate::ops::host::gemm::{Matrix, MatrixMut, gemm};
use crate::ops::host::{self, View, math, pool};

/// Queries whose scores are in memory at once.
const BLOCK: usize = 64;

/// Distance from which on MPNet's buckets are all the same (`max_distance` of T5's buckets, Raffel et al. 2020,
/// arXiv:1910.10683).
const FARTHEST: f64 = 128.0;

/// Queries, keys and values `[n, heads * dim]` each.
pub(super) struct Operands<'a> {
    pub queries: &'a Tensor<2>,
    pub keys: &'a Tensor<2>,
    pub values: &'a Tensor<2>,
}

/// `[n, heads * dim]`; `distances` `[buckets, heads]` is added to the scores.
pub(super) fn attend(operands: &Operands, heads: usize, spans: &Spans, distances: Option<&Tensor<2>>) -> Tensor<2> {
    let [rows, width] = operands.queries.dims();
    let (q, k, v) = (
        View::of(operands.queries),
        View::of(operands.keys),
        View::of(operands.values),
    );
    let table = distances.map(View::of);
    let task = |index: usize| {
        let (span, head) = (spans.own(index / heads), index % heads);
        let length = span.len();
        let task = Task {
            rows: [q.slice(), k.slice(), v.slice()],
            width,
            span,
            dim: width / heads,
            head,
            bias: table
                .as_ref()
                .map(|table| by_distance(table.slice(), heads, head, length)),
        };
        host::vectorised(
            #[inline(always)]
            || task.output(),
        )
    };
    let parts: Vec<Vec<f32>> = (0..spans.len() * heads).into_par_iter().map(task).collect();
    let mut y = pool::vec(rows * width);
    for (index, part) in parts.iter().enumerate() {
        let (span, head) = (spans.own(index / heads), index % heads);
        let own = y[span.start * width..span.end * width].chunks_exact_mut(width);
        for (row, part) in own.zip(part.chunks_exact(width / heads)) {
            row[head * part.len()..][..part.len()].copy_from_slice(part);
        }
    }
    host::tensor(y, [rows, width], &operands.queries.device())
}

/// One text and one head.
struct Task<'a> {
    /// Queries, keys and values.
    rows: [&'a [f32]; 3],
    width: usize,
    span: Range<usize>,
    dim: usize,
    head: usize,
    /// Of the distances from `1 - length` to `length - 1`.
    bias: Option<Vec<f32>>,
}

impl Task<'_> {
    /// The head's columns of operand `operand`.
    fn matrix(&self, operand: usize) -> Matrix<'_> {
        Matrix {
            offset: self.span.start * self.width + self.head * self.dim,
            ..Matrix::rows(self.rows[operand], self.width)
        }
    }

    /// `[length, dim]`
    #[inline(always)]
    fn output(&self) -> Vec<f32> {
        let (length, dim) = (self.span.len(), self.dim);
        let mut out = vec![0.0; length * dim];
        let mut scores = vec![0.0; BLOCK.min(length) * length];
        for first in (0..length).step_by(BLOCK) {
            let count = BLOCK.min(length - first);
            gemm(
                [count, dim, length],
                1.0 / (dim as f32).sqrt(),
                self.matrix(0).skip_rows(first),
                self.matrix(1).transposed(),
                MatrixMut::rows(&mut scores, length, false),
            );
            for (i, row) in scores.chunks_exact_mut(length).take(count).enumerate() {
                self.weigh(first + i, row);
            }
            gemm(
                [count, length, dim],
                1.0,
                Matrix::rows(&scores, length),
                self.matrix(2),
                MatrixMut::rows(&mut out[first * dim..], dim, false),
            );
        }
        out
    }

    /// Scores of the query at `position` become weights.
    #[inline(always)]
    fn weigh(&self, position: usize, scores: &mut [f32]) {
        if let Some(bias) = &self.bias {
            // Key 0 is `position` before the query.
            let bias = &bias[scores.len() - 1 - position..];
            scores.iter_mut().zip(bias).for_each(|(score, bias)| *score += bias);
        }
        let largest = math::max(scores);
        let inverse = 1.0 / math::exp_sum(scores, largest);
        scores.iter_mut().for_each(|weight| *weight *= inverse);
    }
}

/// The biases of a head for keys from `length - 1` before a query to `length - 1` after it.
fn by_distance(table: &[f32], heads: usize, head: usize, length: usize) -> Vec<f32> {
    let buckets = table.len() / heads;
    let distances = 1 - length as isize..length as isize;
    distances
        .map(|distance| table[bucket(distance, buckets) * heads + head])
        .collect()
}

/// The bucket of a key `distance` after a query: one half of `buckets` is for keys before it, one for those after it;
/// of each half, one half is for a distance each, the rest for ranges whose lengths grow.
fn bucket(distance: isize, buckets: usize) -> usize {
    let half = buckets / 2;
    let (near, size) = (half / 2, distance.unsigned_abs());
    let within = if size < near {
        size
    } else {
        // As there: the logarithm in f32, the divisor in f64.
        let steps = (size as f32 / near as f32).ln() / (FARTHEST / near as f64).ln() as f32;
        (near + (steps * (half - near) as f32) as usize).min(half - 1)
    };
    if distance > 0 { half + within } else { within }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_close, random};

    /// Attention by its formula, in f64.
    fn by_hand(qkv: &[Vec<f32>; 3], heads: usize, dim: usize, table: Option<&[f32]>) -> Vec<f32> {
        let width = heads * dim;
        let length = qkv[0].len() / width;
        let at = |operand: usize, row: usize, column: usize| f64::from(qkv[operand][row * width + column]);
        let mut out = Vec::new();
        for i in 0..length {
            for head in 0..heads {
                let columns = || head * dim..(head + 1) * dim;
                let score = |j: usize| {
                    let product: f64 = columns().map(|c| at(0, i, c) * at(1, j, c)).sum();
                    let bias = table.map_or(0.0, |table| {
                        let bucket = bucket(j as isize - i as isize, table.len() / heads);
                        f64::from(table[bucket * heads + head])
                    });
                    (product / (dim as f64).sqrt() + bias).exp()
                };
                let weights: Vec<f64> = (0..length).map(score).collect();
                let sum: f64 = weights.iter().sum();
                out.extend(columns().map(|c| (0..length).map(|j| weights[j] / sum * at(2, j, c)).sum::<f64>() as f32));
            }
        }
        out
    }

    #[test]
    fn texts_attend_to_themselves_alone() {
        let (heads, dim, lengths) = (3, 4, [5, 1, 130]);
        let spans = Spans::new(lengths.iter().map(|length| (*length, None)));
        let [q, k, v] = [1, 2, 3].map(|seed| random([spans.rows(), heads * dim], seed));
        let distances = random([32, heads], 4);
        for table in [None, Some(&distances)] {
            let operands = Operands {
                queries: &q,
                keys: &k,
                values: &v,
            };
            let y = attend(&operands, heads, &spans, table);
            for span in spans.iter() {
                let own = |x: &Tensor<2>| x.clone().narrow(0, span.start, span.len());
                let rows = [&q, &k, &v].map(|x| host::values(&own(x)));
                let expected = by_hand(&rows, heads, dim, table.map(host::values).as_deref());
                let expected = host::tensor(expected, [span.len(), heads * dim], &q.device());
                assert_close(&own(&y), &expected, 1e-5);
            }
        }
    }

    #[test]
    fn buckets_are_those_of_transformers() {
        // MPNetEncoder.relative_position_bucket
        let cases = [
            (0, 0),
            (-1, 1),
            (-7, 7),
            (-8, 8),
            (-15, 9),
            (-16, 10),
            (-31, 11),
            (-32, 12),
            (-63, 13),
            (-64, 14),
            (-127, 15),
            (-500, 15),
            (1, 17),
            (7, 23),
            (8, 24),
            (40, 28),
            (128, 31),
        ];
        for (distance, expected) in cases {
            assert_eq!(bucket(distance, 32), expected, "{distance}");
        }
    }
}
