//! The tools of a running stage besides its configuration and inputs: none of them can change a result.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serl_lm::{Device, Dtype, Embedder, Policy, Sampler, SentenceEncoder};
use serl_pipeline::NodeContext;

use crate::config::execution::ExecutionConfig;
use crate::error::StageError;
use crate::sampling::source::{SamplerSource, folder};

/// Where the policy is trained, and in which precision. Part of a train node's configuration, since devices round
/// differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compute {
    /// `flex`, `cuda`, `cuda:1`, …, `wgpu`
    pub device: String,
    /// Precision of the operands of the blocks' products.
    pub dtype: Dtype,
    /// How these products are summed, where that has changed ([`serl_lm::products`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub products: Option<String>,
}

impl Compute {
    /// Computing on `device` in `dtype`.
    pub fn new(device: &str, dtype: Dtype) -> Self {
        Self {
            device: device.to_owned(),
            dtype,
            products: serl_lm::products(device, dtype).map(str::to_owned),
        }
    }

    /// The device itself.
    ///
    /// # Errors
    /// There is no such device here.
    pub fn open(&self) -> Result<Device, StageError> {
        Ok(Device::open(&self.device, self.dtype)?)
    }
}

/// What turns texts into vectors, as a part of a node's configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Embedding {
    /// The hidden states of a policy, computed as this says.
    HiddenStates(Compute),
    /// A sentence encoder, which always computes in f32 on the CPU.
    SentenceEncoder,
}

/// Loads the policy that is the node's input `input`.
///
/// # Errors
/// No such input, or a folder that cannot be loaded or has changed.
pub(crate) fn load(ctx: &NodeContext<'_>, input: &str, device: &Device) -> Result<Policy, StageError> {
    let policy = Policy::load(folder(ctx.input(input)?), device);
    policy.map_err(|error| StageError::from(error).of_input(ctx, input))
}

/// The tools of running stages. Stages get no other settings than those in their node's key; nothing in here can change
/// a result, so it is in no key.
pub struct Lab {
    /// How often progress is saved, and how much memory is spent.
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
    /// No such input, a folder that cannot be loaded, or a sampler whose identity is not `identity`, the one in the
    /// node's key.
    pub fn sampler(
        &mut self,
        ctx: &NodeContext<'_>,
        input: &str,
        identity: &Value,
    ) -> Result<Arc<dyn Sampler>, StageError> {
        let opened = self.samplers.open(ctx.input(input)?);
        let sampler = opened.map_err(|error| error.of_input(ctx, input))?;
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

    /// The embedder that is the node's input `input`: a policy, which may be the one that samples, or the folder of a
    /// sentence encoder.
    ///
    /// # Errors
    /// No such input, or a folder that cannot be loaded.
    pub fn embedder(
        &mut self,
        ctx: &NodeContext<'_>,
        input: &str,
        embedding: &Embedding,
    ) -> Result<Arc<dyn Embedder>, StageError> {
        let of_input = |error: StageError| error.of_input(ctx, input);
        let Embedding::HiddenStates(compute) = embedding else {
            let encoder = SentenceEncoder::load(folder(ctx.input(input)?));
            return Ok(Arc::new(encoder.map_err(|error| of_input(error.into()))?));
        };
        let device = compute.open()?;
        match self.samplers.policy(ctx.input(input)?).map_err(of_input)? {
            Some(policy) if policy.device().computes_as(&device) => Ok(policy),
            _ => Ok(Arc::new(load(ctx, input, &device)?)),
        }
    }

    /// The policy that is the node's input `input`, to be trained. Nothing else holds its weights afterwards, neither
    /// as they are nor in the form that the sampler reads.
    ///
    /// # Errors
    /// No such input, or a folder that cannot be loaded.
    pub fn take_policy(&mut self, ctx: &NodeContext<'_>, input: &str, device: &Device) -> Result<Policy, StageError> {
        match self.samplers.take(&ctx.input(input)?.digest) {
            Some(policy) if policy.device().is_same(device) => Ok(policy.with_precision(device.precision())),
            // A policy on another device is freed before this one is loaded.
            _ => load(ctx, input, device),
        }
    }
}
