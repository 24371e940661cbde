//! The definition of attention in burn tensor operations, over spans padded on the right.
//!
//! Spans that start a sequence and spans that continue one are padded apart: a prompt's rows are all its queries see, a
//! response's few queries see a long prompt too, and neither should be computed in the other's shape.

use burn::tensor::{Device, Int, Tensor, activation::softmax};

use super::spans::Spans;
use super::spec::{Heads, Spec};
use crate::Dtype;
use crate::ops::host::{self, indices};
use crate::ops::product::{exact_matmul, matmul};
use crate::ops::rope::Rope;
use crate::ops::scatter::Scatter;
use crate::ops::vjp::vjp;

/// Score of what must not be seen: its weight underflows to 0, and no row of scores is empty of real ones.
pub(crate) const HIDDEN: f32 = -1e30;

/// Angles of the packed rows, and the padded sets that they are attended in.
pub(super) struct Padded {
    /// By rotation table.
    angles: Vec<Angles>,
    sets: Vec<Set>,
    /// Place of each packed row among the padded queries of all sets.
    unpad: Tensor<1, Int>,
}

/// Cosines and sines that rotate rows, each repeated for both halves of what they rotate.
pub(crate) struct Angles {
    /// `[rows, 1, 1, turned]`
    pub cos: Tensor<4>,
    /// `[rows, 1, 1, turned]`
    pub sin: Tensor<4>,
}

impl Angles {
    /// Those of rows at these positions.
    pub fn new(rope: &Rope, positions: impl Iterator<Item = usize>, device: &Device) -> Self {
        let (mut cos, mut sin) = (Vec::new(), Vec::new());
        for position in positions {
            let (c, s) = rope.at(position);
            cos.extend(c.iter().chain(c));
            sin.extend(s.iter().chain(s));
        }
        let shape = [cos.len() / rope.dim(), 1, 1, rope.dim()];
        Self {
            cos: host::tensor(cos, shape, device),
            sin: host::tensor(sin, shape, device),
        }
    }

    /// `x cos + rotate_half(x) sin` of heads `[rows, heads, 1, dim]`; the elements beyond the angles stay.
    pub fn rotate(&self, x: Tensor<4>) -> Tensor<4> {
        let (dim, turned) = (x.dims()[3], self.cos.dims()[3]);
        if turned < dim {
            let rest = x.clone().narrow(3, turned, dim - turned);
            return Tensor::cat(vec![self.rotate(x.narrow(3, 0, turned)), rest], 3);
        }
        let half = dim / 2;
        let (a, b) = (x.clone().narrow(3, 0, half), x.clone().narrow(3, half, half));
        x * self.cos.clone() + Tensor::cat(vec![b.neg(), a], 3) * self.sin.clone()
    }

    /// The angles of the way back: a rotation is undone by its opposite.
    fn back(&self) -> Self {
        Self {
            cos: self.cos.clone(),
            sin: self.sin.clone().neg(),
        }
    }
}

/// Spans that are padded to each other.
struct Set {
    spans: usize,
    /// Rows of the longest span, which queries are padded to.
    own: usize,
    /// Rows of the longest span with what it continues, which keys and values are padded to.
    whole: usize,
    /// Packed row of each padded query `[spans * own]` (row 0 for padding).
    queries: Tensor<1, Int>,
    /// Packed row of each padded key and value `[spans * whole]` (row 0 for padding).
    keys: Tensor<1, Int>,
    /// Rows that each span continues.
    before: Vec<u32>,
    /// `[spans, 1, 1, own, whole]`: 0 for the keys that a query sees if it sees all before it.
    mask: Tensor<5>,
    /// `[spans * own, 1]`: 0 for padded queries that are padding, 1 for the others.
    real: Tensor<2>,
    /// From padded keys and values to packed rows.
    scatter: Scatter,
}

impl Padded {
    pub fn new(spans: &Spans, ropes: &[Rope], device: &Device) -> Self {
        let (starting, continuing): (Vec<usize>, Vec<usize>) =
            (0..spans.len()).partition(|span| spans.continued(*span).is_none());
        let (mut sets, mut places) = (Vec::new(), 0);
        let mut unpad = vec![0; spans.rows()];
        for members in [starting, continuing] {
            if members.is_empty() {
                continue;
            }
            let set = Set::new(spans, &members, device);
            for (span, member) in members.into_iter().enumerate() {
                for (i, row) in spans.own(member).enumerate() {
                    unpad[row] = (places + span * set.own + i) as u32;
                }
            }
            places += set.spans * set.own;
            sets.push(set);
        }
        let positions = || {
            (0..spans.len()).flat_map(|span| {
                let before = spans.prefix(span).len();
                before..before + spans.own(span).len()
            })
        };
        Self {
            angles: ropes
                .iter()
                .map(|rope| Angles::new(rope, positions(), device))
                .collect(),
            sets,
            unpad: indices(&unpad, device),
        }
    }
}

