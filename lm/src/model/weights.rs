//! The model's parameters, with the projections that share an input fused into one matrix.
//!
//! Matrices are `[in, out]`; vectors are kept as `[1, n]`, so that every parameter is a matrix to the optimiser.
//! Knows no file: names and layouts of checkpoints are in [`crate::checkpoint`].

use burn::tensor::Tensor;

use super::Projection;
use crate::device::Path;
use crate::lora::Pairs;

/// All parameters, or one tensor per parameter: gradients and optimiser moments have the same structure.
#[derive(Debug, Clone)]
pub(crate) struct Weights {
    /// `[vocab, hidden]`
    pub embed: Tensor<2>,
    pub blocks: Vec<Block>,
    /// `[1, hidden]`
    pub norm: Tensor<2>,
    /// `[hidden, vocab]`; none if the embedding is the head.
    pub head: Option<Tensor<2>>,
}

/// One transformer block.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    /// `[1, hidden]`, before attention
    pub norm1: Tensor<2>,
    /// `[hidden, (heads + 2 kv_heads) * head_dim]`: queries, keys, values
    pub qkv: Tensor<2>,
    pub qkv_bias: Option<Tensor<2>>,
    pub qk_norm: Option<QkNorm>,
    /// `[heads * head_dim, hidden]`
    pub out: Tensor<2>,
    pub out_bias: Option<Tensor<2>>,
    /// `[1, hidden]`, before the MLP
    pub norm2: Tensor<2>,
    /// `[hidden, 2 * intermediate]`: gate, up
    pub gate_up: Tensor<2>,
    /// `[intermediate, hidden]`
    pub down: Tensor<2>,
    /// Trained in place of all parameters while a trainer adapts the model; none in a policy that others see.
    pub lora: Option<Pairs>,
}

/// Factors of the normalisation of query and key heads, `[1, head_dim]` each: one for all heads of a kind.
#[derive(Debug, Clone)]
pub(crate) struct QkNorm {
    pub q: Tensor<2>,
    pub k: Tensor<2>,
}

/// Whether weight decay applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Matrix,
    /// Norms and biases.
    Vector,
}

/// Name (`layers.3.qkv`) and kind of a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Label {
    pub name: String,
    pub kind: Kind,
}

impl Weights {
    /// Every parameter in a fixed order: the order of norms, of sums and of files.
    pub fn tensors_mut(&mut self) -> Vec<&mut Tensor<2>> {
        let mut all = vec![&mut self.embed];
        for block in &mut self.blocks {
            all.extend([&mut block.norm1, &mut block.qkv]);
            all.extend(&mut block.qkv_bias);
            if let Some(norm) = &mut block.qk_norm {
                all.extend([&mut norm.q, &mut norm.k]);
            }
            all.push(&mut block.out);
            all.extend(&mut block.out_bias);
            all.extend([&mut block.norm2, &mut block.gate_up, &mut block.down]);
        }
        all.push(&mut self.norm);
        all.extend(&mut self.head);
        all
    }

    /// Every parameter, in the order of [`Weights::tensors_mut`].
    pub fn tensors(&self) -> Vec<&Tensor<2>> {
        let mut all = vec![&self.embed];
        for block in &self.blocks {
            all.extend([&block.norm1, &block.qkv]);
            all.extend(&block.qkv_bias);
            if let Some(norm) = &block.qk_norm {
                all.extend([&norm.q, &norm.k]);
            }
            all.push(&block.out);
            all.extend(&block.out_bias);
            all.extend([&block.norm2, &block.gate_up, &block.down]);
        }
        all.push(&self.norm);
        all.extend(&self.head);
        all
    }

