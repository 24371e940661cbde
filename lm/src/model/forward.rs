//! The forward pass.

use std::sync::{Arc, OnceLock};

use burn::tensor::Tensor;

use super::arch::{self, LayerSpec};
use super::init;
use super::layer::{Layer, Rounded};
use super::pairs::Pairs;
use super::params::{Form, Param, params};
use super::projection::{LoraConfig, Projection};
use super::weights::Weights;
use crate::Dtype;
use crate::config::{Config, Norms, QkNorms};
use crate::device::{Device, Path, Product};
use crate::ops::attention::{self, Layout};
use crate::ops::linear::{self, Operands, Weight};
use crate::ops::qk_norm::QkNorm;
use crate::ops::rope::Rope;
use crate::ops::{embed, gated, host, qk_norm, rms_norm, row_norm};
use crate::profile::{self, Phase};

/// A model's weights with all that computing with them needs.
#[derive(Debug, Clone)]
pub(crate) struct Model {
    pub config: Arc<Config>,
    pub weights: Weights,
    /// The facts of each layer.
    pub layers: Arc<[LayerSpec]>,
    /// The rotation tables that layers name.
    pub ropes: Arc<[Rope]>,
    pub device: Device,
    /// The blocks' matrices as products in bf16 read them, made for the first such product; clones share them.
    rounded: Arc<OnceLock<Arc<Rounded>>>,
    /// The head as products by terms read it, in the same way.
    head_operands: Arc<Operands>,
}

/// What a block's backward pass needs; the rest is computed again.
pub(crate) struct Saved {
    /// Input of the block `[n, hidden]`.
    pub x: Tensor<2>,
    /// `[n, (heads + 2 kv) * head_dim]`, before the normalisation of heads.
    pub qkv: Tensor<2>,
    /// Output of attention `[n, heads * head_dim]`.
    pub attended: Tensor<2>,
    /// After the attention's residual `[n, hidden]`.
    pub middle: Tensor<2>,
    /// `[n, 2 * intermediate]`
    pub gate_up: Tensor<2>,
    /// What attention and MLP give before a norm of it `[n, hidden]`; none where there is no such norm.
    pub outputs: [Option<Tensor<2>>; 2],
}

/// Values of a [`Saved`] for each row.
pub(crate) fn saved_width(config: &Config) -> usize {
    let (query, hidden) = (config.query_width(), config.hidden);
    let outputs = match config.norms {
        Norms::Before => 0,
        Norms::After | Norms::Around => 2 * hidden,
    };
    hidden + (query + 2 * config.kv_width()) + query + hidden + 2 * config.intermediate + outputs
}

impl Saved {
    /// The block's input alone, the rest of the memory given back.
    pub fn into_input(self) -> Tensor<2> {
        let Self {
            x,
            qkv,
            attended,
            middle,
            gate_up,
            outputs,
        } = self;
        [qkv, attended, middle, gate_up].into_iter().for_each(host::give);
        outputs.into_iter().flatten().for_each(host::give);
        x
    }

    /// Returns the memory for reuse.
    fn give(self) {
        host::give(self.into_input());
    }
}

impl Model {
    /// A model of `config` with these weights on `device`.
    pub fn new(config: Config, weights: Weights, device: &Device) -> Self {
        Self {
            layers: arch::layers(&config).into(),
            ropes: arch::ropes(&config),
            config: Arc::new(config),
            weights,
            device: device.clone(),
            rounded: Arc::default(),
            head_operands: Arc::default(),
        }
    }

    /// The description of all parameters, the pairs of an adapted model included.
    pub fn params(&self) -> Weights<Param> {
        let pairs = self.weights.blocks.iter().find_map(|block| block.lora.as_ref());
        params(&self.config, pairs.map(Pairs::config).as_ref())
    }

    /// Attaches fresh low-rank pairs, drawn from `seed`, to every block: the model computes the same as before.
    pub fn adapt(&mut self, lora: &LoraConfig, seed: u64) {
        let device = self.device.burn();
        let params = params(&self.config, Some(lora));
        for (block, param) in self.weights.blocks.iter_mut().zip(&params.blocks) {
            let pairs = param.lora.as_ref();
            block.lora = pairs.map(|pairs| pairs.map(|factor| init::draw(factor, seed, &device)));
        }
    }

