//! `[prompt]` and `[answers]`: how the policy is asked, and how its final answer is read.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How a text reaches the policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PromptFormat {
    /// As a user message in the model's chat template.
    Chat,
    /// As plain text after the beginning-of-sequence token, to be continued.
    Raw,
}

/// The prompt under which instructions and held-out problems are answered.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PromptConfig {
    /// `chat` or `raw`.
    pub format: PromptFormat,
    /// The message: `{instruction}` becomes the instruction.
    pub template: String,
    /// System message; empty: none (the chat template may add its own).
    pub system: String,
}

impl PromptConfig {
    /// The place of the instruction in [`PromptConfig::template`].
    pub const SLOT: &str = "{instruction}";
}

impl Default for PromptConfig {
    fn default() -> Self {
        Self {
            format: PromptFormat::Chat,
            template: "{instruction}\nPlease reason step by step, and put your final answer within \\boxed{}.".into(),
            system: String::new(),
        }
    }
}

/// How final answers are read from responses.
#[derive(Debug, Clone, PartialEq, JsonSchema, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AnswersConfig {
    /// Extraction methods. Of the marks `boxed`, `hash` (`#### x`) and `phrase` ("the answer is x"), the last in the
    /// response counts. Marks as one and the other methods are tried in this order: `choice` (a last line that is an
    /// option letter), `bare` (the whole response is an answer), `last_formula`, `last_number`.
    pub order: Vec<String>,
}

impl Default for AnswersConfig {
    fn default() -> Self {
        Self {
            order: serl_answers::DEFAULT_ORDER.iter().map(ToString::to_string).collect(),
        }
    }
}