impl Set {
    /// The set of `members`, at least one, by their indices among the spans.
    fn new(spans: &Spans, members: &[usize], device: &Device) -> Self {
        let before: Vec<u32> = members.iter().map(|span| spans.prefix(*span).len() as u32).collect();
        let rows = |span: &usize| spans.own(*span).collect();
        let (own, queries) = pad(&members.iter().map(rows).collect::<Vec<_>>());
        let rows = |span: &usize| spans.prefix(*span).chain(spans.own(*span)).collect();
        let (whole, keys) = pad(&members.iter().map(rows).collect::<Vec<_>>());
        let real = queries.iter().map(|row| f32::from(row.is_some()));
        Self {
            spans: members.len(),
            own,
            whole,
            mask: mask(&before, own, whole, None, device),
            before,
            real: host::tensor(real.collect(), [queries.len(), 1], device),
            scatter: Scatter::new(&keys, device),
            queries: padded(&queries, device),
            keys: padded(&keys, device),
        }
    }

    /// Padded queries `[spans * own, ..]`, keys and values `[spans * whole, ..]` of packed ones.
    fn pad(&self, [q, k, v]: &[Tensor<2>; 3]) -> [Tensor<2>; 3] {
        let select = |x: &Tensor<2>, rows: &Tensor<1, Int>| x.clone().select(0, rows.clone());
        [select(q, &self.queries), select(k, &self.keys), select(v, &self.keys)]
    }

    /// `softmax(q k^T * scale + mask) v` of what [`project`] gives, padded: `[spans * own, heads * dim]`
    ///
    /// Operands are rounded here, after rows were repeated, so that the gradients of a prompt's keys and values are
    /// summed over its responses in f32. Scores are not: they may be large, and small differences of large scores
    /// count.
    fn attend(&self, [q, k, v]: [Tensor<2>; 3], spec: Spec, dtype: Dtype) -> Tensor<2> {
        let heads = spec.heads;
        let (spans, own, whole) = (self.spans, self.own, self.whole);
        let split =
            |rows: Tensor<2>, time: usize, count: usize| rows.reshape([spans, time, count, heads.dim]).swap_dims(1, 2);
        // The query heads of a group are rows of one matrix, so that no key or value is repeated for them.
        let q = split(q, own, heads.queries);
        let q = q.reshape([spans, heads.kv, heads.group() * own, heads.dim]);
        let [k, v] = [k, v].map(|rows| split(rows, whole, heads.kv));
        let scores = exact_matmul(q, k.transpose(), dtype);
        let scores = scores.reshape([spans, heads.kv, heads.group(), own, whole]);
        let scores = if scaled_before(dtype) {
            scores
        } else {
            scores * spec.scale
        };
        let mask = match spec.window {
            None => beside(&self.mask, &scores),
            window => {
                let mask = mask(&self.before, own, whole, window, &self.mask.device());
                beside(&mask, &scores)
            }
        };
        let weights: Tensor<5> = softmax(scores + mask, 4);
        let weights: Tensor<4> = weights.reshape([spans, heads.kv, heads.group() * own, whole]);
        let y = matmul(weights, v, dtype).reshape([spans, heads.queries, own, heads.dim]);
        y.swap_dims(1, 2).reshape([spans * own, heads.keys()])
    }
}

/// The rows of the spans one after another, each padded to the longest, whose length comes first.
fn pad(spans: &[Vec<usize>]) -> (usize, Vec<Option<u32>>) {
    let longest = spans.iter().map(Vec::len).max().unwrap_or(0);
    let padded = spans.iter().flat_map(|rows| {
        let padding = std::iter::repeat_n(None, longest - rows.len());
        rows.iter().map(|row| Some(*row as u32)).chain(padding)
    });
    (longest, padded.collect())
}

/// Row numbers as a tensor, row 0 standing for padding.
fn padded(rows: &[Option<u32>], device: &Device) -> Tensor<1, Int> {
    let rows: Vec<u32> = rows.iter().map(|row| row.unwrap_or(0)).collect();
    indices(&rows, device)
}

/// The causal mask of `own` queries over `whole` keys, `before[i]` keys of span `i` being those that it continues; with
/// a window, no query sees more positions than that.
fn mask(before: &[u32], own: usize, whole: usize, window: Option<usize>, device: &Device) -> Tensor<5> {
    let positions = |count: usize| Tensor::<1, Int>::arange(0..count as i64, device);
    let last = indices(before, device).reshape([before.len(), 1, 1, 1, 1]) + positions(own).reshape([1, 1, 1, own, 1]);
    let keys = positions(whole).reshape([1, 1, 1, 1, whole]);
    let hidden = keys.clone().greater(last.clone()).float();
    let hidden = match window {
        None => hidden,
        Some(window) => hidden + keys.lower_equal(last - window as i64).float(),
    };
    hidden * HIDDEN
}