    /// A value for what is trained, made by `zeros` of its shape. Frozen matrices become empty; frozen vectors become
    /// zeros, since their gradients come along with those of their inputs.
    pub fn zeros_by(&self, zeros: impl Fn([usize; 2]) -> Tensor<2>) -> Weights {
        let device = self.device.burn();
        self.params().map(|param| match param.form {
            Form::Linear | Form::Table if param.frozen => Tensor::empty([0, 0], &device),
            Form::Vector if param.frozen => Tensor::zeros(param.shape(), &device),
            _ => zeros(param.shape()),
        })
    }

    /// Zeros for what is trained; see [`Model::zeros_by`].
    pub fn zeros(&self) -> Weights {
        let device = self.device.burn();
        self.zeros_by(|shape| Tensor::zeros(shape, &device))
    }

    /// The rounded copies, made on the first call and kept; none if products read the matrices themselves: in f32, and
    /// on the host, which rounds product by product.
    pub fn rounded(&self) -> Option<Arc<Rounded>> {
        let Product { path, dtype, .. } = self.device.product();
        let make = || Arc::new(Rounded::new(&self.weights.blocks, dtype));
        (path == Path::Plain && dtype == Dtype::Bf16).then(|| Arc::clone(self.rounded.get_or_init(make)))
    }

    /// Drops what was made of the weights for products, before they change or where the memory is needed. Clones keep
    /// theirs.
    pub fn forget_rounded(&mut self) {
        self.rounded = Arc::default();
        let operands = std::mem::take(&mut self.head_operands);
        Arc::into_inner(operands).into_iter().for_each(Operands::give);
    }