    /// Names and kinds, in the order of [`Weights::tensors_mut`].
    pub fn labels(&self) -> Vec<Label> {
        let label = |name: String, kind| Label { name, kind };
        let mut all = vec![label("embed".to_owned(), Kind::Matrix)];
        for (index, block) in self.blocks.iter().enumerate() {
            let mut add = |name: &str, kind| all.push(label(format!("layers.{index}.{name}"), kind));
            add("norm1", Kind::Vector);
            add("qkv", Kind::Matrix);
            if block.qkv_bias.is_some() {
                add("qkv_bias", Kind::Vector);
            }
            if block.qk_norm.is_some() {
                add("q_norm", Kind::Vector);
                add("k_norm", Kind::Vector);
            }
            add("out", Kind::Matrix);
            if block.out_bias.is_some() {
                add("out_bias", Kind::Vector);
            }
            add("norm2", Kind::Vector);
            add("gate_up", Kind::Matrix);
            add("down", Kind::Matrix);
        }
        all.push(label("norm".to_owned(), Kind::Vector));
        if self.head.is_some() {
            all.push(label("head".to_owned(), Kind::Matrix));
        }
        all
    }

    /// Whether low-rank pairs are trained and all parameters are frozen.
    pub fn adapted(&self) -> bool {
        self.blocks.iter().any(|block| block.lora.is_some())
    }

    /// What is trained: the pairs of an adapted model, else every parameter. The order is that of
    /// [`Weights::trained_labels`].
    pub fn trained_mut(&mut self) -> Vec<&mut Tensor<2>> {
        if !self.adapted() {
            return self.tensors_mut();
        }
        let pairs = self.blocks.iter_mut().flat_map(|block| &mut block.lora);
        let pairs = pairs.flat_map(|pairs| pairs.pairs_mut());
        pairs.flat_map(|(_, pair)| [&mut pair.a, &mut pair.b]).collect()
    }

    /// What is trained, in the order of [`Weights::trained_mut`].
    pub fn trained(&self) -> Vec<&Tensor<2>> {
        if !self.adapted() {
            return self.tensors();
        }
        let pairs = self.blocks.iter().flat_map(|block| &block.lora);
        let pairs = pairs.flat_map(|pairs| pairs.pairs());
        pairs.flat_map(|(_, pair)| [&pair.a, &pair.b]).collect()
    }

    /// Names (`layers.3.q_proj.lora_a`) and kinds of what is trained.
    pub fn trained_labels(&self) -> Vec<Label> {
        if !self.adapted() {
            return self.labels();
        }
        let mut all = Vec::new();
        for (layer, block) in self.blocks.iter().enumerate() {
            for (target, _) in block.lora.iter().flat_map(Pairs::pairs) {
                all.extend(["lora_a", "lora_b"].map(|factor| Label {
                    name: format!("layers.{layer}.{}.{factor}", target.name()),
                    kind: Kind::Matrix,
                }));
            }
        }
        all
    }

    /// Zeros for what is trained; see [`Weights::zeros_by`].
    pub fn zeros_like(&self) -> Self {
        self.zeros_by(Tensor::zeros_like)
    }

    /// For each tensor that is trained, what `zeros` makes of it. Frozen matrices become empty; frozen vectors become
    /// zeros, since their gradients come along with those of their inputs.
    pub fn zeros_by(&self, zeros: impl Fn(&Tensor<2>) -> Tensor<2>) -> Self {
        let mut all = self.clone();
        if self.adapted() {
            for (tensor, label) in all.tensors_mut().into_iter().zip(self.labels()) {
                *tensor = match label.kind {
                    Kind::Matrix => Tensor::empty([0, 0], &tensor.device()),
                    Kind::Vector => tensor.zeros_like(),
                };
            }
        }
        for tensor in all.trained_mut() {
            *tensor = zeros(tensor);
        }
        all
    }

    /// Adds the pairs to the matrices; then they are gone.
    pub fn merge(&mut self, path: Path) {
        for block in &mut self.blocks {
            if let Some(pairs) = block.lora.take() {
                for projection in Projection::ALL {
                    let weight = block.weight_mut(projection);
                    // Moved out, so that it can be changed in place.
                    let own = std::mem::replace(weight, Tensor::empty([0, 0], &weight.device()));
                    *weight = pairs.merge(projection, own, path);
                }
            }
        }
    }
}
