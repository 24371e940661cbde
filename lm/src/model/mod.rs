//! The transformer: forward, backward, prefill and one decoding step, over packed rows of tokens.
//!
//! What it computes with is in [`crate::ops`]. Knows no text, no loss and no file.

mod rope;
mod tape;
mod weights;

use std::sync::Arc;

use burn::tensor::Tensor;

pub(crate) use rope::Rope;
pub(crate) use tape::Keep;
pub(crate) use weights::{Block, Kind, Weights};

use crate::config::Config;
use crate::device::Device;
use crate::ops::attention::{self, Cache, Heads, Layout, Row};
use crate::ops::linear::{self, Weight};
use crate::ops::{embed, host, rms_norm, swiglu};

/// A model's weights with all that computing with them needs.
#[derive(Debug, Clone)]
pub(crate) struct Model {
    pub config: Arc<Config>,
    pub weights: Weights,
    pub rope: Arc<Rope>,
    pub device: Device,
}

/// What a block's backward pass needs; the rest is computed again.
pub(crate) struct Saved {
    /// Input of the block `[n, hidden]`.
    x: Tensor<2>,
    /// `[n, (heads + 2 kv) * head_dim]`
    qkv: Tensor<2>,
    /// Output of attention `[n, heads * head_dim]`.
    attended: Tensor<2>,
    /// After the attention's residual `[n, hidden]`.
    middle: Tensor<2>,
    /// `[n, 2 * intermediate]`
    gate_up: Tensor<2>,
}

impl Saved {
    /// The block's input alone, the rest of the memory given back.
    fn into_input(self) -> Tensor<2> {
        let Self {
            x,
            qkv,
            attended,
            middle,
            gate_up,
        } = self;
        [qkv, attended, middle, gate_up]
            .into_iter()
            .for_each(host::give);
        x
    }

    /// Gives the memory back to be used again.
    fn give(self) {
        host::give(self.into_input());
    }
}

impl Model {
    /// The layout of a batch of sequences.
    pub fn layout(&self, lengths: impl Iterator<Item = usize>) -> Layout {
        Layout::new(
            lengths,
            Heads::of(&self.config),
            Arc::clone(&self.rope),
            &self.device,
        )
    }

    /// The layout of spans of which some continue others, as [`Layout::continuing`].
    pub fn layout_continuing(&self, spans: impl Iterator<Item = (usize, Option<usize>)>) -> Layout {
        let heads = Heads::of(&self.config);
        Layout::continuing(spans, heads, Arc::clone(&self.rope), &self.device)
    }

    /// One block over rows `x` `[n, hidden]`, `attend` mapping its queries, keys and values to attention's output.
    fn block(
        &self,
        block: &Block,
        x: Tensor<2>,
        attend: impl FnOnce(&Tensor<2>) -> Tensor<2>,
    ) -> (Tensor<2>, Saved) {
        let (path, epsilon) = (self.device.path(), self.config.epsilon);
        let normed = rms_norm::forward(&x, &block.norm1, epsilon, path);
        let qkv = linear::forward(&normed, &block.qkv, block.qkv_bias.as_ref(), path);
        host::give(normed);
        let attended = attend(&qkv);
        let middle = linear::forward_onto(&x, &attended, &block.out, block.out_bias.as_ref(), path);
        let normed = rms_norm::forward(&middle, &block.norm2, epsilon, path);
        let gate_up = linear::forward(&normed, &block.gate_up, None, path);
        host::give(normed);
        let h = swiglu::forward(&gate_up, path);
        let y = linear::forward_onto(&middle, &h, &block.down, None, path);
        host::give(h);
        (
            y,
            Saved {
                x,
                qkv,
                attended,
                middle,
                gate_up,
            },
        )
    }

    /// Final hidden states `[n, hidden]` of packed sequences, before the head.
    pub fn forward(&self, ids: &[u32], layout: &Layout) -> Tensor<2> {
        let mut x = embed::forward(&self.weights.embed, ids);
        for block in &self.weights.blocks {
            let (y, saved) = self.block(block, x, |qkv| attention::forward(qkv, layout));
            saved.give();
            x = y;
        }
        self.final_norm(&x)
    }

    fn final_norm(&self, x: &Tensor<2>) -> Tensor<2> {
        rms_norm::forward(
            x,
            &self.weights.norm,
            self.config.epsilon,
            self.device.path(),
        )
    }

    /// Hidden states of the last token of each prompt `[prompts, hidden]`, its keys and values stored for `rows`.
    pub fn prefill(&self, ids: &[u32], layout: &Layout, cache: &mut Cache) -> Tensor<2> {
        let mut x = embed::forward(&self.weights.embed, ids);
        for (layer, block) in self.weights.blocks.iter().enumerate() {
            (x, _) = self.block(block, x, |qkv| {
                cache.store(layout, layer, qkv);
                attention::forward(qkv, layout)
            });
        }
        let last: Vec<u32> = layout
            .spans
            .iter()
            .map(|span| span.end as u32 - 1)
            .collect();
        self.final_norm(&embed::forward(&x, &last))
    }

    /// Hidden states `[rows, hidden]` after one more token per row.
    pub fn decode(&self, ids: &[u32], rows: &[Row], cache: &mut Cache) -> Tensor<2> {
        let mut x = embed::forward(&self.weights.embed, ids);
        for (layer, block) in self.weights.blocks.iter().enumerate() {
            (x, _) = self.block(block, x, |qkv| cache.attend(layer, qkv.clone(), rows));
        }
        self.final_norm(&x)
    }

    /// The head as a map: the embedding's transpose if they are tied.
    pub fn head_weight(&self) -> Weight<'_> {
        match &self.weights.head {
            Some(head) => Weight::Straight(head),
            None => Weight::Transposed(&self.weights.embed),
        }
    }

    /// The head as `[hidden, vocab]`: a view of the embedding if they are tied.
    pub fn head(&self) -> Tensor<2> {
        match &self.weights.head {
            Some(head) => head.clone(),
            None => self.weights.embed.clone().transpose(),
        }
    }
}
