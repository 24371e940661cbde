//! Attention over packed sequences on the CPU: one task per sequence and key-value head.

use std::ops::Range;

use burn::tensor::Tensor;
use rayon::prelude::*;

use super::{Heads, Layout};
use crate::model::Rope;
use crate::ops::host::gemm::{Matrix, Target, gemm};
use crate::ops::host::{self, Memory, math};

/// Queries whose scores are in memory at once.
const BLOCK: usize = 64;

pub(super) fn forward(qkv: &mut Tensor<2>, layout: &Layout) -> Tensor<2> {
    let (device, heads) = (qkv.device(), layout.heads);
    let parts: Vec<Vec<f32>> = host::read(qkv, |input| {
        let run = |(span, kv)| {
            host::vectorised(
                #[inline(always)]
                || Task::new(input, layout, span, kv).forward(),
            )
        };
        tasks(layout).into_par_iter().map(run).collect()
    });
    let width = heads.group() * heads.dim;
    let y = assemble(layout, &parts, heads.keys(), |kv| vec![(kv * width, width)]);
    host::tensor(y, [layout.rows(), heads.keys()], &device)
}

pub(super) fn backward(qkv: Tensor<2>, layout: &Layout, dy: Tensor<2>) -> Tensor<2> {
    let device = qkv.device();
    let (qkv, dy) = (Memory::take(qkv), Memory::take(dy));
    let (input, upstream) = (qkv.slice(), dy.slice());
    let heads = layout.heads;
    let parts: Vec<Vec<f32>> = tasks(layout)
        .into_par_iter()
        .map(|(span, kv)| {
            host::vectorised(
                #[inline(always)]
                || Task::new(input, layout, span, kv).backward(upstream),
            )
        })
        .collect();
    let width = heads.group() * heads.dim;
    let gradient = assemble(layout, &parts, heads.width(), |kv| {
        vec![
            (kv * width, width),
            (heads.keys() + kv * heads.dim, heads.dim),
            (heads.values() + kv * heads.dim, heads.dim),
        ]
    });
    host::tensor(gradient, [layout.rows(), heads.width()], &device)
}

/// Every pair of a sequence and a key-value head.
fn tasks(layout: &Layout) -> Vec<(Range<usize>, usize)> {
    let heads = 0..layout.heads.kv;
    layout
        .spans
        .iter()
        .flat_map(|span| heads.clone().map(|kv| (span.clone(), kv)))
        .collect()
}

/// Interleaves the tasks' columns: `columns(kv)` lists (first column in the result, width) of a part's pieces in order.
fn assemble(
    layout: &Layout,
    parts: &[Vec<f32>],
    width: usize,
    columns: impl Fn(usize) -> Vec<(usize, usize)> + Sync,
) -> Vec<f32> {
    let mut out = vec![0.0; layout.rows() * width];
    let mut rest = out.as_mut_slice();
    let mut sequences = Vec::new();
    for span in &layout.spans {
        let (rows, after) = rest.split_at_mut(span.len() * width);
        sequences.push(rows);
        rest = after;
    }
    sequences
        .into_par_iter()
        .zip(parts.par_chunks(layout.heads.kv))
        .for_each(|(rows, parts)| {
            for (kv, part) in parts.iter().enumerate() {
                let columns = columns(kv);
                let part_width: usize = columns.iter().map(|(_, width)| width).sum();
                for (row, mut piece) in rows
                    .chunks_exact_mut(width)
                    .zip(part.chunks_exact(part_width))
                {
                    for (first, width) in &columns {
                        let (values, after) = piece.split_at(*width);
                        row[*first..first + width].copy_from_slice(values);
                        piece = after;
                    }
                }
            }
        });
    out
}

/// One sequence and one key-value head, its queries and keys rotated.
struct Task<'a> {
    heads: Heads,
    rope: &'a Rope,
    input: &'a [f32],
    span: Range<usize>,
    kv: usize,
    /// `[group, time, dim]`
    queries: Vec<f32>,
    /// `[time, dim]`
    keys: Vec<f32>,
}

