//! Attention over packed sequences on the CPU: one task per span and key-value head.

use std::ops::Range;

use burn::tensor::Tensor;
use rayon::prelude::*;

use super::spans::Spans;
use super::spec::{Heads, Spec};
use crate::Dtype;
use crate::ops::host::gemm::{Matrix, MatrixMut, gemm};
use crate::ops::host::{self, View, math, pool};
use crate::ops::rope::Rope;

/// Positions whose scores are in memory at once.
const BLOCK: usize = 32;

/// What attention is computed over, and how.
#[derive(Clone, Copy)]
pub(super) struct Setting<'a> {
    pub spec: Spec,
    pub spans: &'a Spans,
    pub rope: &'a Rope,
    /// Precision of the operands of the products.
    pub dtype: Dtype,
}

pub(super) fn forward(qkv: &Tensor<2>, setting: Setting) -> Tensor<2> {
    let (device, heads, spans) = (qkv.device(), setting.spec.heads, setting.spans);
    let (input, width) = (View::of(qkv), heads.group() * heads.dim);
    let parts = run(
        setting,
        #[inline(always)]
        |span, kv| Task::new(input.slice(), setting, span, kv).forward(),
    );
    let mut y = pool::vec(spans.rows() * heads.keys());
    for_spans(spans, &mut y, heads.keys(), |span, rows| {
        for (kv, part) in parts[span].iter().enumerate() {
            copy_columns(part, width, rows, heads.keys(), kv * width);
        }
    });
    host::tensor(y, [spans.rows(), heads.keys()], &device)
}

pub(super) fn backward(qkv: &Tensor<2>, setting: Setting, dy: &Tensor<2>) -> Tensor<2> {
    let (device, heads, spans) = (qkv.device(), setting.spec.heads, setting.spans);
    let (input, upstream) = (View::of(qkv), View::of(dy));
    let parts = run(
        setting,
        #[inline(always)]
        |span, kv| Task::new(input.slice(), setting, span, kv).backward(upstream.slice()),
    );
    let mut gradient = pool::vec(spans.rows() * heads.width());
    for_spans(spans, &mut gradient, heads.width(), |span, rows| {
        collect(setting, &parts, span, rows);
    });
    host::tensor(gradient, [spans.rows(), heads.width()], &device)
}

/// Runs `task` for every span and key-value head: results by span, then head.
fn run<R: Send>(setting: Setting, task: impl Fn(usize, usize) -> R + Sync) -> Vec<Vec<R>> {
    let (kv, spans) = (setting.spec.heads.kv, setting.spans.len());
    let each = (0..spans * kv).into_par_iter().map(|index| {
        host::vectorised(
            #[inline(always)]
            || task(index / kv, index % kv),
        )
    });
    let mut results = each.collect::<Vec<R>>().into_iter();
    (0..spans).map(|_| results.by_ref().take(kv).collect()).collect()
}

/// Runs `f(span, its rows of out)` for every span in parallel.
fn for_spans(spans: &Spans, out: &mut [f32], width: usize, f: impl Fn(usize, &mut [f32]) + Sync) {
    let mut rest = out;
    let mut parts = Vec::with_capacity(spans.len());
    for span in spans.iter() {
        let (rows, after) = rest.split_at_mut(span.len() * width);
        parts.push(rows);
        rest = after;
    }
    let parts = parts.into_par_iter().enumerate();
    parts.for_each(|(span, rows)| f(span, rows));
}

/// Copies rows of `width` to the column `first` of wider rows.
fn copy_columns(from: &[f32], width: usize, to: &mut [f32], to_width: usize, first: usize) {
    let rows = to.chunks_exact_mut(to_width).zip(from.chunks_exact(width));
    rows.for_each(|(to, from)| to[first..first + width].copy_from_slice(from));
}

/// Gradients of one span and key-value head.
struct Gradients {
    /// `[time, group * dim]`
    queries: Vec<f32>,
    /// `[prefix + time, dim]`
    keys: Vec<f32>,
    /// `[prefix + time, dim]`
    values: Vec<f32>,
}

