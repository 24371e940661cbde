//! How the tensors of a checkpoint are called, and which part of which parameter each is.

use crate::config::Config;

/// Columns of a parameter that one checkpoint tensor fills.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    /// `model.layers.0.self_attn.q_proj.weight`
    pub name: String,
    pub width: usize,
}

/// A parameter of [`crate::model::Weights`] as the checkpoint has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub form: Form,
    /// Rows of the parameter in memory.
    pub rows: usize,
    /// From the first column to the last.
    pub parts: Vec<Part>,
}

/// The shape of a parameter's tensors in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// `[out, in]`, transposed in memory.
    Linear,
    /// `[rows, columns]` as in memory.
    Table,
    /// `[n]`
    Vector,
}

impl Entry {
    /// Columns of the parameter in memory.
    pub fn columns(&self) -> usize {
        self.parts.iter().map(|part| part.width).sum()
    }

    /// Shape of a part in the file.
    pub fn shape(&self, part: &Part) -> Vec<usize> {
        match self.form {
            Form::Linear => vec![part.width, self.rows],
            Form::Table => vec![self.rows, part.width],
            Form::Vector => vec![part.width],
        }
    }
}

/// All parameters, in the order of [`crate::model::Weights::tensors`].
pub(crate) fn entries(config: &Config) -> Vec<Entry> {
    let entry = |form, rows, parts: &[(String, usize)]| Entry {
        form,
        rows,
        parts: parts
            .iter()
            .map(|(name, width)| Part {
                name: name.clone(),
                width: *width,
            })
            .collect(),
    };
    let hidden = config.hidden;
    let (query, kv, f) = (config.query_width(), config.kv_width(), config.intermediate);
    let mut all = vec![entry(
        Form::Table,
        config.vocab,
        &[("model.embed_tokens.weight".to_owned(), hidden)],
    )];
    for layer in 0..config.layers {
        let name = |suffix: &str| format!("model.layers.{layer}.{suffix}");
        let qkv = |kind: &str| {
            [("q", query), ("k", kv), ("v", kv)]
                .map(|(letter, width)| (name(&format!("self_attn.{letter}_proj.{kind}")), width))
        };
        all.push(entry(Form::Vector, 1, &[(name("input_layernorm.weight"), hidden)]));
        all.push(entry(Form::Linear, hidden, &qkv("weight")));
        if config.qkv_bias {
            all.push(entry(Form::Vector, 1, &qkv("bias")));
        }
        if config.qk_norm {
            for norm in ["q_norm", "k_norm"] {
                let name = name(&format!("self_attn.{norm}.weight"));
                all.push(entry(Form::Vector, 1, &[(name, config.head_dim)]));
            }
        }
        all.push(entry(Form::Linear, query, &[(name("self_attn.o_proj.weight"), hidden)]));
        if config.out_bias {
            all.push(entry(Form::Vector, 1, &[(name("self_attn.o_proj.bias"), hidden)]));
        }
        all.push(entry(
            Form::Vector,
            1,
            &[(name("post_attention_layernorm.weight"), hidden)],
        ));
        let gate_up = [(name("mlp.gate_proj.weight"), f), (name("mlp.up_proj.weight"), f)];
        all.push(entry(Form::Linear, hidden, &gate_up));
        all.push(entry(Form::Linear, f, &[(name("mlp.down_proj.weight"), hidden)]));
    }
    all.push(entry(Form::Vector, 1, &[("model.norm.weight".to_owned(), hidden)]));
    if !config.tied {
        all.push(entry(
            Form::Linear,
            hidden,
            &[("lm_head.weight".to_owned(), config.vocab)],
        ));
    }
    all
}