impl<'a> Task<'a> {
    #[inline(always)]
    fn new(input: &'a [f32], layout: &'a Layout, span: Range<usize>, kv: usize) -> Self {
        let (heads, rope, time) = (layout.heads, &*layout.rope, span.len());
        let rows = &input[span.start * heads.width()..span.end * heads.width()];
        let mut queries = vec![0.0; heads.group() * time * heads.dim];
        for (g, out) in queries.chunks_exact_mut(time * heads.dim).enumerate() {
            rotate_rows(rows, heads, (kv * heads.group() + g) * heads.dim, rope, out);
        }
        let mut keys = vec![0.0; time * heads.dim];
        rotate_rows(rows, heads, heads.keys() + kv * heads.dim, rope, &mut keys);
        Self {
            heads,
            rope,
            input,
            span,
            kv,
            queries,
            keys,
        }
    }

    fn keys(&self) -> Matrix<'_> {
        Matrix {
            data: &self.keys,
            offset: 0,
            row: self.heads.dim,
            column: 1,
        }
    }

    fn values(&self) -> Matrix<'_> {
        let offset =
            self.span.start * self.heads.width() + self.heads.values() + self.kv * self.heads.dim;
        Matrix {
            data: self.input,
            offset,
            row: self.heads.width(),
            column: 1,
        }
    }

    fn queries(&self, g: usize, first: usize) -> Matrix<'_> {
        let offset = (g * self.span.len() + first) * self.heads.dim;
        Matrix {
            data: &self.queries,
            offset,
            row: self.heads.dim,
            column: 1,
        }
    }

    /// Attention weights of the queries `first..first + count` of head `g` over keys `0..first + count`, row by row.
    #[inline(always)]
    fn weights(&self, g: usize, first: usize, count: usize, out: &mut [f32]) {
        let seen = first + count;
        let target = Target {
            data: out,
            offset: 0,
            row: seen,
            add: false,
        };
        let queries = self.queries(g, first);
        gemm(
            [count, self.heads.dim, seen],
            self.heads.scale(),
            queries,
            self.keys().transposed(),
            target,
        );
        for (i, row) in out.chunks_exact_mut(seen).take(count).enumerate() {
            let (past, future) = row.split_at_mut(first + i + 1);
            let largest = math::max(past);
            let inverse = 1.0 / math::exp_sum(past, largest);
            for weight in past {
                *weight *= inverse;
            }
            future.fill(0.0);
        }
    }

    /// Blocks of queries: (head of the group, first query, number of queries).
    fn blocks(&self) -> impl Iterator<Item = (usize, usize, usize)> + use<> {
        let time = self.span.len();
        (0..self.heads.group()).flat_map(move |g| {
            (0..time)
                .step_by(BLOCK)
                .map(move |first| (g, first, BLOCK.min(time - first)))
        })
    }

    fn scratch(&self) -> Vec<f32> {
        vec![0.0; BLOCK.min(self.span.len()) * self.span.len()]
    }

    /// `[time, group * dim]`
    #[inline(always)]
    fn forward(&self) -> Vec<f32> {
        let (dim, width) = (self.heads.dim, self.heads.group() * self.heads.dim);
        let mut out = vec![0.0; self.span.len() * width];
        let mut weights = self.scratch();
        for (g, first, count) in self.blocks() {
            let seen = first + count;
            self.weights(g, first, count, &mut weights);
            let weights = Matrix {
                data: &weights,
                offset: 0,
                row: seen,
                column: 1,
            };
            let target = Target {
                data: &mut out,
                offset: first * width + g * dim,
                row: width,
                add: false,
            };
            gemm([count, seen, dim], 1.0, weights, self.values(), target);
        }
        out
    }

    /// `[time, group * dim + 2 * dim]`: gradients of queries, key and value before rotation.
    ///
    /// With weights `P`, `dP = dO V^T` and `D_i = sum_j P_ij dP_ij`: `dS = P (dP - D) * scale`, `dQ = dS K`, `dK = dS^T Q`,
    /// `dV = P^T dO`.
    #[inline(always)]
    fn backward(&self, dy: &[f32]) -> Vec<f32> {
        let Heads { dim, .. } = self.heads;
        let group = self.heads.group();
        let width = (group + 2) * dim;
        let mut out = vec![0.0; self.span.len() * width];
        let (mut weights, mut slopes) = (self.scratch(), self.scratch());
        for (g, first, count) in self.blocks() {
            let seen = first + count;
            self.weights(g, first, count, &mut weights);
            let upstream = Matrix {
                data: dy,
                offset: (self.span.start + first) * self.heads.keys() + (self.kv * group + g) * dim,
                row: self.heads.keys(),
                column: 1,
            };
            let target = Target {
                data: &mut slopes,
                offset: 0,
                row: seen,
                add: false,
            };
            gemm(
                [count, dim, seen],
                1.0,
                upstream,
                self.values().transposed(),
                target,
            );
            for (p, dp) in weights
                .chunks_exact(seen)
                .zip(slopes.chunks_exact_mut(seen))
                .take(count)
            {
                let mean = math::dot(p, dp);
                for (p, dp) in p.iter().zip(dp) {
                    *dp = p * (*dp - mean) * self.heads.scale();
                }
            }
            let block = |data| Matrix {
                data,
                offset: 0,
                row: seen,
                column: 1,
            };
            let (p, ds) = (block(&weights), block(&slopes));
            let mut product = |size, a, b, offset, add| {
                gemm(
                    size,
                    1.0,
                    a,
                    b,
                    Target {
                        data: &mut out,
                        offset,
                        row: width,
                        add,
                    },
                );
            };
            product(
                [count, seen, dim],
                ds,
                self.keys(),
                first * width + g * dim,
                false,
            );
            product(
                [seen, count, dim],
                ds.transposed(),
                self.queries(g, first),
                group * dim,
                true,
            );
            product(
                [seen, count, dim],
                p.transposed(),
                upstream,
                (group + 1) * dim,
                true,
            );
        }
        self.rotate_back(&mut out, width);
        out
    }

    #[inline(always)]
    fn rotate_back(&self, gradient: &mut [f32], width: usize) {
        let dim = self.heads.dim;
        let mut rotated = vec![0.0; dim];
        for (position, row) in gradient.chunks_exact_mut(width).enumerate() {
            for head in row[..width - dim].chunks_exact_mut(dim) {
                rotate(head, self.rope.at(position), -1.0, &mut rotated);
                head.copy_from_slice(&rotated);
            }
        }
    }
}

/// Rotates the head at `column` of a sequence's fused rows into `out` `[time, dim]`.
#[inline(always)]
fn rotate_rows(rows: &[f32], heads: Heads, column: usize, rope: &Rope, out: &mut [f32]) {
    let rows = rows.chunks_exact(heads.width());
    for (position, (out, row)) in out.chunks_exact_mut(heads.dim).zip(rows).enumerate() {
        rotate(
            &row[column..column + heads.dim],
            rope.at(position),
            1.0,
            out,
        );
    }
}

/// Rotates a head by the position's angles (`direction` 1) or back (-1).
#[inline(always)]
pub(super) fn rotate(head: &[f32], (cos, sin): (&[f32], &[f32]), direction: f32, out: &mut [f32]) {
    let half = cos.len();
    let (a, b) = head.split_at(half);
    let (out_a, out_b) = out.split_at_mut(half);
    for i in 0..half {
        let s = sin[i] * direction;
        out_a[i] = a[i] * cos[i] - b[i] * s;
        out_b[i] = b[i] * cos[i] + a[i] * s;
    }
}