/// The gradient of a span's rows: its own and, in the order of the spans, those of its keys and values in what
/// continues it.
fn collect(setting: Setting, parts: &[Vec<Gradients>], span: usize, rows: &mut [f32]) {
    let (heads, spans) = (setting.spec.heads, setting.spans);
    let (dim, width, own) = (heads.dim, heads.width(), spans.prefix(span).len() * heads.dim);
    for (kv, part) in parts[span].iter().enumerate() {
        let queries = heads.group() * dim;
        copy_columns(&part.queries, queries, rows, width, kv * queries);
        copy_columns(&part.keys[own..], dim, rows, width, heads.keys() + kv * dim);
        copy_columns(&part.values[own..], dim, rows, width, heads.values() + kv * dim);
    }
    let dependents = (span + 1..spans.len()).filter(|i| spans.continued(*i) == Some(span));
    for (kv, part) in dependents.flat_map(|i| parts[i].iter().enumerate()) {
        let shared = part.keys.chunks_exact(dim).zip(part.values.chunks_exact(dim));
        for (row, (key, value)) in rows.chunks_exact_mut(width).zip(shared) {
            math::axpy(&mut row[heads.keys() + kv * dim..][..dim], 1.0, key);
            math::axpy(&mut row[heads.values() + kv * dim..][..dim], 1.0, value);
        }
    }
}

/// One span and one key-value head, queries and keys rotated. A group's query heads are adjacent rows of one matrix, so
/// that one product serves them all.
struct Task<'a> {
    heads: Heads,
    spec: Spec,
    rope: &'a Rope,
    dtype: Dtype,
    /// Rows of the span.
    own: Range<usize>,
    /// Positions before it.
    before: usize,
    kv: usize,
    /// `[time * group, dim]`
    queries: Vec<f32>,
    /// `[before + time, dim]`
    keys: Vec<f32>,
    /// `[before + time, dim]`
    values: Vec<f32>,
}

impl<'a> Task<'a> {
    #[inline(always)]
    fn new(input: &[f32], setting: Setting<'a>, span: usize, kv: usize) -> Self {
        let Setting {
            spec,
            spans,
            rope,
            dtype,
        } = setting;
        let heads = spec.heads;
        let (prefix, own) = (spans.prefix(span), spans.own(span));
        let (before, dim, width) = (prefix.len(), heads.dim, heads.width());
        let mut queries = vec![0.0; own.len() * heads.group() * dim];
        let rows = input[own.start * width..own.end * width].chunks_exact(width);
        let out = queries.chunks_exact_mut(heads.group() * dim);
        for (i, (row, out)) in rows.zip(out).enumerate() {
            let heads = row[kv * heads.group() * dim..].chunks_exact(dim);
            for (head, out) in heads.zip(out.chunks_exact_mut(dim)) {
                rotate(head, rope.at(before + i), 1.0, out);
            }
        }
        let mut keys = vec![0.0; (before + own.len()) * dim];
        let mut values = vec![0.0; (before + own.len()) * dim];
        let out = keys.chunks_exact_mut(dim).zip(values.chunks_exact_mut(dim));
        for (position, (row, (key, value))) in prefix.chain(own.clone()).zip(out).enumerate() {
            let row = &input[row * width..(row + 1) * width];
            let head = &row[heads.keys() + kv * dim..][..dim];
            rotate(head, rope.at(position), 1.0, key);
            value.copy_from_slice(&row[heads.values() + kv * dim..][..dim]);
        }
        // Once for all products below, which read them as operands.
        for operand in [&mut queries, &mut keys, &mut values] {
            math::round(operand, dtype);
        }
        Self {
            heads,
            spec,
            rope,
            dtype,
            own,
            before,
            kv,
            queries,
            keys,
            values,
        }
    }

    /// Blocks of positions of the span: the first, and how many.
    fn blocks(&self) -> impl Iterator<Item = (usize, usize)> + use<> {
        let time = self.own.len();
        (0..time)
            .step_by(BLOCK)
            .map(move |first| (first, BLOCK.min(time - first)))
    }

    /// Room for the scores of a block.
    fn scratch(&self) -> Vec<f32> {
        let positions = BLOCK.min(self.own.len());
        vec![0.0; positions * self.heads.group() * (self.before + self.own.len())]
    }

