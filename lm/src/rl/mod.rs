//! The arithmetic of learning from rewards, as plain functions over rewards and log-probabilities.
//!
//! ```text
//! rewards ─┬─> advantages ─┐
//! KL ──────┘               ├─> surrogate per token ─> weight of the token ─> loss and gradient
//! log-probabilities ───────┘
//! ```
//! Knows no model: nothing here touches a tensor. `tests/fixtures/rl/oracle.py` computes the same in NumPy and PyTorch.

pub mod advantage;
pub mod aggregation;
mod groups;
pub mod imitation;
pub mod kl;
pub mod preference;
pub mod surrogate;