/// Gives a constant the autodiff context of `like`.
fn beside<const D: usize, const E: usize>(constant: &Tensor<D>, like: &Tensor<E>) -> Tensor<D> {
    if like.is_autodiff() {
        constant.clone().autodiff()
    } else {
        constant.clone()
    }
}

/// Whether queries are scaled, of which there are fewer than scores. Where they are rounded, they are rounded unscaled,
/// as everywhere else.
fn scaled_before(dtype: Dtype) -> bool {
    dtype == Dtype::F32
}

/// Queries as [`project`] gives them, or their gradient on the way back.
fn scaled(queries: Tensor<2>, scale: f32, dtype: Dtype) -> Tensor<2> {
    if scaled_before(dtype) { queries * scale } else { queries }
}

/// Rotated queries, scaled if [`scaled_before`], rotated keys and values, packed: `[rows, heads * dim]` each. Rows are
/// rotated before they are padded, which repeats those of a prompt for every response.
fn project(qkv: &Tensor<2>, spec: Spec, angles: &Angles, dtype: Dtype) -> [Tensor<2>; 3] {
    let heads = spec.heads;
    let turned = turn(qkv, heads, angles);
    [
        scaled(turned.clone().narrow(1, 0, heads.keys()), spec.scale, dtype),
        turned.narrow(1, heads.keys(), heads.kv * heads.dim),
        qkv.clone().narrow(1, heads.values(), heads.kv * heads.dim),
    ]
}

/// The queries and keys of fused rows, which lie side by side, rotated: `[rows, (queries + kv) * dim]`.
fn turn(qkv: &Tensor<2>, heads: Heads, angles: &Angles) -> Tensor<2> {
    let ([rows, _], count) = (qkv.dims(), heads.queries + heads.kv);
    let x = qkv.clone().narrow(1, 0, count * heads.dim);
    let x = x.reshape([rows, count, 1, heads.dim]);
    angles.rotate(x).reshape([rows, count * heads.dim])
}

/// `softmax(q k^T * scale + mask) v`, with the query heads of a group sharing a key-value head.
pub(super) fn attend(qkv: &Tensor<2>, spec: Spec, padded: &Padded, dtype: Dtype) -> Tensor<2> {
    let projected = project(qkv, spec, &padded.angles[spec.rope], dtype);
    let attend = |set: &Set| set.attend(set.pad(&projected), spec, dtype);
    let outputs = padded.sets.iter().map(attend);
    Tensor::cat(outputs.collect(), 0).select(0, padded.unpad.clone())
}

/// The gradient of [`attend`]: as autodiff gives it, except for the way back through rows that were rotated and
/// repeated.
pub(super) fn backward(qkv: &Tensor<2>, spec: Spec, padded: &Padded, dtype: Dtype, dy: &Tensor<2>) -> Tensor<2> {
    let (heads, angles) = (spec.heads, &padded.angles[spec.rope]);
    let ([rows, _], kv) = (qkv.dims(), heads.kv * heads.dim);
    let projected = project(qkv, spec, angles, dtype);
    let mut queries = Vec::new();
    let mut keys_values = Tensor::zeros([rows, 2 * kv], &qkv.device());
    for set in &padded.sets {
        let inputs = set.pad(&projected);
        let dy = dy.clone().select(0, set.queries.clone()) * set.real.clone();
        let attend = |inputs| set.attend(inputs, spec, dtype);
        let [q, k, v] = vjp(inputs.each_ref(), &dy, attend);
        queries.push(q);
        keys_values = set.scatter.add(keys_values, Tensor::cat(vec![k, v], 1));
    }
    let queries = Tensor::cat(queries, 0).select(0, padded.unpad.clone());
    let fused = Tensor::cat(vec![scaled(queries, spec.scale, dtype), keys_values], 1);
    let turned = turn(&fused, heads, &angles.back());
    Tensor::cat(vec![turned, fused.narrow(1, heads.values(), kv)], 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_hides_what_comes_after_each_query() {
        let device = Device::flex();
        let shown = |before: &[u32], own, whole| -> Vec<bool> {
            let values = mask(before, own, whole, None, &device).into_data();
            values
                .as_slice::<f32>()
                .unwrap()
                .iter()
                .map(|value| *value > HIDDEN / 2.0)
                .collect()
        };
        let expected = [true, false, false, true, true, false, true, true, true];
        assert_eq!(shown(&[0], 3, 3), expected);
        let (first, second) = ([true, true, false, true, true, true], [true; 6]);
        assert_eq!(shown(&[1, 2], 2, 3), [first, second].concat());
    }

    #[test]
    fn neither_prompts_nor_responses_are_padded_to_the_others() {
        let spans = Spans::new([(9, None), (2, Some(0)), (3, Some(0)), (4, None)].into_iter());
        let padded = Padded::new(&spans, &crate::testing::ropes(4, 16), &Device::flex());
        let shapes: Vec<_> = padded.sets.iter().map(|set| (set.spans, set.own, set.whole)).collect();
        assert_eq!(shapes, [(2, 9, 9), (2, 3, 12)]);
    }
}
