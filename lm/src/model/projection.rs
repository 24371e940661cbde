//! The matrices of a block that rows are multiplied by, and what each is made of.

use serde::{Deserialize, Serialize};

/// A matrix of a block, fused of all that read the same rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Projection {
    /// Queries, keys, values.
    Qkv,
    /// Output of attention.
    Out,
    /// Gate and input of the MLP.
    GateUp,
    /// Output of the MLP.
    Down,
}

impl Projection {
    /// All matrices.
    pub const ALL: [Self; 4] = [Self::Qkv, Self::Out, Self::GateUp, Self::Down];

    /// The matrices of a checkpoint that lie side by side in it, from the first column to the last.
    pub fn targets(self) -> &'static [LoraTarget] {
        match self {
            Self::Qkv => &[LoraTarget::QProj, LoraTarget::KProj, LoraTarget::VProj],
            Self::Out => &[LoraTarget::OProj],
            Self::GateUp => &[LoraTarget::GateProj, LoraTarget::UpProj],
            Self::Down => &[LoraTarget::DownProj],
        }
    }
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
    /// All targets.
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

    /// The fused matrix that holds it.
    pub(crate) fn projection(self) -> Projection {
        match self {
            Self::QProj | Self::KProj | Self::VProj => Projection::Qkv,
            Self::OProj => Projection::Out,
            Self::GateProj | Self::UpProj => Projection::GateUp,
            Self::DownProj => Projection::Down,
        }
    }

    /// Which part of a block it belongs to in a checkpoint: `self_attn` or `mlp`.
    pub(crate) fn section(self) -> &'static str {
        match self.projection() {
            Projection::Qkv | Projection::Out => "self_attn",
            Projection::GateUp | Projection::Down => "mlp",
        }
    }
}

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
    fn every_target_lies_in_its_projection_and_in_no_other() {
        let targets: Vec<_> = Projection::ALL
            .into_iter()
            .flat_map(|projection| projection.targets().iter().map(move |target| (*target, projection)))
            .collect();
        assert_eq!(targets, LoraTarget::ALL.map(|target| (target, target.projection())));
    }
}
