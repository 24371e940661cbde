//! Low-rank adaptation (Hu et al. 2021, arXiv:2106.09685): `y = x W + alpha / rank * (x A) B` with `W` frozen.
//!
//! Each target has a pair of its own, as in PEFT, also where its matrix is fused with others here. Pairs hang on the
//! blocks of a model while a trainer works on it; a policy that leaves the trainer is merged, so that whatever samples,
//! scores or saves one knows nothing of them.

mod pairs;
mod peft;

use std::ops::Range;

use serde::{Deserialize, Serialize};

pub(crate) use pairs::Pairs;
pub(crate) use peft::{load, save};

use crate::config::Config;
use crate::model::{Projection, Weights};

/// Which low-rank pairs are trained.
#[derive(Debug, Clone, PartialEq)]
pub struct LoraConfig {
    /// Columns of `A` and rows of `B`, at least 1.
    pub rank: usize,
    /// The product counts `alpha / rank` times.
    pub alpha: f64,
    /// The adapted matrices, at least one.
    pub targets: Vec<LoraTarget>,
}

/// A matrix of every block that can be adapted, by the name that PEFT and `transformers` give it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoraTarget {
    /// Queries.
    QProj,
    /// Keys.
    KProj,
    /// Values.
    VProj,
    /// Output of attention.
    OProj,
    /// Gate of the MLP.
    GateProj,
    /// Input of the MLP.
    UpProj,
    /// Output of the MLP.
    DownProj,
}

impl LoraTarget {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::QProj,
        Self::KProj,
        Self::VProj,
        Self::OProj,
        Self::GateProj,
        Self::UpProj,
        Self::DownProj,
    ];

    /// `q_proj`, …
    pub fn name(self) -> &'static str {
        match self {
            Self::QProj => "q_proj",
            Self::KProj => "k_proj",
            Self::VProj => "v_proj",
            Self::OProj => "o_proj",
            Self::GateProj => "gate_proj",
            Self::UpProj => "up_proj",
            Self::DownProj => "down_proj",
        }
    }

    /// The matrix that holds it.
    pub(crate) fn projection(self) -> Projection {
        match self {
            Self::QProj | Self::KProj | Self::VProj => Projection::Qkv,
            Self::OProj => Projection::Out,
            Self::GateProj | Self::UpProj => Projection::GateUp,
            Self::DownProj => Projection::Down,
        }
    }

    /// Rows of the matrix.
    pub(crate) fn inputs(self, config: &Config) -> usize {
        match self.projection() {
            Projection::Qkv | Projection::GateUp => config.hidden,
            Projection::Out => config.query_width(),
            Projection::Down => config.intermediate,
        }
    }

    /// Its columns in the matrix.
    pub(crate) fn columns(self, config: &Config) -> Range<usize> {
        let (query, kv, f) = (config.query_width(), config.kv_width(), config.intermediate);
        match self {
            Self::QProj => 0..query,
            Self::KProj => query..query + kv,
            Self::VProj => query + kv..query + 2 * kv,
            Self::GateProj => 0..f,
            Self::UpProj => f..2 * f,
            Self::OProj | Self::DownProj => 0..config.hidden,
        }
    }
}

/// Hangs a fresh adapter on every block: `A` uniform within `±1 / sqrt(inputs)`, as PEFT draws it, `B` zero, so that
/// the model computes what it did.
pub(crate) fn attach(
    weights: &mut Weights,
    config: &Config,
    lora: &LoraConfig,
    seed: u64,
    device: &burn::tensor::Device,
) {
    for (layer, block) in weights.blocks.iter_mut().enumerate() {
        block.lora = Some(Pairs::fresh(config, lora, layer, seed, device));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_configuration() {
        for target in LoraTarget::ALL {
            let name = serde_json::to_value(target).unwrap();
            assert_eq!(name, target.name());
        }
    }

    #[test]
    fn fused_columns_lie_side_by_side() {
        let config = crate::testing::config(8);
        let end = |target: LoraTarget| target.columns(&config).end;
        assert_eq!(end(LoraTarget::QProj), LoraTarget::KProj.columns(&config).start);
        assert_eq!(end(LoraTarget::KProj), LoraTarget::VProj.columns(&config).start);
        assert_eq!(end(LoraTarget::VProj), config.qkv_width());
        assert_eq!(end(LoraTarget::UpProj), 2 * config.intermediate);
    }
}
