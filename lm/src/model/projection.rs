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
    ///
    /// `fused`: checkpoints of the model have the matrix as it is.
    pub fn targets(self, fused: bool) -> &'static [LoraTarget] {
        match (self, fused) {
            (Self::Qkv, true) => &[LoraTarget::QkvProj],
            (Self::Qkv, false) => &[LoraTarget::QProj, LoraTarget::KProj, LoraTarget::VProj],
            (Self::Out, _) => &[LoraTarget::OProj],
            (Self::GateUp, true) => &[LoraTarget::GateUpProj],
            (Self::GateUp, false) => &[LoraTarget::GateProj, LoraTarget::UpProj],
            (Self::Down, _) => &[LoraTarget::DownProj],
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
    /// Queries, keys and values, where a checkpoint has them in one matrix.
    QkvProj,
    /// Gate and input of the MLP, where a checkpoint has them in one matrix.
    GateUpProj,
}

impl LoraTarget {
    /// All targets of a model whose checkpoint has every matrix by itself.
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
            Self::QkvProj => "qkv_proj",
            Self::GateUpProj => "gate_up_proj",
        }
    }

    /// The fused matrix that holds it.
    pub(crate) fn projection(self) -> Projection {
        match self {
            Self::QProj | Self::KProj | Self::VProj | Self::QkvProj => Projection::Qkv,
            Self::OProj => Projection::Out,
            Self::GateProj | Self::UpProj | Self::GateUpProj => Projection::GateUp,
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

/// `targets` as a model has them: where its checkpoint has several in one matrix, all of them mean that matrix. None if
/// only some of them are there, which no pair can adapt.
pub(crate) fn present(targets: &[LoraTarget], fused: bool) -> Option<Vec<LoraTarget>> {
    let mut present = Vec::new();
    for projection in Projection::ALL {
        let (alone, there) = (projection.targets(false), projection.targets(fused));
        let named = alone.iter().filter(|target| targets.contains(target)).count();
        let whole = projection.targets(true).iter().any(|target| targets.contains(target));
        match (whole || named == alone.len(), fused) {
            (true, _) => present.extend(there),
            (false, true) if named > 0 => return None,
            (false, _) => present.extend(there.iter().filter(|target| targets.contains(target))),
        }
    }
    Some(present)
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
        let targets = |fused| -> Vec<(LoraTarget, Projection)> {
            let of = |projection: Projection| {
                projection
                    .targets(fused)
                    .iter()
                    .map(move |target| (*target, projection))
            };
            Projection::ALL.into_iter().flat_map(of).collect()
        };
        assert_eq!(
            targets(false),
            LoraTarget::ALL.map(|target| (target, target.projection()))
        );
        for (target, projection) in targets(true) {
            assert_eq!(target.projection(), projection);
        }
    }

    #[test]
    fn matrices_that_are_one_in_the_checkpoint_are_adapted_together() {
        use LoraTarget::{DownProj, GateProj, GateUpProj, KProj, OProj, QProj, QkvProj, UpProj, VProj};
        assert_eq!(
            present(&LoraTarget::ALL, true),
            Some(vec![QkvProj, OProj, GateUpProj, DownProj])
        );
        assert_eq!(present(&LoraTarget::ALL, false), Some(LoraTarget::ALL.to_vec()));
        assert_eq!(present(&[VProj, UpProj], false), Some(vec![VProj, UpProj]));
        assert_eq!(
            present(&[QkvProj, DownProj], false),
            Some(vec![QProj, KProj, VProj, DownProj])
        );
        assert_eq!(
            present(&[QProj, KProj, VProj, UpProj, GateProj], true),
            Some(vec![QkvProj, GateUpProj])
        );
        assert_eq!(present(&[QProj, OProj], true), None);
    }
}
