//! Decoding attention by burn's operations: the definition, and what runs without kernels of this crate.

use std::collections::BTreeSet;

use burn::tensor::activation::softmax;
use burn::tensor::{Device, Int, Tensor};

use super::attend::{Attend, part};
use super::grid::Grid;
use super::segments::Segments;
use crate::Dtype;
use crate::ops::attention::{Angles, HIDDEN, Heads, Seen, Spec};
use crate::ops::host::indices;
use crate::ops::product::{exact, matmul, operand};

/// What all layers of a step share.
pub(super) struct Plain {
    /// By rotation table.
    pub angles: Vec<Angles>,
    /// Where the new keys and values go.
    pub cells: Tensor<2, Int>,
    pub masks: Masks,
    pub grid: Grid,
    /// Precision of the operands of the products.
    pub dtype: Dtype,
}

impl Attend for Plain {
    /// `softmax(q [prompt keys, own keys]^T * scale + mask) [prompt values, own values]`
    fn attend(&self, layer: usize, spec: Spec, qkv: &Tensor<2>, prompts: &Segments, rows: &mut Segments) -> Tensor<2> {
        let (heads, n, past, dtype) = (spec.heads, rows.count(), prompts.room(), self.dtype);
        let [q, keys, values] = project(qkv, heads, &self.angles[spec.rope]);
        rows.write(layer, &self.cells, [keys, values]);
        let [own_keys, own_values] = rows.view(layer);
        let [keys, values] = prompts.view(layer).map(|all| self.grid.lines_of(all));
        let q = exact(q.reshape([n, heads.kv, heads.group(), heads.dim]), dtype);
        let scores = self.grid.spread(q.clone()).matmul(keys.transpose());
        let scores = vec![self.grid.gather(scores, heads), q.matmul(own_keys.transpose())];
        let scores = Tensor::cat(scores, 3);
        let own = scores.dims()[3] - past;
        let weights = operand(softmax(scores * spec.scale + self.masks.of(spec.window), 3), dtype);
        let seen = self.grid.spread(weights.clone().narrow(3, 0, past));
        let y = self.grid.gather(matmul(seen, values, dtype), heads)
            + matmul(weights.narrow(3, past, own), own_values, dtype);
        y.reshape([n, heads.keys()])
    }
}

/// `[seats, 1, 1, prompt positions + own positions]`: 0 for what is seen, by window.
pub(super) struct Masks(Vec<(Option<usize>, Tensor<4>)>);

impl Masks {
    /// Those of rows for layers with these windows; `rooms` are the positions of a prompt and of a row.
    pub fn new(
        seen: &[Seen],
        rooms: [usize; 2],
        windows: impl Iterator<Item = Option<usize>>,
        device: &Device,
    ) -> Self {
        let windows: BTreeSet<_> = windows.collect();
        let of = |window| (window, mask(seen, rooms, window, device));
        Self(windows.into_iter().map(of).collect())
    }

    /// The mask of layers with this window.
    fn of(&self, window: Option<usize>) -> Tensor<4> {
        let found = self.0.iter().find(|(of, _)| *of == window);
        // There is one for every window of the model's layers.
        found.map_or_else(|| self.0[0].1.clone(), |(_, mask)| mask.clone())
    }
}

/// The mask of rows that see all that is there, or the last of it within a window.
fn mask(seen: &[Seen], rooms: [usize; 2], window: Option<usize>, device: &Device) -> Tensor<4> {
    let ends: (Vec<u32>, Vec<u32>) = seen.iter().map(|row| (row.prompt as u32, row.own as u32 + 1)).unzip();
    let mut parts = [
        hidden_from(&ends.0, rooms[0], device),
        hidden_from(&ends.1, rooms[1], device),
    ];
    if let Some(window) = window {
        let hidden = seen.iter().map(|row| {
            let before = row.hidden(window);
            (before.min(row.prompt) as u32, before.saturating_sub(row.prompt) as u32)
        });
        let (of_prompt, own): (Vec<u32>, Vec<u32>) = hidden.unzip();
        let [first, second] = parts;
        parts = [
            first + hidden_before(&of_prompt, rooms[0], device),
            second + hidden_before(&own, rooms[1], device),
        ];
    }
    Tensor::cat(parts.to_vec(), 3)
}

/// `[n, 1, 1, room]`: 0 but for the first `hidden[i]` positions of row `i`.
fn hidden_before(hidden: &[u32], room: usize, device: &Device) -> Tensor<4> {
    let positions = Tensor::<1, Int>::arange(0..room as i64, device);
    let hidden = indices(hidden, device).reshape([hidden.len(), 1, 1, 1]);
    positions.reshape([1, 1, 1, room]).lower(hidden).float() * HIDDEN
}

/// `[n, 1, 1, room]`: 0 for the first `seen[i]` positions of row `i`, made on the device from these few numbers.
fn hidden_from(seen: &[u32], room: usize, device: &Device) -> Tensor<4> {
    let positions = Tensor::<1, Int>::arange(0..room as i64, device);
    let seen = indices(seen, device).reshape([seen.len(), 1, 1, 1]);
    let hidden = positions.reshape([1, 1, 1, room]).greater_equal(seen);
    hidden.float() * HIDDEN
}

/// Queries, keys and values of fused rows `[n, width]`, the first two rotated: each `[n, heads, 1, dim]`.
fn project(qkv: &Tensor<2>, heads: Heads, angles: &Angles) -> [Tensor<4>; 3] {
    // Queries and keys lie side by side: they are rotated by the same operations.
    let turned = angles.rotate(part(qkv, heads, 0, heads.queries + heads.kv));
    [
        turned.clone().narrow(1, 0, heads.queries),
        turned.narrow(1, heads.queries, heads.kv),
        part(qkv, heads, heads.values(), heads.kv),
    ]
}