    /// The layers to compute with, `rounded` being [`Model::rounded`].
    pub fn layers<'a>(
        &'a self,
        rounded: Option<&'a Rounded>,
    ) -> impl DoubleEndedIterator<Item = Layer<'a>> + ExactSizeIterator {
        let layers = self.weights.blocks.iter().zip(&*self.layers).enumerate();
        layers.map(move |(index, (block, spec))| {
            let rounded = rounded.map(|rounded| rounded.block(index));
            Layer::new(block, *spec, rounded, self.device.product())
        })
    }

    /// The layout of a batch of sequences.
    pub fn layout(&self, lengths: impl Iterator<Item = usize>) -> Layout {
        self.layout_continuing(lengths.map(|length| (length, None)))
    }

    /// The layout of spans of which some continue others, as [`Layout::new`].
    pub fn layout_continuing(&self, spans: impl Iterator<Item = (usize, Option<usize>)>) -> Layout {
        Layout::new(spans, Arc::clone(&self.ropes), &self.device)
    }

    /// One block over rows `x` `[n, hidden]`, `attend` mapping its queries, keys and values to attention's output.
    pub fn block(
        &self,
        layer: Layer,
        x: Tensor<2>,
        attend: impl FnOnce(&Tensor<2>) -> Tensor<2>,
    ) -> (Tensor<2>, Saved) {
        let block = layer.block;
        // The output of a norm or a gate is cheap to compute: the backward pass computes it again rather than keep it.
        let input = self.input(layer, &x, block.norm1.as_ref());
        let qkv = layer.project(Projection::Qkv, &input);
        host::give(input);
        let attended = match self.normed_heads(layer, &qkv) {
            Some(normed) => {
                let attended = attend(&normed);
                host::give(normed);
                attended
            }
            None => attend(&qkv),
        };
        let (middle, out) = self.add_output(layer, Projection::Out, &x, &attended, block.out_norm.as_ref());
        let input = self.input(layer, &middle, block.norm2.as_ref());
        let gate_up = layer.project(Projection::GateUp, &input);
        host::give(input);
        let h = gated::forward(&gate_up, layer.spec.gate, layer.inputs());
        let (y, down) = self.add_output(layer, Projection::Down, &middle, &h, block.down_norm.as_ref());
        host::give(h);
        let saved = Saved {
            x,
            qkv,
            attended,
            middle,
            gate_up,
            outputs: [out, down],
        };
        (y, saved)
    }

    /// The residual stream with the product of `input` added, and, where that has a norm, the product before it.
    fn add_output(
        &self,
        layer: Layer,
        projection: Projection,
        residual: &Tensor<2>,
        input: &Tensor<2>,
        norm: Option<&Tensor<2>>,
    ) -> (Tensor<2>, Option<Tensor<2>>) {
        let Some(norm) = norm else {
            return (layer.project_onto(residual, projection, input), None);
        };
        let output = layer.project(projection, input);
        (self.normed(&output, Some(norm)) + residual.clone(), Some(output))
    }

    /// The factors of a norm whose weights are `norm`.
    pub fn factors(&self, norm: &Tensor<2>) -> Tensor<2> {
        if self.config.unit_offset {
            norm.clone() + 1.0
        } else {
            norm.clone()
        }
    }

    /// Rows after a norm; the rows themselves if there is none.
    pub fn normed(&self, x: &Tensor<2>, norm: Option<&Tensor<2>>) -> Tensor<2> {
        self.normed_for(self.device.path().into(), x, norm)
    }

    /// [`Model::normed`] as an input of the products of `layer` alone.
    pub fn input(&self, layer: Layer, x: &Tensor<2>, norm: Option<&Tensor<2>>) -> Tensor<2> {
        self.normed_for(layer.inputs(), x, norm)
    }

    fn normed_for(&self, product: Product, x: &Tensor<2>, norm: Option<&Tensor<2>>) -> Tensor<2> {
        match norm {
            Some(norm) => rms_norm::forward(x, &self.factors(norm), self.config.epsilon, product),
            None => x.clone(),
        }
    }

    /// Fused rows with normalised queries and keys; none if the model has no such normalisation.
    pub fn normed_heads(&self, layer: Layer, qkv: &Tensor<2>) -> Option<Tensor<2>> {
        let norm = self.head_factors(layer)?;
        let (heads, epsilon, path) = (layer.spec.attention.heads, self.config.epsilon, self.device.path());
        match layer.spec.qk_norm {
            QkNorms::None => None,
            QkNorms::Head => Some(qk_norm::forward(qkv, &norm, heads, epsilon, path)),
            QkNorms::Row => Some(row_norm::forward(qkv, &norm, heads, epsilon, path)),
        }
    }

    /// The factors of the norms of queries and keys.
    pub fn head_factors(&self, layer: Layer) -> Option<QkNorm> {
        let norm = layer.block.qk_norm.as_ref()?;
        Some(QkNorm {
            q: self.factors(&norm.q),
            k: self.factors(&norm.k),
        })
    }

    /// The residual stream of rows of tokens before the first block.
    pub fn embedded(&self, ids: &[u32]) -> Tensor<2> {
        let x = embed::forward(&self.weights.embed, ids);
        match self.config.embed_scale {
            Some(scale) => x * scale,
            None => x,
        }
    }

    /// Hidden states `[n, hidden]` of rows of tokens, before the final norm. `attend(layer, spec, qkv)` is the
    /// attention of the layer with that number.
    pub fn trunk(
        &self,
        ids: &[u32],
        mut attend: impl FnMut(usize, attention::Spec, &Tensor<2>) -> Tensor<2>,
    ) -> Tensor<2> {
        let mut x = self.embedded(ids);
        let rounded = self.rounded();
        for (index, layer) in self.layers(rounded.as_deref()).enumerate() {
            let (y, saved) = self.block(layer, x, |qkv| attend(index, layer.spec.attention, qkv));
            saved.give();
            x = y;
        }
        x
    }

    /// Final hidden states `[n, hidden]` of packed sequences, before the head.
    pub fn forward(&self, ids: &[u32], layout: &Layout) -> Tensor<2> {
        self.final_norm(&self.trunk(ids, |_, spec, qkv| attention::forward(qkv, spec, layout)))
    }

    /// The norm before the head.
    pub fn final_norm(&self, x: &Tensor<2>) -> Tensor<2> {
        self.normed(x, Some(&self.weights.norm))
    }

    /// Logits `[n, vocab]` of final hidden states `[n, hidden]`.
    pub fn logits(&self, hidden: &Tensor<2>) -> Tensor<2> {
        let _span = profile::span(Phase::Head);
        linear::forward(hidden, self.head_weight(), None, self.device.head_product())
    }

    /// The head as a map: the embedding's transpose if they are tied.
    pub fn head_weight(&self) -> Weight<'_> {
        let weight = match &self.weights.head {
            Some(head) => Weight::from(head),
            None => Weight::transposed(&self.weights.embed),
        };
        weight.keeping(&self.head_operands)
    }

    /// The head as `[hidden, vocab]`: a view of the embedding if they are tied.
    pub fn head(&self) -> Tensor<2> {
        match &self.weights.head {
            Some(head) => head.clone(),
            None => self.weights.embed.clone().transpose(),
        }
    }
}
