//! The one description of a model's parameters: the name of each, its shape and layout, whether it decays, and its
//! initial values.
//!
//! Loading and saving, initial weights, zeros, the optimizer's labels and the CPU's packed weights all follow from it.
//! To add a parameter: a field in [`Weights`] or [`Block`], which its two walks then ask for, and an entry here.

use super::arch::{self, LayerSpec};
use super::pairs::{Pair, Pairs};
use super::projection::{LoraConfig, LoraTarget, Projection};
use super::weights::{Block, Weights};
use crate::config::{Config, Norms, QkNorms};
use crate::ops::qk_norm::QkNorm;

/// A parameter. In memory all of them are matrices: a vector has one row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Param {
    /// Its name in the optimizer's state: `layers.3.qkv`.
    pub label: String,
    /// Rows in memory: the inputs of a matrix.
    pub rows: usize,
    pub form: Form,
    /// The tensors of a checkpoint that it is made of, from the first column to the last.
    pub parts: Vec<Part>,
    pub init: Init,
    /// Which of a block's matrices it is; none for other parameters.
    pub projection: Option<Projection>,
    /// It is not trained, because low-rank pairs are.
    pub frozen: bool,
}

/// How a parameter's tensors lie in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// `[out, in]`, transposed in memory.
    Linear,
    /// `[rows, columns]` as in memory.
    Table,
    /// `[n]`
    Vector,
}

/// Columns of a parameter that one tensor of a checkpoint fills.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    /// The module that has it in `transformers` or PEFT: `model.layers.0.self_attn.q_proj`.
    pub module: String,
    /// `weight` or `bias`
    pub leaf: &'static str,
    pub width: usize,
}

/// The initial values of a parameter.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Init {
    Zeros,
    Ones,
    /// Normal with this standard deviation, from the stream of the parameter's label.
    Normal(f32),
    /// Uniform within `±bound`, from a stream of this name.
    Uniform {
        bound: f32,
        stream: String,
    },
}

impl Part {
    /// The tensor's name in the file.
    pub fn name(&self) -> String {
        format!("{}.{}", self.module, self.leaf)
    }
}

impl Param {
    /// Columns in memory: the outputs of a matrix.
    pub fn columns(&self) -> usize {
        self.parts.iter().map(|part| part.width).sum()
    }

    /// `[rows, columns]` in memory.
    pub fn shape(&self) -> [usize; 2] {
        [self.rows, self.columns()]
    }

    /// Shape of a part in the file.
    pub fn file_shape(&self, part: &Part) -> Vec<usize> {
        match self.form {
            Form::Linear => vec![part.width, self.rows],
            Form::Table => vec![self.rows, part.width],
            Form::Vector => vec![part.width],
        }
    }

    /// Whether it holds the weights of a norm.
    pub fn is_norm(&self) -> bool {
        self.form == Form::Vector && self.parts.iter().all(|part| part.leaf == "weight")
    }

    /// Whether weight decay applies: to matrices, not to norms and biases.
    pub fn decays(&self) -> bool {
        self.form != Form::Vector
    }
}

/// The parameters of a model of `config`; with `lora`, its blocks have low-rank pairs and all else is frozen.
///
/// Initial weights: embeddings normal with `initializer_range`, other matrices normal with `1 / sqrt(inputs)`, those
/// that write to the residual stream additionally divided by `sqrt(2 * layers)` (as in GPT-2, Radford et al. 2019,
/// section 2.3), norms 1, biases 0.
pub(crate) fn params(config: &Config, lora: Option<&LoraConfig>) -> Weights<Param> {
    let hidden = config.hidden;
    let table = Param {
        form: Form::Table,
        init: Init::Normal(config.initializer_range),
        ..matrix(
            "embed".to_owned(),
            config.vocab,
            vec![weight("model.embed_tokens", hidden)],
        )
    };
    let head = || matrix("head".to_owned(), hidden, vec![weight("lm_head", config.vocab)]);
    let layers = arch::layers(config);
    let mut params = Weights {
        embed: table,
        blocks: layers
            .iter()
            .enumerate()
            .map(|(layer, spec)| block(config, layer, spec))
            .collect(),
        norm: norm(config, "norm".to_owned(), "model.norm".to_owned(), hidden),
        head: (!config.tied).then(head),
    };
    if let Some(lora) = lora {
        params.iter_mut().for_each(|param| param.frozen = true);
        for (layer, block) in params.blocks.iter_mut().enumerate() {
            block.lora = Some(pairs(lora, config.fused, layer, block));
        }
    }
    params
}

