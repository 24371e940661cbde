//! The transformer: forward, backward, prefill and one decoding step, over packed rows of tokens.
//!
//! Linear maps are burn's; everything between them is in [`crate::ops`]. Knows no text, no loss and no file.

mod projection;
mod rope;
mod tape;
mod weights;

use std::sync::Arc;

use burn::tensor::Tensor;

pub(crate) use projection::Projection;
pub(crate) use rope::Rope;
pub(crate) use tape::accumulate;
pub(crate) use weights::{Block, Kind, QkNorm, Weights};

use crate::config::Config;
use crate::device::Device;
use crate::ops::attention::{self, Cache, Heads, Layout, Row};
use crate::ops::{embed, qk_norm, rms_norm, swiglu};

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
    /// `[n, (heads + 2 kv) * head_dim]`, before the normalisation of heads.
    qkv: Tensor<2>,
    /// Output of attention `[n, heads * head_dim]`.
    attended: Tensor<2>,
    /// After the attention's residual `[n, hidden]`.
    middle: Tensor<2>,
    /// `[n, 2 * intermediate]`
    gate_up: Tensor<2>,
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

    /// One block over rows `x` `[n, hidden]`, `attend` mapping its queries, keys and values to attention's output.
    fn block(
        &self,
        block: &Block,
        mut x: Tensor<2>,
        attend: impl FnOnce(&mut Tensor<2>) -> Tensor<2>,
    ) -> (Tensor<2>, Saved) {
        let (path, epsilon) = (self.device.path(), self.config.epsilon);
        let normed = rms_norm::forward(&mut x, &block.norm1, epsilon, path);
        let mut qkv = block.project(Projection::Qkv, &normed, path);
        let attended = match self.normed_heads(block, &mut qkv) {
            Some(mut normed) => attend(&mut normed),
            None => attend(&mut qkv),
        };
        let mut middle = block.project(Projection::Out, &attended, path) + x.clone();
        let normed = rms_norm::forward(&mut middle, &block.norm2, epsilon, path);
        let mut gate_up = block.project(Projection::GateUp, &normed, path);
        let h = swiglu::forward(&mut gate_up, path);
        let y = block.project(Projection::Down, &h, path) + middle.clone();
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

    /// Fused rows with normalised query and key heads; none if the model has no such normalisation.
    fn normed_heads(&self, block: &Block, qkv: &mut Tensor<2>) -> Option<Tensor<2>> {
        let (heads, epsilon) = (Heads::of(&self.config), self.config.epsilon);
        let norm = block.qk_norm.as_ref()?;
        Some(qk_norm::forward(
            qkv,
            norm,
            heads,
            epsilon,
            self.device.path(),
        ))
    }

    /// Final hidden states `[n, hidden]` of packed sequences, before the head.
    pub fn forward(&self, ids: &[u32], layout: &Layout) -> Tensor<2> {
        let mut x = embed::forward(&self.weights.embed, ids);
        for block in &self.weights.blocks {
            (x, _) = self.block(block, x, |qkv| attention::forward(qkv, layout));
        }
        self.final_norm(&mut x)
    }

    fn final_norm(&self, x: &mut Tensor<2>) -> Tensor<2> {
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
        self.final_norm(&mut embed::forward(&x, &last))
    }

    /// Hidden states `[rows, hidden]` after one more token per row.
    pub fn decode(&self, ids: &[u32], rows: &[Row], cache: &mut Cache) -> Tensor<2> {
        let mut x = embed::forward(&self.weights.embed, ids);
        for (layer, block) in self.weights.blocks.iter().enumerate() {
            (x, _) = self.block(block, x, |qkv| cache.attend(layer, qkv.clone(), rows));
        }
        self.final_norm(&mut x)
    }

    /// The head as `[hidden, vocab]`: a view of the embedding if they are tied.
    pub fn head(&self) -> Tensor<2> {
        match &self.weights.head {
            Some(head) => head.clone(),
            None => self.weights.embed.clone().transpose(),
        }
    }
}
