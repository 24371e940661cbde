//! The engine on burn's tensor operations: for every device without a dedicated one.
//!
//! A step is computed for a power of two of rows and for multiples of 64 positions, so that kernels see few shapes.
//! What is padding is masked; the head alone is computed for the rows that there are. A prompt's keys and values are
//! stored once, and read once by several of its rows together.
//! A row's logits depend on its neighbours only in that products of other shapes round differently.

use std::collections::BTreeSet;

use burn::tensor::{Int, Tensor, activation::softmax};

use super::grid::Grid;
use super::segments::{self, Segments};
use super::{Engine, Load, Logits, Needs, Prompt, Room, Step};
use crate::Dtype;
use crate::config::Config;
use crate::model::Model;
use crate::model::forward::saved_width;
use crate::ops::attention::{self, Angles, HIDDEN, Heads};
use crate::ops::embed;
use crate::ops::host::indices;
use crate::ops::product::{exact, matmul, operand};
use crate::profile::{self, Phase, Section};

/// The engine with the keys and values of prompts and rows.
pub(crate) struct BurnEngine<'a> {
    model: &'a Model,
    heads: Heads,
    device: burn::tensor::Device,
    /// The head as `[hidden, vocab]`, contiguous.
    head: Tensor<2>,
    room: Room,
    /// Segments by place.
    prompts: Segments,
    /// Length of the prompt at each place.
    lengths: Vec<usize>,
    /// Segments by seat: rows sit close together, whatever their slots are.
    rows: Segments,
    /// The slot whose row has each seat.
    seats: Vec<Option<usize>>,
}

/// What all layers of a decoding step share.
struct Maps {
    /// By rotation table.
    angles: Vec<Angles>,
    /// Where the new keys and values go.
    cells: Tensor<2, Int>,
    /// `[seats, 1, 1, prompt positions + own positions]`: 0 for what is seen, by window.
    masks: Vec<(Option<usize>, Tensor<4>)>,
    grid: Grid,
}

impl Maps {
    /// The mask of layers with this window.
    fn mask(&self, window: Option<usize>) -> Tensor<4> {
        let found = self.masks.iter().find(|(of, _)| *of == window);
        // There is one for every window of the model's layers.
        found.map_or_else(|| self.masks[0].1.clone(), |(_, mask)| mask.clone())
    }
}

impl<'a> BurnEngine<'a> {
    /// An engine for `model`; memory grows with what is used.
    pub fn new(model: &'a Model, room: Room) -> Self {
        let (config, device) = (&model.config, model.device.burn());
        let dtype = model.device.dtype();
        let heads = Heads::of(config);
        // Tied heads are transposed views of the embedding: a copy in order makes every step's product faster.
        let head = model.head().reshape([config.hidden * config.vocab]);
        Self {
            model,
            heads,
            head: head.reshape([config.hidden, config.vocab]),
            room,
            prompts: Segments::new(heads, config.layers, dtype, &device),
            lengths: vec![0; room.prompts],
            rows: Segments::new(heads, config.layers, dtype, &device),
            seats: Vec::new(),
            device,
        }
    }

    /// Gives every step a seat: the one that its row has, or a free one for a new row.
    fn seat(&mut self, steps: &[Step]) -> Vec<usize> {
        let starts = |step: &Step| step.position == self.lengths[step.place];
        let goes_on = |slot: usize| {
            let step = steps.binary_search_by_key(&slot, |step| step.slot);
            step.is_ok_and(|index| !starts(&steps[index]))
        };
        for seat in &mut self.seats {
            *seat = seat.filter(|slot| goes_on(*slot));
        }
        let own = |step: &Step| step.position - self.lengths[step.place] + 1;
        let longest = steps.iter().map(own).max().unwrap_or(1);
        self.resize(bucket(steps.len(), self.room.slots), longest);
        let mut of_slot = vec![None; self.room.slots];
        for (seat, slot) in self.seats.iter().enumerate() {
            if let Some(slot) = slot {
                of_slot[*slot] = Some(seat);
            }
        }
        let mut free = 0;
        let mut take = |slot: usize, seats: &mut [Option<usize>]| {
            while seats[free].is_some() {
                free += 1;
            }
            seats[free] = Some(slot);
            free
        };
        steps
            .iter()
            .map(|step| of_slot[step.slot].unwrap_or_else(|| take(step.slot, &mut self.seats)))
            .collect()
    }

    /// Makes `count` seats with room for `positions`; rows that have a seat move up if there are fewer seats than
    /// before.
    fn resize(&mut self, count: usize, positions: usize) {
        if count == self.rows.count() {
            return self.rows.reserve(count, positions);
        }
        let taken = (0..self.seats.len()).filter(|seat| self.seats[*seat].is_some());
        let taken: Vec<u32> = taken.map(|seat| seat as u32).collect();
        self.rows.rebuild(count, positions, &taken);
        self.seats.retain(Option::is_some);
        self.seats.resize(count, None);
    }

