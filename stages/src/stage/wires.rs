//! Where nodes take their inputs from.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serl_artifacts::Digest;
use serl_pipeline::{ArtifactKind, Input};

/// An input that no node makes.
#[derive(Debug, Clone)]
pub struct External {
    /// Digest of its content.
    pub digest: Digest,
    /// Its path.
    pub path: PathBuf,
    /// Whether it is a file or a folder.
    pub kind: ArtifactKind,
}

impl From<&External> for Input {
    fn from(external: &External) -> Self {
        Self::External {
            digest: external.digest,
            path: external.path.clone(),
            kind: external.kind,
        }
    }
}

/// The inputs of a run.
#[derive(Debug, Clone)]
pub struct Externals {
    /// Folder of the policy to start from.
    pub policy: External,
    /// Table `instructions` of the seeds.
    pub seeds: External,
    /// Table `problems` of the held-out problems; none: no evaluation.
    pub problems: Option<External>,
    /// The files and folders that the reward judges by, under the names it gives them.
    pub evidence: BTreeMap<&'static str, External>,
}

/// The inputs of a node by name.
pub type Inputs = BTreeMap<String, Input>;

/// The inputs available to a node at its point of the run, besides the outputs of its own iteration.
#[derive(Debug, Clone)]
pub struct Wires {
    /// The policy as it is now.
    pub policy: Input,
    /// The policy from which the KL penalty measures.
    pub reference: Input,
    /// The seed instructions.
    pub seeds: Input,
    /// The held-out problems, if there are any.
    pub problems: Option<Input>,
    /// Everything kept in earlier iterations; none in the first one.
    pub pool: Option<Input>,
    /// The state of the optimizer, once there is one to carry on.
    pub trainer: Option<Input>,
    /// The evidence that the reward judges by.
    pub evidence: BTreeMap<&'static str, Input>,
}

/// Inputs from names and where they come from.
pub(crate) fn inputs<const N: usize>(wired: [(&str, Input); N]) -> Inputs {
    wired.map(|(name, input)| (name.to_owned(), input)).into()
}

/// Adds an input that not every node of a stage has.
pub(crate) fn add(inputs: &mut Inputs, name: &str, input: Option<&Input>) {
    inputs.extend(input.map(|input| (name.to_owned(), input.clone())));
}
