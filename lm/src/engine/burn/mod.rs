//! The engine on burn's tensors: for every device without a dedicated one.
//!
//! A step is computed for a power of two of rows and for multiples of 64 positions, so that kernels see few shapes.
//! What is padding is masked; the head alone is computed for the rows that there are. A prompt's keys and values are
//! stored once, and read once by several of its rows together.
//! On a GPU, a kernel of this crate computes a step's attention (`fused`), elsewhere burn's operations (`plain`).
//! A row's logits depend on its neighbours only in that products of other shapes round differently.

mod attend;
#[cfg(feature = "gpu")]
mod fused;
mod grid;
mod plain;
mod segments;

use burn::tensor::Tensor;

use attend::{Attend, part};
use segments::Segments;

use super::{Engine, Load, Logits, Needs, Prompt, Room, Step};
use crate::Dtype;
use crate::config::Config;
use crate::model::Model;
use crate::model::forward::saved_width;
use crate::ops::attention::{self, Angles, Heads, Seen};
use crate::ops::{embed, gpu};
use crate::profile::{self, Phase, Section};

/// The engine with the keys and values of prompts and rows.
pub(crate) struct BurnEngine<'a> {
    model: &'a Model,
    heads: Heads,
    device: burn::tensor::Device,
    /// The head as `[hidden, vocab]`, contiguous.
    head: Tensor<2>,
    /// Whether a kernel of this crate attends.
    #[cfg(feature = "gpu")]
    fused: bool,
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

impl<'a> BurnEngine<'a> {
    /// An engine for `model`; memory grows with what is used.
    pub fn new(model: &'a Model, room: Room) -> Self {
        let (config, device) = (&model.config, model.device.burn());
        let dtype = model.device.dtype();
        let heads = Heads::of(config);
        // Tied heads are transposed views of the embedding: a copy in order makes every step's product faster.
        let head = model.head().reshape([config.hidden * config.vocab]);
        let head = head.reshape([config.hidden, config.vocab]);
        let fused = gpu::can_attend(heads, &head);
        // The kernel of a GPU rounds no scores.
        let segments = || Segments::new(heads, config.layers, dtype, !fused, &device);
        Self {
            model,
            heads,
            head,
            #[cfg(feature = "gpu")]
            fused,
            room,
            prompts: segments(),
            lengths: vec![0; room.prompts],
            rows: segments(),
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

    /// What the rows of a step see, by seat, `seats[i]` being the seat of `steps[i]`; a free seat sees itself.
    fn seen(&self, steps: &[Step], seats: &[usize]) -> Vec<Seen> {
        let mut seen = vec![Seen::default(); self.rows.count()];
        for (step, seat) in steps.iter().zip(seats) {
            let prompt = self.lengths[step.place];
            seen[*seat] = Seen {
                place: step.place,
                prompt,
                own: step.position - prompt,
            };
        }
        seen
    }

    /// How a step attends.
    fn attention(&self, steps: &[Step], seats: &[usize]) -> Box<dyn Attend> {
        let seen = self.seen(steps, seats);
        let angles = self.angles(|| seen.iter().map(|row| row.prompt + row.own));
        #[cfg(feature = "gpu")]
        if self.fused {
            return Box::new(fused::Fused::new(&seen, angles, &self.device));
        }
        let windows = self.model.layers.iter().map(|layer| layer.attention.window);
        let grid = grid::Grid::new(steps, seats, self.rows.count(), &self.device);
        let rooms = [self.prompts.room(), self.rows.room()];
        let cells = self.rows.cells(seen.iter().map(|row| row.own).enumerate());
        let masks = plain::Masks::new(&seen, rooms, windows, &self.device);
        let dtype = self.model.device.dtype();
        Box::new(plain::Plain {
            angles,
            cells,
            masks,
            grid,
            dtype,
        })
    }

    /// The angles of rows at these positions, by rotation table.
    fn angles<I: Iterator<Item = usize>>(&self, positions: impl Fn() -> I) -> Vec<Angles> {
        let ropes = self.model.ropes.iter();
        ropes.map(|rope| Angles::new(rope, positions(), &self.device)).collect()
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
        let attention = self.attention(steps, &seats);
        let mut ids = vec![0; self.rows.count()];
        for (step, seat) in steps.iter().zip(&seats) {
            ids[*seat] = step.token;
        }
        let (prompts, rows) = (&self.prompts, &mut self.rows);
        let x = self.model.trunk(&ids, |layer, spec, qkv| {
            let _span = profile::span(Phase::Attention);
            attention.attend(layer, spec, qkv, prompts, rows)
        });
        let seats: Vec<u32> = seats.iter().map(|seat| *seat as u32).collect();
        *logits = self.logits(&x, &seats);
    }
}

/// What the engine of a model of `config` takes on a GPU under `load`, products being in `dtype`.
pub(crate) fn needs(config: &Config, load: &Load, dtype: Dtype) -> Needs {
    let heads = Heads::of(config);
    let longest = |tokens: &[usize]| tokens.iter().copied().max().unwrap_or(0);
    let of = |tokens: &[usize]| {
        let count = tokens.len().next_power_of_two();
        segments::bytes(heads, config.layers, dtype, count, longest(tokens))
    };
    let rows = load.rows.len().next_power_of_two().max(load.prefilled);
    // What a block saves, its hidden activations, its input and output.
    let row = saved_width(config) + config.intermediate + 3 * config.hidden;
    // Of prefilling: scores, the same under the mask, and weights. Decoding keeps none of them.
    let scores = 3 * load.prefilled * heads.queries * longest(&load.prompts);
    let bytes = |values: usize| values * size_of::<f32>();
    Needs {
        // A tied head is copied into order.
        copies: if config.tied {
            bytes(config.vocab * config.hidden)
        } else {
            0
        },
        cache: of(&load.prompts) + of(&load.rows),
        scratch: bytes(row * rows + scores),
    }
}

/// The number of rows that `n` are padded to.
fn bucket(n: usize, most: usize) -> usize {
    n.next_power_of_two().min(most)
}

/// Rotated keys, and values, of fused rows `[n, width]`: each `[n, kv, 1, dim]`.
fn cached(qkv: &Tensor<2>, heads: Heads, angles: &Angles) -> [Tensor<4>; 2] {
    [
        angles.rotate(part(qkv, heads, heads.keys(), heads.kv)),
        part(qkv, heads, heads.values(), heads.kv),
    ]
}