    fn matrix<'b>(&self, rows: &'b [f32]) -> Matrix<'b> {
        Matrix::rows(rows, self.heads.dim)
    }

    /// Attention weights of a block's queries over the keys up to the block's last position, row by row.
    #[inline(always)]
    fn weights(&self, (first, count): (usize, usize), out: &mut [f32]) {
        let (group, seen) = (self.heads.group(), self.before + first + count);
        gemm(
            [count * group, self.heads.dim, seen],
            self.spec.scale,
            self.matrix(&self.queries).skip_rows(first * group),
            self.matrix(&self.keys).transposed(),
            MatrixMut::rows(out, seen, false),
        );
        let rows = out.chunks_exact_mut(seen).take(count * group);
        for (i, row) in rows.enumerate() {
            let position = self.before + first + i / group;
            let (past, future) = row.split_at_mut(position + 1);
            let (hidden, past) = past.split_at_mut(self.spec.first_seen(position));
            hidden.fill(0.0);
            let largest = math::max(past);
            let inverse = 1.0 / math::exp_sum(past, largest);
            for weight in past {
                *weight *= inverse;
            }
            future.fill(0.0);
        }
    }

    /// `[time, group * dim]`
    #[inline(always)]
    fn forward(&self) -> Vec<f32> {
        let (dim, group) = (self.heads.dim, self.heads.group());
        let mut out = vec![0.0; self.own.len() * group * dim];
        let mut weights = self.scratch();
        for (first, count) in self.blocks() {
            let seen = self.before + first + count;
            self.weights((first, count), &mut weights);
            gemm(
                [count * group, seen, dim],
                1.0,
                Matrix::rows(&weights, seen),
                self.matrix(&self.values),
                MatrixMut::rows(&mut out[first * group * dim..], dim, false),
            );
        }
        out
    }

    /// Gradients before rotation, `dy` being that of all rows' outputs.
    ///
    /// With weights `P`, `dP = dO V^T` and `D_i = sum_j P_ij dP_ij`: `dS = P (dP - D) * scale`, `dQ = dS K`, `dK = dS^T
    /// Q`, `dV = P^T dO`.
    #[inline(always)]
    fn backward(&self, dy: &[f32]) -> Gradients {
        let (dim, group) = (self.heads.dim, self.heads.group());
        let upstream = self.upstream(dy);
        let mut out = Gradients {
            queries: vec![0.0; self.queries.len()],
            keys: vec![0.0; self.keys.len()],
            values: vec![0.0; self.values.len()],
        };
        let (mut weights, mut slopes) = (self.scratch(), self.scratch());
        for (first, count) in self.blocks() {
            let (rows, seen) = (count * group, self.before + first + count);
            self.weights((first, count), &mut weights);
            let dout = self.matrix(&upstream).skip_rows(first * group);
            gemm(
                [rows, dim, seen],
                1.0,
                dout,
                self.matrix(&self.values).transposed(),
                MatrixMut::rows(&mut slopes, seen, false),
            );
            let pairs = weights.chunks_exact(seen).zip(slopes.chunks_exact_mut(seen));
            for (p, dp) in pairs.take(rows) {
                score_gradient(p, self.spec.scale, dp);
            }
            let (p, ds) = (Matrix::rows(&weights, seen), Matrix::rows(&slopes, seen));
            let queries = self.matrix(&self.queries).skip_rows(first * group);
            let target = MatrixMut::rows(&mut out.queries[first * group * dim..], dim, false);
            gemm([rows, seen, dim], 1.0, ds, self.matrix(&self.keys), target);
            let target = MatrixMut::rows(&mut out.keys, dim, true);
            gemm([seen, rows, dim], 1.0, ds.transposed(), queries, target);
            let target = MatrixMut::rows(&mut out.values, dim, true);
            gemm([seen, rows, dim], 1.0, p.transposed(), dout, target);
        }
        self.rotate_back(&mut out.queries, group, self.before);
        self.rotate_back(&mut out.keys, 1, 0);
        out
    }

    /// The gradient of this task's output as `[time * group, dim]`, an operand.
    #[inline(always)]
    fn upstream(&self, dy: &[f32]) -> Vec<f32> {
        let (keys, width) = (self.heads.keys(), self.heads.group() * self.heads.dim);
        let mut out = vec![0.0; self.queries.len()];
        let rows = dy[self.own.start * keys..self.own.end * keys].chunks_exact(keys);
        for (row, out) in rows.zip(out.chunks_exact_mut(width)) {
            out.copy_from_slice(&row[self.kv * width..(self.kv + 1) * width]);
        }
        math::round(&mut out, self.dtype);
        out
    }

    /// Turns gradients of rotated heads, `count` to a position, into those before rotation.
    #[inline(always)]
    fn rotate_back(&self, gradient: &mut [f32], count: usize, start: usize) {
        let dim = self.heads.dim;
        let mut rotated = vec![0.0; dim];
        for (i, head) in gradient.chunks_exact_mut(dim).enumerate() {
            rotate(head, self.rope.at(start + i / count), -1.0, &mut rotated);
            head.copy_from_slice(&rotated);
        }
    }
}

