//! Where samplers come from: this process, or another one that can draw from a policy's folder.

use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use serl_artifacts::{Digest, Tree, TreeFile};
use serl_lm::{Device, Folder, Policy, Sampler};
use serl_pipeline::ResolvedInput;

use crate::error::StageError;

/// The folder of an input, to load from: its files must be what the node's key says.
pub fn folder(input: &ResolvedInput) -> Folder {
    match &input.tree {
        Some(tree) => checked(&input.path, tree),
        None => Folder::new(&input.path),
    }
}

/// The folder `path`, to load from: its files must be those of `tree`.
pub(crate) fn checked(path: &Path, tree: &Tree) -> Folder {
    let digest = |(name, file): (&String, &TreeFile)| (name.clone(), *file.digest.as_bytes());
    Folder::with_digests(path, tree.files.iter().map(digest))
}

/// Opens samplers of policy folders.
pub trait SamplerSource {
    /// The identity of its samplers ([`Sampler::identity`]), known before there is a policy. It enters the key of every
    /// node that samples.
    fn identity(&self) -> Value;

    /// A sampler of the policy in the folder `policy`, which is loaded from [`folder`]`(policy)`.
    ///
    /// # Errors
    /// The folder cannot be loaded or has changed, or the process that draws cannot be reached.
    fn open(&mut self, policy: &ResolvedInput) -> Result<Arc<dyn Sampler>, StageError>;

    /// The policy in the folder `policy` itself, loaded as [`SamplerSource::open`] loads it; none from a source that
    /// holds no policy in this process.
    ///
    /// # Errors
    /// The folder cannot be loaded or has changed.
    fn policy(&mut self, _policy: &ResolvedInput) -> Result<Option<Arc<Policy>>, StageError> {
        Ok(None)
    }

    /// Gives up the policy in memory, whichever it is, to make room for training. Returns it if it has this digest and
    /// is not shared. A source that holds no policy in this process has nothing to do.
    fn take(&mut self, _policy: &Digest) -> Option<Policy> {
        None
    }
}

/// Samples in this process. Keeps the policy that was opened last: neighbouring nodes of an iteration share it.
pub struct LocalSamplers {
    device: Device,
    policy: Option<(Digest, Arc<Policy>)>,
}

impl LocalSamplers {
    /// Samplers on `device`.
    pub fn new(device: Device) -> Self {
        Self { device, policy: None }
    }

    fn load(&mut self, policy: &ResolvedInput) -> Result<Arc<Policy>, StageError> {
        if let Some((digest, open)) = &self.policy
            && *digest == policy.digest
        {
            return Ok(Arc::clone(open));
        }
        // The old weights go before the new ones come: two policies at once would double the peak memory.
        self.policy = None;
        let open = Arc::new(Policy::load(folder(policy), &self.device)?);
        self.policy = Some((policy.digest, Arc::clone(&open)));
        Ok(open)
    }
}

impl SamplerSource for LocalSamplers {
    fn identity(&self) -> Value {
        self.device.identity()
    }

    fn open(&mut self, policy: &ResolvedInput) -> Result<Arc<dyn Sampler>, StageError> {
        Ok(self.load(policy)?)
    }

    fn policy(&mut self, policy: &ResolvedInput) -> Result<Option<Arc<Policy>>, StageError> {
        self.load(policy).map(Some)
    }

    fn take(&mut self, policy: &Digest) -> Option<Policy> {
        let (digest, open) = self.policy.take()?;
        (digest == *policy).then(|| Arc::try_unwrap(open).ok()).flatten()
    }
}
