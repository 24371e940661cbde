//! `[generate]`: writing new instructions from few-shot prompts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::PromptFormat;

/// The instructions of earlier iterations that serve as few-shot examples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pool {
    /// Those that passed the difficulty filter, too, and were trained on: what is too easy or too hard is not imitated.
    Selected,
    /// All that `[filter]` kept.
    Kept,
}

/// How the policy writes new instructions (SeRL, arXiv 2505.20347, section 3.1).
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GenerateConfig {
    /// Few-shot prompts per iteration, one completion each.
    pub prompts: u32,
    /// Example instructions in a prompt.
    pub examples: u32,
    /// Share of the examples that are seeds; the others are instructions that the policy wrote in earlier
    /// iterations, as far as there are any.
    pub seed_fraction: f32,
    /// Which of its earlier instructions serve as examples.
    pub pool: Pool,
    /// Instructions taken from one completion, at most.
    pub max_per_prompt: u32,
    /// `raw` continues the template as plain text; `chat` sends it as a user message.
    pub format: PromptFormat,
    /// System message of a chat; empty: none (the chat template may add its own).
    pub system: String,
    /// The prompt: `{examples}` becomes the numbered examples, `{next}` the number that comes next.
    pub template: String,
    /// Softmax temperature.
    pub temperature: f32,
    /// Nucleus mass; 1 keeps the whole vocabulary.
    pub top_p: f32,
    /// Number of most likely tokens to keep; 0 keeps all.
    pub top_k: u32,
    /// Subtracted once from the logit of each token that the completion already holds, within -2..=2.
    pub presence_penalty: f32,
    /// Subtracted from a token's logit once for each time that the completion already holds it, within -2..=2.
    pub frequency_penalty: f32,
    /// Before this many tokens, end and stop tokens are not drawn and stop strings end nothing.
    pub min_new_tokens: u32,
    /// Length limit of a completion, in tokens.
    pub max_new_tokens: u32,
    /// Texts that end a completion and remain in it.
    pub stop: Vec<String>,
    /// Token ids that end a completion, besides the model's own end tokens.
    pub stop_tokens: Vec<u32>,
    /// Prompts sampled together; a kill loses at most one such batch.
    pub batch_prompts: u32,
}

impl Default for GenerateConfig {
    fn default() -> Self {
        Self {
            prompts: 128,
            examples: 8,
            seed_fraction: 0.25,
            pool: Pool::Selected,
            max_per_prompt: 8,
            format: PromptFormat::Chat,
            system: String::new(),
            template: "Come up with a series of new problems in the style of these. \
                       Write one problem per number and no solutions.\n{examples}\n{next}."
                .into(),
            temperature: 0.8,
            top_p: 0.95,
            top_k: 0,
            presence_penalty: 0.0,
            frequency_penalty: 0.0,
            min_new_tokens: 0,
            max_new_tokens: 1024,
            stop: Vec::new(),
            stop_tokens: Vec::new(),
            batch_prompts: 16,
        }
    }
}
