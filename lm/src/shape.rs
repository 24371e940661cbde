//! What the shape of a model bounds, read from its configuration alone: a setting beyond it is refused before the
//! weights are loaded.

use std::path::Path;

use crate::config::Config;
use crate::folder::ModelFiles;
use crate::model::projection::present;
use crate::{Extent, LmError, LoraTarget, Policy};

/// The shape of the model in a folder.
#[derive(Debug, Clone)]
pub struct Shape(pub(crate) Config);

impl Shape {
    /// The shape of the model in `folder`, whose weights are not read.
    ///
    /// # Errors
    /// A `config.json` that is missing, damaged or of a model that is not supported.
    pub fn of(folder: &Path) -> Result<Self, LmError> {
        Ok(Self(Config::of(&ModelFiles::read(folder)?)?))
    }

    /// The shape of a policy.
    pub fn of_policy(policy: &Policy) -> Self {
        Self(Config::clone(&policy.model.config))
    }

    /// How far token ids and sequences go.
    pub fn extent(&self) -> Extent {
        Extent {
            vocab: self.0.vocab,
            context: self.0.context,
        }
    }

    /// The most tokens that a sequence may have.
    pub fn context_length(&self) -> usize {
        self.0.context
    }

    /// Every token id is below it.
    pub fn vocab_size(&self) -> usize {
        self.0.vocab
    }

    /// The largest rank that a low-rank pair for each of `targets` can make use of: the smaller side of the smallest of
    /// these matrices.
    pub fn largest_rank(&self, targets: &[LoraTarget]) -> usize {
        let config = &self.0;
        // Some but not all parts of one matrix: attaching them is refused with a better reason.
        let targets = present(targets, config.fused).unwrap_or_default();
        let sides = |target: &LoraTarget| match target {
            LoraTarget::QProj | LoraTarget::OProj => [config.hidden, config.query_width()],
            LoraTarget::KProj | LoraTarget::VProj => [config.hidden, config.kv_width()],
            LoraTarget::GateProj | LoraTarget::UpProj | LoraTarget::DownProj => [config.hidden, config.intermediate],
            LoraTarget::QkvProj => [config.hidden, config.query_width() + 2 * config.kv_width()],
            LoraTarget::GateUpProj => [config.hidden, 2 * config.intermediate],
        };
        targets.iter().flat_map(sides).min().unwrap_or(usize::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::folder;

    #[test]
    fn a_shape_is_that_of_the_configuration_and_needs_no_weights() {
        let folder = folder("llama", true);
        let shape = Shape::of(folder.path()).unwrap();
        let config = &shape.0;
        assert_eq!(
            (shape.context_length(), shape.vocab_size()),
            (config.context, config.vocab)
        );
        assert_eq!(
            shape.largest_rank(&[LoraTarget::DownProj]),
            config.hidden.min(config.intermediate)
        );
        assert_eq!(shape.largest_rank(&LoraTarget::ALL), config.kv_width());
        assert!(Shape::of(Path::new("nowhere")).is_err());
    }
}
