//! What a running stage has at hand beside its configuration and inputs: nothing that could change a result.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serl_lm::{Device, Dtype, Policy, Sampler};
use serl_pipeline::NodeContext;

use crate::config::ExecutionConfig;
use crate::error::StageError;
use crate::sampling::source::SamplerSource;

/// Where the policy is trained, and in which precision. Part of a train node's configuration, since devices round
/// differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compute {
    /// `flex`, `cuda`, `cuda:1`, …
    pub device: String,
    /// Precision of the operands of the blocks' products.
    pub dtype: Dtype,
}

impl Compute {
    /// The device itself.
    ///
    /// # Errors
    /// There is no such device here.
    pub fn open(&self) -> Result<Device, StageError> {
        Ok(Device::parse(&self.device)?.with_dtype(self.dtype))
    }
}

/// The tools of running stages. Stages get no other settings than those in their node's key; what is here never
/// changes a result, so it is in no key.
pub struct Lab {
    /// How often progress is saved, and what memory is spent.
    pub execution: ExecutionConfig,
    samplers: Box<dyn SamplerSource>,
}

impl Lab {
    /// A lab whose policies are sampled by `samplers`.
    pub fn new(execution: ExecutionConfig, samplers: Box<dyn SamplerSource>) -> Self {
        Self { execution, samplers }
    }

    /// The sampler of the policy folder that is the node's input `input`.
    ///
    /// # Errors
    /// No such input, a folder that cannot be loaded, or a sampler that draws in another way than `identity`, the one
    /// in the node's key, says.
    pub fn sampler(
        &mut self,
        ctx: &NodeContext<'_>,
        input: &str,
        identity: &Value,
    ) -> Result<std::sync::Arc<dyn Sampler>, StageError> {
        let sampler = self.samplers.open(ctx.input(input)?)?;
        let found = sampler.identity();
        if found == *identity {
            Ok(sampler)
        } else {
            Err(StageError::OtherSampler {
                key: identity.to_string(),
                found: found.to_string(),
            })
        }
    }

    /// The policy that is the node's input `input`, to be trained: nothing else holds its weights any more, neither as
    /// they are nor in the form that the sampler reads.
    ///
    /// # Errors
    /// No such input, or a folder that cannot be loaded.
    pub fn take_policy(&mut self, ctx: &NodeContext<'_>, input: &str, device: &Device) -> Result<Policy, StageError> {
        let input = ctx.input(input)?;
        match self.samplers.take(&input.digest) {
            Some(policy) if policy.device() == device => Ok(policy),
            // A policy on another device goes before this one comes.
            _ => Ok(Policy::load(&input.path, device)?),
        }
    }
}