/// The parameters of one block.
fn block(config: &Config, layer: usize, spec: &LayerSpec) -> Block<Param> {
    let (hidden, query, kv) = (config.hidden, config.query_width(), config.kv_width());
    let label = |name: &str| format!("layers.{layer}.{name}");
    let module = |name: &str| format!("model.layers.{layer}.{name}");
    let parts = |projection: Projection, leaf, widths: &[usize]| -> Vec<Part> {
        let targets = projection.targets(config.fused);
        let part = |(target, widths): (&LoraTarget, &[usize])| Part {
            module: module(&format!("{}.{}", target.section(), target.name())),
            leaf,
            width: widths.iter().sum(),
        };
        targets
            .iter()
            .zip(widths.chunks(widths.len() / targets.len()))
            .map(part)
            .collect()
    };
    let product = |name: &str, projection, rows, widths: &[usize]| Param {
        projection: Some(projection),
        ..matrix(label(name), rows, parts(projection, "weight", widths))
    };
    // What every block adds to the residual stream would otherwise make its variance grow with the number of blocks.
    let residual = |name: &str, projection, rows: usize| Param {
        init: Init::Normal(((2 * config.layers * rows) as f32).powf(-0.5)),
        ..product(name, projection, rows, &[hidden])
    };
    let bias = |name: &str, projection, widths: &[usize]| vector(label(name), parts(projection, "bias", widths));
    let scale = |name: &str, file: &str, width| norm(config, label(name), module(file), width);
    let [q_width, k_width] = match spec.qk_norm {
        QkNorms::Row => [query, kv],
        QkNorms::Head | QkNorms::None => [config.head_dim; 2],
    };
    // What is before the MLP where outputs have norms too is after attention where they have none.
    let (before_mlp, after_attention, after_mlp) = match spec.norms {
        Norms::Before => (Some("post_attention_layernorm"), None, None),
        Norms::After => (
            None,
            Some("post_attention_layernorm"),
            Some("post_feedforward_layernorm"),
        ),
        Norms::Around => (
            Some("pre_feedforward_layernorm"),
            Some("post_attention_layernorm"),
            Some("post_feedforward_layernorm"),
        ),
    };
    let hidden_norm = |name: &str, file: Option<&str>| file.map(|file| scale(name, file, hidden));
    Block {
        norm1: hidden_norm("norm1", (spec.norms != Norms::After).then_some("input_layernorm")),
        qkv: product("qkv", Projection::Qkv, hidden, &[query, kv, kv]),
        qkv_bias: spec
            .qkv_bias
            .then(|| bias("qkv_bias", Projection::Qkv, &[query, kv, kv])),
        qk_norm: (spec.qk_norm != QkNorms::None).then(|| QkNorm {
            q: scale("q_norm", "self_attn.q_norm", q_width),
            k: scale("k_norm", "self_attn.k_norm", k_width),
        }),
        out: residual("out", Projection::Out, query),
        out_bias: spec.out_bias.then(|| bias("out_bias", Projection::Out, &[hidden])),
        out_norm: hidden_norm("out_norm", after_attention),
        norm2: hidden_norm("norm2", before_mlp),
        gate_up: product("gate_up", Projection::GateUp, hidden, &[config.intermediate; 2]),
        down: residual("down", Projection::Down, config.intermediate),
        down_norm: hidden_norm("down_norm", after_mlp),
        lora: None,
    }
}

/// The low-rank pairs of a block: `A` uniform within `±1 / sqrt(inputs)`, as PEFT draws it, `B` zero, so that the model
/// computes the same as before.
fn pairs(lora: &LoraConfig, fused: bool, layer: usize, block: &Block<Param>) -> Pairs<Param> {
    let pair = |target: LoraTarget| {
        let name = format!("layers.{layer}.{}", target.name());
        let matrix_of = block.weight(target.projection());
        let before = target.projection().targets(fused).iter().zip(&matrix_of.parts);
        let before = before.take_while(|(other, _)| **other != target);
        let first = before.clone().map(|(_, part)| part.width).sum();
        let part = &matrix_of.parts[before.count()];
        let factor = |letter: &str, rows, width| {
            let module = format!("base_model.model.{}.lora_{letter}", part.module);
            let label = format!("{name}.lora_{}", letter.to_lowercase());
            matrix(label, rows, vec![weight(&module, width)])
        };
        let bound = (matrix_of.rows as f32).powf(-0.5);
        let a = Param {
            init: Init::Uniform {
                bound,
                stream: name.clone(),
            },
            ..factor("A", matrix_of.rows, lora.rank)
        };
        let b = Param {
            init: Init::Zeros,
            ..factor("B", lora.rank, part.width)
        };
        Pair { a, b, first }
    };
    Pairs::new(lora, pair)
}

