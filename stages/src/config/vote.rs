//! `[vote]`: sampling responses for the majority vote.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How the policy answers each kept instruction (SeRL, arXiv 2505.20347, section 3.2).
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct VoteConfig {
    /// Responses per instruction, `n_vote` of the paper.
    pub n: u32,
    /// Responses of each instruction that are trained on, the first ones; the others only vote. 0: all of them.
    pub train_n: u32,
    /// Softmax temperature.
    pub temperature: f32,
    /// Nucleus mass; 1 samples from the policy itself, as the importance ratio of training assumes.
    pub top_p: f32,
    /// Number of most likely tokens to keep; 0 keeps all.
    pub top_k: u32,
    /// Length limit of a response, in tokens.
    pub max_new_tokens: u32,
    /// Instructions answered together; a kill loses at most one such batch.
    pub batch_prompts: u32,
}

impl Default for VoteConfig {
    fn default() -> Self {
        Self {
            n: 16,
            train_n: 0,
            temperature: 1.0,
            top_p: 1.0,
            top_k: 0,
            max_new_tokens: 1024,
            batch_prompts: 8,
        }
    }
}