    /// Index maps, mask and angles of a step, `seats[i]` being the seat of `steps[i]`.
    fn maps(&self, steps: &[Step], seats: &[usize]) -> Maps {
        let n = self.rows.count();
        let mut at = vec![(0, 0); n];
        let mut seen = vec![(0, 1); n];
        for (step, seat) in steps.iter().zip(seats) {
            let length = self.lengths[step.place];
            at[*seat] = (step.position, step.position - length);
            seen[*seat] = (length as u32, (step.position - length + 1) as u32);
        }
        let windows: BTreeSet<_> = self.model.layers.iter().map(|layer| layer.attention.window).collect();
        Maps {
            angles: self.angles(|| at.iter().map(|(position, _)| *position)),
            cells: self.rows.cells(at.iter().map(|(_, own)| *own).enumerate()),
            masks: windows
                .into_iter()
                .map(|window| (window, self.mask(&seen, window)))
                .collect(),
            grid: Grid::new(steps, seats, n, &self.device),
        }
    }

    /// The mask of rows that see `seen[i].0` positions of their prompts and `seen[i].1` of their own, or the last of
    /// these within a window.
    fn mask(&self, seen: &[(u32, u32)], window: Option<usize>) -> Tensor<4> {
        let (of_prompt, own): (Vec<u32>, Vec<u32>) = seen.iter().copied().unzip();
        let mut parts = [
            self.hidden_from(&of_prompt, self.prompts.room()),
            self.hidden_from(&own, self.rows.room()),
        ];
        if let Some(window) = window {
            let before = |(prompt, own): &(u32, u32)| (prompt + own).saturating_sub(window as u32);
            let hidden = seen
                .iter()
                .map(|seen| (before(seen).min(seen.0), before(seen).saturating_sub(seen.0)));
            let (of_prompt, own): (Vec<u32>, Vec<u32>) = hidden.unzip();
            let [first, second] = parts;
            parts = [
                first + self.hidden_before(&of_prompt, self.prompts.room()),
                second + self.hidden_before(&own, self.rows.room()),
            ];
        }
        Tensor::cat(parts.to_vec(), 3)
    }

    /// `[n, 1, 1, room]`: 0 but for the first `hidden[i]` positions of row `i`.
    fn hidden_before(&self, hidden: &[u32], room: usize) -> Tensor<4> {
        let positions = Tensor::<1, Int>::arange(0..room as i64, &self.device);
        let hidden = indices(hidden, &self.device).reshape([hidden.len(), 1, 1, 1]);
        positions.reshape([1, 1, 1, room]).lower(hidden).float() * HIDDEN
    }

    /// `[n, 1, 1, room]`: 0 for the first `seen[i]` positions of row `i`, made on the device from these few numbers.
    fn hidden_from(&self, seen: &[u32], room: usize) -> Tensor<4> {
        let positions = Tensor::<1, Int>::arange(0..room as i64, &self.device);
        let seen = indices(seen, &self.device).reshape([seen.len(), 1, 1, 1]);
        let hidden = positions.reshape([1, 1, 1, room]).greater_equal(seen);
        hidden.float() * HIDDEN
    }

    /// The angles of rows at these positions, by rotation table.
    fn angles<I: Iterator<Item = usize>>(&self, positions: impl Fn() -> I) -> Vec<Angles> {
        let ropes = self.model.ropes.iter();
        ropes.map(|rope| Angles::new(rope, positions(), &self.device)).collect()
    }

    /// `softmax(q [prompt keys, own keys]^T * scale + mask) [prompt values, own values]` of one layer.
    fn attend(&mut self, layer: usize, spec: attention::Spec, qkv: &Tensor<2>, maps: &Maps) -> Tensor<2> {
        let _span = profile::span(Phase::Attention);
        let (heads, n, past) = (self.heads, self.rows.count(), self.prompts.room());
        let dtype = self.model.device.dtype();
        let [q, keys, values] = project(qkv, heads, &maps.angles[spec.rope]);
        self.rows.write(layer, &maps.cells, [keys, values]);
        let [own_keys, own_values] = self.rows.view(layer);
        let [keys, values] = self.prompts.view(layer).map(|all| maps.grid.lines_of(all));
        let q = exact(q.reshape([n, heads.kv, heads.group(), heads.dim]), dtype);
        let scores = maps.grid.spread(q.clone()).matmul(keys.transpose());
        let scores = vec![maps.grid.gather(scores, heads), q.matmul(own_keys.transpose())];
        let scores = Tensor::cat(scores, 3);
        let own = scores.dims()[3] - past;
        let weights = operand(softmax(scores * spec.scale + maps.mask(spec.window), 3), dtype);
        let seen = maps.grid.spread(weights.clone().narrow(3, 0, past));
        let y = maps.grid.gather(matmul(seen, values, dtype), heads)
            + matmul(weights.narrow(3, past, own), own_values, dtype);
        y.reshape([n, heads.keys()])
    }

