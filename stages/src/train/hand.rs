//! The policy that is trained, loaded when it is first needed.

use serl_lm::{Device, Policy};
use serl_pipeline::NodeContext;

use crate::error::StageError;
use crate::stage::lab::Lab;

/// The node's input policy. An interrupted node that continues from a checkpoint may never need it, so it is loaded
/// late. It is given away by value, so that training holds its weights once.
pub(super) struct PolicyInHand<'a> {
    lab: &'a mut Lab,
    device: &'a Device,
    policy: Option<Policy>,
}

impl<'a> PolicyInHand<'a> {
    pub(super) fn new(lab: &'a mut Lab, device: &'a Device) -> Self {
        Self {
            lab,
            device,
            policy: None,
        }
    }

    /// The policy.
    pub(super) fn get(&mut self, ctx: &NodeContext<'_>) -> Result<&Policy, StageError> {
        let policy = self.take(ctx)?;
        Ok(self.policy.insert(policy))
    }

    /// The policy, to be changed. It is loaded again if it is asked for once more.
    pub(super) fn take(&mut self, ctx: &NodeContext<'_>) -> Result<Policy, StageError> {
        match self.policy.take() {
            Some(policy) => Ok(policy),
            None => self.lab.take_policy(ctx, "policy", self.device),
        }
    }

    /// Frees the policy's memory.
    pub(super) fn drop(&mut self) {
        self.policy = None;
    }
}
