//! `[drift]`: how far the generated instructions have moved from the seeds in meaning.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Drift by embeddings. Nothing that is trained on depends on it.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DriftConfig {
    /// Whether it is measured in every iteration that generates instructions.
    pub enabled: bool,
    /// Folder of a sentence encoder; empty: the hidden states of the policy that the run starts from. Its content is an
    /// input, its path changes no result.
    pub encoder: String,
}