    /// Logits of rows `[n, hidden]` before the final norm.
    fn logits(&self, x: &Tensor<2>, rows: &[u32]) -> Logits {
        let hidden = self.model.final_norm(&embed::forward(x, rows));
        let _span = profile::span(Phase::Head);
        Logits::Device(Box::new(hidden.matmul(self.head.clone())))
    }
}

impl Engine for BurnEngine<'_> {
    fn prefill(&mut self, prompts: &[Prompt], logits: &mut Logits) {
        let _section = profile::section(Section::Prefill);
        *logits = Logits::default();
        let places = prompts.iter().map(|prompt| prompt.place + 1).max();
        let longest = prompts.iter().map(|prompt| prompt.tokens.len()).max();
        let places = bucket(places.unwrap_or(0), self.room.prompts);
        self.prompts.reserve(places, longest.unwrap_or(0));
        let layout = self.model.layout(prompts.iter().map(|prompt| prompt.tokens.len()));
        for prompt in prompts {
            self.lengths[prompt.place] = prompt.tokens.len();
        }
        let positions = || prompts.iter().flat_map(|prompt| 0..prompt.tokens.len());
        let angles = self.angles(positions);
        let places = prompts
            .iter()
            .flat_map(|prompt| std::iter::repeat_n(prompt.place, prompt.tokens.len()));
        let cells = self.prompts.cells(places.zip(positions()));
        let ids: Vec<u32> = prompts.iter().flat_map(|prompt| prompt.tokens).copied().collect();
        let (model, heads, stored) = (self.model, self.heads, &mut self.prompts);
        let x = model.trunk(&ids, |layer, spec, qkv| {
            stored.write(layer, &cells, cached(qkv, heads, &angles[spec.rope]));
            attention::forward(qkv, spec, &layout)
        });
        let last: Vec<u32> = layout.spans.iter().map(|span| span.end as u32 - 1).collect();
        *logits = self.logits(&x, &last);
    }

    fn decode(&mut self, steps: &[Step], logits: &mut Logits) {
        let _section = profile::section(Section::Decode);
        // Those of the step before are large and no longer needed.
        *logits = Logits::default();
        let seats = self.seat(steps);
        let maps = self.maps(steps, &seats);
        let mut ids = vec![0; self.rows.count()];
        for (step, seat) in steps.iter().zip(&seats) {
            ids[*seat] = step.token;
        }
        let model = self.model;
        let x = model.trunk(&ids, |layer, spec, qkv| self.attend(layer, spec, qkv, &maps));
        let seats: Vec<u32> = seats.iter().map(|seat| *seat as u32).collect();
        *logits = self.logits(&x, &seats);
    }
}

/// What the engine of a model of `config` takes under `load`, products being in `dtype`.
pub(crate) fn needs(config: &Config, load: &Load, dtype: Dtype) -> Needs {
    let heads = Heads::of(config);
    let longest = |tokens: &[usize]| tokens.iter().copied().max().unwrap_or(0);
    let of = |tokens: &[usize]| {
        let count = tokens.len().next_power_of_two();
        segments::bytes(heads, config.layers, dtype, count, longest(tokens))
    };
    let (seats, seen) = (
        load.rows.len().next_power_of_two(),
        longest(&load.prompts) + longest(&load.rows),
    );
    let rows = seats.max(load.prefilled);
    // What a block saves, its hidden activations, its input and output.
    let row = saved_width(config) + config.intermediate + 3 * config.hidden;
    // Scores, their parts before they are put together, and weights; the prompts' keys and values for each line.
    let scores = 3 * seats * heads.queries * seen;
    let lines = 2 * seats.min(load.prompts.len().next_power_of_two()) * longest(&load.prompts) * heads.kv * heads.dim;
    let bytes = |values: usize| values * size_of::<f32>();
    Needs {
        // A tied head is copied into order.
        copies: if config.tied {
            bytes(config.vocab * config.hidden)
        } else {
            0
        },
        cache: of(&load.prompts) + of(&load.rows),
        scratch: bytes(row * rows + scores + lines),
    }
}

/// The number of rows that `n` are padded to.
fn bucket(n: usize, most: usize) -> usize {
    n.next_power_of_two().min(most)
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

/// Rotated keys, and values, of fused rows `[n, width]`: each `[n, kv, 1, dim]`.
fn cached(qkv: &Tensor<2>, heads: Heads, angles: &Angles) -> [Tensor<4>; 2] {
    [
        angles.rotate(part(qkv, heads, heads.keys(), heads.kv)),
        part(qkv, heads, heads.values(), heads.kv),
    ]
}

/// `count` heads of fused rows `[n, width]` from column `first` on: `[n, count, 1, dim]`.
fn part(qkv: &Tensor<2>, heads: Heads, first: usize, count: usize) -> Tensor<4> {
    let part = qkv.clone().narrow(1, first, count * heads.dim);
    part.reshape([qkv.dims()[0], count, 1, heads.dim])
}
