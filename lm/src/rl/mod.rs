//! The arithmetic of policy-gradient learning, as plain functions over rewards and log-probabilities.
//!
//! Knows no model: nothing here touches a tensor.

pub mod advantage;
pub mod kl;
pub mod ppo;