fn weight(module: &str, width: usize) -> Part {
    Part {
        module: module.to_owned(),
        leaf: "weight",
        width,
    }
}

fn matrix(label: String, rows: usize, parts: Vec<Part>) -> Param {
    Param {
        label,
        rows,
        form: Form::Linear,
        parts,
        init: Init::Normal((rows as f32).powf(-0.5)),
        projection: None,
        frozen: false,
    }
}

fn vector(label: String, parts: Vec<Part>) -> Param {
    Param {
        label,
        rows: 1,
        form: Form::Vector,
        parts,
        init: Init::Zeros,
        projection: None,
        frozen: false,
    }
}

fn norm(config: &Config, label: String, module: String, width: usize) -> Param {
    Param {
        init: if config.unit_offset { Init::Zeros } else { Init::Ones },
        ..vector(label, vec![weight(&module, width)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::config;

    fn everything() -> Config {
        Config {
            qk_norm: QkNorms::Head,
            out_bias: true,
            ..config(20)
        }
    }

    #[test]
    fn labels_are_those_of_saved_optimizer_states() {
        let all = params(&everything(), None);
        let labels: Vec<&str> = all.iter().map(|param| &*param.label).collect();
        let block = "norm1 qkv qkv_bias q_norm k_norm out out_bias norm2 gate_up down";
        let block = |layer: usize| block.split(' ').map(move |name| format!("layers.{layer}.{name}"));
        let expected: Vec<String> = std::iter::once("embed".to_owned())
            .chain((0..2).flat_map(block))
            .chain(["norm", "head"].map(str::to_owned))
            .collect();
        assert_eq!(labels, expected);
    }

    #[test]
    fn tensors_are_called_as_transformers_does() {
        let all = params(&everything(), None);
        let block = &all.blocks[1];
        let names = |param: &Param| param.parts.iter().map(Part::name).collect::<Vec<_>>();
        assert_eq!(
            names(block.qkv_bias.as_ref().unwrap()),
            ["q", "k", "v"].map(|letter| format!("model.layers.1.self_attn.{letter}_proj.bias"))
        );
        assert_eq!(
            names(&block.gate_up),
            ["gate", "up"].map(|name| format!("model.layers.1.mlp.{name}_proj.weight"))
        );
        assert_eq!(
            names(block.norm2.as_ref().unwrap()),
            ["model.layers.1.post_attention_layernorm.weight"]
        );
        assert_eq!(
            names(&block.qk_norm.as_ref().unwrap().k),
            ["model.layers.1.self_attn.k_norm.weight"]
        );
        assert_eq!(names(all.head.as_ref().unwrap()), ["lm_head.weight"]);
    }

    #[test]
    fn pairs_are_named_as_peft_does_and_lie_in_their_columns() {
        let lora = LoraConfig {
            rank: 3,
            alpha: 6.0,
            targets: LoraTarget::ALL.to_vec(),
        };
        let config = everything();
        let all = params(&config, Some(&lora));
        let pairs = all.blocks[1].lora.as_ref().unwrap();
        let (query, kv, f) = (config.query_width(), config.kv_width(), config.intermediate);
        let firsts: Vec<usize> = pairs.pairs().map(|(_, pair)| pair.first).collect();
        assert_eq!(firsts, [0, query, query + kv, 0, 0, f, 0]);
        let (_, v) = pairs.pairs().nth(2).unwrap();
        assert_eq!((v.a.shape(), v.b.shape()), ([config.hidden, 3], [3, kv]));
        assert_eq!(v.a.label, "layers.1.v_proj.lora_a");
        assert_eq!(
            v.b.parts[0].name(),
            "base_model.model.model.layers.1.self_attn.v_proj.lora_B.weight"
        );
        let frozen = all.iter().filter(|param| param.frozen).count();
        assert_eq!(frozen, params(&config, None).iter().len());
    }
}