/// `dp` becomes the gradient of the scores.
#[inline(always)]
fn score_gradient(p: &[f32], scale: f32, dp: &mut [f32]) {
    let mean = math::dot(p, dp);
    for (p, dp) in p.iter().zip(dp) {
        *dp = p * (*dp - mean) * scale;
    }
}

/// Rotates a head by the position's angles (`direction` 1) or back (-1); what the angles do not reach stays.
#[inline(always)]
pub(super) fn rotate(head: &[f32], (cos, sin): (&[f32], &[f32]), direction: f32, out: &mut [f32]) {
    let half = cos.len();
    let ((turned, rest), (out, out_rest)) = (head.split_at(2 * half), out.split_at_mut(2 * half));
    out_rest.copy_from_slice(rest);
    let ((a, b), (out_a, out_b)) = (turned.split_at(half), out.split_at_mut(half));
    // Half of a head may be shorter than a vector, or end within one.
    let mut done = turn::<16>([a, b, cos, sin], 0, direction, [out_a, out_b]);
    done += turn::<4>([a, b, cos, sin], done, direction, [out_a, out_b]);
    turn::<1>([a, b, cos, sin], done, direction, [out_a, out_b]);
}

/// Rotates the pairs `a`, `b` from `first` on in whole chunks of `N`; returns how many pairs those are.
#[inline(always)]
fn turn<const N: usize>(given: [&[f32]; 4], first: usize, direction: f32, out: [&mut [f32]; 2]) -> usize {
    let [a, b, cos, sin] = given.map(|values| values[first..].as_chunks::<N>().0);
    let [out_a, out_b] = out.map(|values| values[first..].as_chunks_mut::<N>().0);
    for (i, (out_a, out_b)) in out_a.iter_mut().zip(out_b).enumerate() {
        // In arrays of its own: the compiler does not know that the two outputs are apart.
        let mut turned = [[0.0; N]; 2];
        for lane in 0..N {
            let (cos, sin) = (cos[i][lane], sin[i][lane] * direction);
            turned[0][lane] = a[i][lane] * cos - b[i][lane] * sin;
            turned[1][lane] = b[i][lane] * cos + a[i][lane] * sin;
        }
        [*out_a, *out_b] = turned;
    }
    a.len() * N
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::init::normal;

    #[test]
    fn halves_of_any_length_are_rotated_and_turned_back() {
        for half in [1, 3, 4, 12, 16, 23, 32, 39] {
            let (head, angles) = (normal(2 * half + 5, 1.0, 1, "head"), normal(half, 1.0, 2, "angles"));
            let (cos, sin): (Vec<f32>, Vec<f32>) = angles.iter().map(|angle| (angle.cos(), angle.sin())).unzip();
            let (mut turned, mut back) = (vec![0.0; head.len()], vec![0.0; head.len()]);
            rotate(&head, (&cos, &sin), 1.0, &mut turned);
            rotate(&turned, (&cos, &sin), -1.0, &mut back);
            for i in 0..half {
                let (a, b) = (head[i], head[half + i]);
                assert_eq!(turned[i], a * cos[i] - b * sin[i]);
                assert_eq!(turned[half + i], b * cos[i] + a * sin[i]);
            }
            assert_eq!(turned[2 * half..], head[2 * half..]);
            assert!(back.iter().zip(&head).all(|(back, head)| (back - head).abs() < 1e-5));
        }
    }
}
