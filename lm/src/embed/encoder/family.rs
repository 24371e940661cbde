//! Families of encoders: their `model_type`, and what their tensors are called.

use std::path::Path;

use serde_json::{Map, Value};

use crate::LmError;

const SUPPORTED: &str = "model_type `bert`, `roberta`, `xlm-roberta`, `distilbert` and `mpnet`";

/// A family whose models differ from BERT's in names and tables alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    /// Devlin et al. 2019, arXiv:1810.04805.
    Bert,
    /// Liu et al. 2019, arXiv:1907.11692: positions begin after the number of the padding token.
    Roberta,
    /// Conneau et al. 2020, arXiv:1911.02116.
    XlmRoberta,
    /// Sanh et al. 2019, arXiv:1910.01108: no token types.
    DistilBert,
    /// Song et al. 2020, arXiv:2004.09297: scores have a bias by distance.
    MpNet,
}

/// What the modules of a layer are called, after the name of the layer.
pub(super) struct Names {
    /// Of layers, before their numbers.
    pub layers: &'static str,
    pub query: &'static str,
    pub key: &'static str,
    pub value: &'static str,
    pub out: &'static str,
    /// The norm after attention.
    pub norm1: &'static str,
    pub up: &'static str,
    pub down: &'static str,
    /// The norm after the MLP.
    pub norm2: &'static str,
}

const BERT: Names = Names {
    layers: "encoder.layer",
    query: "attention.self.query",
    key: "attention.self.key",
    value: "attention.self.value",
    out: "attention.output.dense",
    norm1: "attention.output.LayerNorm",
    up: "intermediate.dense",
    down: "output.dense",
    norm2: "output.LayerNorm",
};

const DISTIL_BERT: Names = Names {
    layers: "transformer.layer",
    query: "attention.q_lin",
    key: "attention.k_lin",
    value: "attention.v_lin",
    out: "attention.out_lin",
    norm1: "sa_layer_norm",
    up: "ffn.lin1",
    down: "ffn.lin2",
    norm2: "output_layer_norm",
};

const MP_NET: Names = Names {
    query: "attention.attn.q",
    key: "attention.attn.k",
    value: "attention.attn.v",
    out: "attention.attn.o",
    norm1: "attention.LayerNorm",
    ..BERT
};

impl Family {
    /// The family that `model_type` names.
    pub fn of(path: &Path, config: &Map<String, Value>) -> Result<Self, LmError> {
        match config.get("model_type").and_then(Value::as_str) {
            Some("bert") => Ok(Self::Bert),
            Some("roberta") => Ok(Self::Roberta),
            Some("xlm-roberta") => Ok(Self::XlmRoberta),
            Some("distilbert") => Ok(Self::DistilBert),
            Some("mpnet") => Ok(Self::MpNet),
            other => Err(LmError::Unsupported {
                path: path.to_path_buf(),
                what: format!("model_type `{}` of a sentence encoder", other.unwrap_or("(none)")),
                supported: SUPPORTED,
            }),
        }
    }

    /// What its modules are called.
    pub fn names(self) -> &'static Names {
        match self {
            Self::Bert | Self::Roberta | Self::XlmRoberta => &BERT,
            Self::DistilBert => &DISTIL_BERT,
            Self::MpNet => &MP_NET,
        }
    }

    /// Begins all names in files of a model with a head.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Bert => "bert.",
            Self::Roberta | Self::XlmRoberta => "roberta.",
            Self::DistilBert => "distilbert.",
            Self::MpNet => "mpnet.",
        }
    }

    /// Whether tokens have types, all of them the first one here.
    pub fn has_types(self) -> bool {
        matches!(self, Self::Bert | Self::Roberta | Self::XlmRoberta)
    }

    /// The row of the first position in the table of positions, `padding` being the number of the padding token.
    pub fn first_position(self, padding: Option<usize>) -> usize {
        match self {
            Self::Bert | Self::DistilBert => 0,
            Self::Roberta | Self::XlmRoberta => padding.unwrap_or(1).saturating_add(1),
            Self::MpNet => 2,
        }
    }
}
