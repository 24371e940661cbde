//! Where nodes take their inputs from.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serl_artifacts::{Digest, Tree, TreeFile};
use serl_lm::{ModelFile, SentenceEncoder};
use serl_pipeline::{Input, verify_output};

use crate::error::StageError;

/// An input that no node makes.
#[derive(Debug, Clone)]
pub struct External {
    /// Digest of its content.
    pub digest: Digest,
    /// Its path.
    pub path: PathBuf,
    /// The files of a folder, as they were when it was hashed; none: it is a file.
    pub tree: Option<Arc<Tree>>,
}

impl External {
    /// The model folder `path`: the files that loading reads, as they are now, each read once. What loading would
    /// refuse is refused here, before a node runs.
    ///
    /// # Errors
    /// Those of [`serl_lm::survey`]; a file is a damaged object of a store.
    pub fn model(path: &Path) -> Result<Self, StageError> {
        // Damage to a policy that a run made is told as such.
        verify_output(path, &serl_lm::model_files(path)?)?;
        Ok(Self::folder(path, serl_lm::survey(path)?))
    }

    /// The folder `path` of a sentence encoder, as [`External::model`].
    ///
    /// # Errors
    /// Those of [`SentenceEncoder::survey`]; a file is a damaged object of a store.
    pub fn encoder(path: &Path) -> Result<Self, StageError> {
        verify_output(path, &SentenceEncoder::files(path)?)?;
        Ok(Self::folder(path, SentenceEncoder::survey(path)?))
    }

    fn folder(path: &Path, files: Vec<ModelFile>) -> Self {
        let file = |file: ModelFile| {
            let digest = Digest::from(file.digest);
            (
                file.name,
                TreeFile {
                    digest,
                    bytes: file.bytes,
                },
            )
        };
        let tree = Tree {
            files: files.into_iter().map(file).collect(),
        };
        Self {
            digest: tree.digest(),
            path: path.to_owned(),
            tree: Some(Arc::new(tree)),
        }
    }
}

impl From<&External> for Input {
    fn from(external: &External) -> Self {
        Self::External {
            digest: external.digest,
            path: external.path.clone(),
            tree: external.tree.clone(),
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
    /// Folder of the sentence encoder that drift is measured with; none: the policy to start from.
    pub encoder: Option<External>,
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
    /// What drift is measured with: a sentence encoder, or the policy that the run started from.
    pub embedder: Input,
    /// The vectors that earlier iterations have made with it.
    pub vectors: Vec<Input>,
    /// The seed instructions.
    pub seeds: Input,
    /// The held-out problems, if there are any.
    pub problems: Option<Input>,
    /// Everything kept in earlier iterations; none in the first one.
    pub pool: Option<Input>,
    /// The instructions among which the iteration's are: what it kept, or the seeds.
    pub instructions: Input,
    /// The pool of few-shot examples of the last iteration; none in the first one.
    pub examples: Option<Input>,
    /// The verdicts on the difficulty of the last iteration's instructions, round by round.
    pub selections: Vec<Input>,
    /// The state of the optimizer, once there is one to carry on.
    pub trainer: Option<Input>,
    /// The figures of the last round's training.
    pub figures: Option<Input>,
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
