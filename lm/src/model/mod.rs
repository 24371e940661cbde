//! The transformer: forward and backward over packed rows of tokens.
//!
//! What it computes with is in [`crate::ops`]. Knows no text, no loss and no file.

mod layer;
mod projection;
mod rope;
mod tape;
mod weights;

use std::sync::{Arc, OnceLock};

use burn::tensor::Tensor;

pub(crate) use layer::{Layer, Rounded};
pub(crate) use projection::Projection;
pub(crate) use rope::Rope;
pub(crate) use tape::Keep;
pub(crate) use weights::{Block, Kind, QkNorm, Weights};

use crate::config::Config;
use crate::device::Device;
use crate::engine::cpu::Packed;
use crate::ops::attention::{self, Heads, Layout};
use crate::ops::linear::{self, Weight};
use crate::ops::{embed, host, qk_norm, rms_norm, swiglu};
use crate::profile::{self, Phase};

/// A model's weights with all that computing with them needs.
#[derive(Debug, Clone)]
pub(crate) struct Model {
    pub config: Arc<Config>,
    pub weights: Weights,
    pub rope: Arc<Rope>,
    pub device: Device,
    /// The weights as the CPU's engine reads them, once they have been packed; clones share it.
    packed: Arc<OnceLock<Arc<Packed>>>,
    /// The blocks' matrices as products in bf16 read them, once there has been one; clones share it.
    rounded: Arc<OnceLock<Arc<Rounded>>>,
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
        [qkv, attended, middle, gate_up].into_iter().for_each(host::give);
        x
    }

    /// Gives the memory back to be used again.
    fn give(self) {
        host::give(self.into_input());
    }
}

impl Model {
    /// A model of `config` with these weights on `device`.
    pub fn new(config: Config, weights: Weights, device: &Device) -> Self {
        Self {
            rope: Arc::new(Rope::new(&config)),
            config: Arc::new(config),
            weights,
            device: device.clone(),
            packed: Arc::default(),
            rounded: Arc::default(),
        }
    }

    /// The weights as the CPU's engine reads them: packed on the first call and kept.
    pub fn packed(&self) -> Arc<Packed> {
        Arc::clone(self.packed.get_or_init(|| Arc::new(Packed::new(self))))
    }

    /// Gives up what was packed and rounded: before the weights change, or where the memory is needed. Clones keep
    /// theirs.
    pub fn forget_copies(&mut self) {
        self.packed = Arc::default();
        self.rounded = Arc::default();
    }

    /// The weights, to change: what was packed and rounded of them is given up.
    pub fn weights_mut(&mut self) -> &mut Weights {
        self.forget_copies();
        &mut self.weights
    }

    /// The layout of a batch of sequences.
    pub fn layout(&self, lengths: impl Iterator<Item = usize>) -> Layout {
        Layout::new(lengths, Heads::of(&self.config), Arc::clone(&self.rope), &self.device)
    }

    /// The layout of spans of which some continue others, as [`Layout::continuing`].
    pub fn layout_continuing(&self, spans: impl Iterator<Item = (usize, Option<usize>)>) -> Layout {
        let heads = Heads::of(&self.config);
        Layout::continuing(spans, heads, Arc::clone(&self.rope), &self.device)
    }

    /// One block over rows `x` `[n, hidden]`, `attend` mapping its queries, keys and values to attention's output.
    fn block(&self, layer: Layer, x: Tensor<2>, attend: impl FnOnce(&Tensor<2>) -> Tensor<2>) -> (Tensor<2>, Saved) {
        let (path, epsilon, block) = (self.device.path(), self.config.epsilon, layer.block);
        let normed = rms_norm::forward(&x, &block.norm1, epsilon, path);
        let qkv = layer.project(Projection::Qkv, &normed);
        host::give(normed);
        let attended = match self.normed_heads(block, &qkv) {
            Some(normed) => {
                let attended = attend(&normed);
                host::give(normed);
                attended
            }
            None => attend(&qkv),
        };
        let middle = layer.project_onto(&x, Projection::Out, &attended);
        let normed = rms_norm::forward(&middle, &block.norm2, epsilon, path);
        let gate_up = layer.project(Projection::GateUp, &normed);
        host::give(normed);
        let h = swiglu::forward(&gate_up, path);
        let y = layer.project_onto(&middle, Projection::Down, &h);
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

    /// Fused rows with normalised query and key heads; none if the model has no such normalisation.
    fn normed_heads(&self, block: &Block, qkv: &Tensor<2>) -> Option<Tensor<2>> {
        let (heads, epsilon) = (Heads::of(&self.config), self.config.epsilon);
        let norm = block.qk_norm.as_ref()?;
        Some(qk_norm::forward(qkv, norm, heads, epsilon, self.device.path()))
    }

    /// Hidden states `[n, hidden]` of rows of tokens, before the final norm. `attend(layer, qkv)` is the attention of a
    /// block.
    pub fn trunk(&self, ids: &[u32], mut attend: impl FnMut(usize, &Tensor<2>) -> Tensor<2>) -> Tensor<2> {
        let mut x = embed::forward(&self.weights.embed, ids);
        let rounded = self.rounded();
        for (index, layer) in self.layers(rounded.as_deref()).enumerate() {
            let (y, saved) = self.block(layer, x, |qkv| attend(index, qkv));
            saved.give();
            x = y;
        }
        x
    }

    /// Final hidden states `[n, hidden]` of packed sequences, before the head.
    pub fn forward(&self, ids: &[u32], layout: &Layout) -> Tensor<2> {
        self.final_norm(&self.trunk(ids, |_, qkv| attention::forward(qkv, layout)))
    }

    /// The norm before the head.
    pub fn final_norm(&self, x: &Tensor<2>) -> Tensor<2> {
        rms_norm::forward(x, &self.weights.norm, self.config.epsilon, self.device.path())
    }

    /// Logits `[n, vocab]` of final hidden states `[n, hidden]`.
    pub fn logits(&self, hidden: &Tensor<2>) -> Tensor<2> {
        let _span = profile::span(Phase::Head);
        linear::forward(hidden, self.head_weight(), None, self.device.path())
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
