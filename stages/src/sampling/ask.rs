//! Putting an instruction to the policy.

use serl_lm::{Message, Tokenizer};

use crate::config::{PromptConfig, PromptFormat};
use crate::error::StageError;

/// The token ids of `text` in the given format, up to where the policy's turn begins.
pub(crate) fn encode(
    tokenizer: &Tokenizer,
    format: PromptFormat,
    system: &str,
    text: &str,
) -> Result<Vec<u32>, StageError> {
    match format {
        PromptFormat::Raw => Ok(tokenizer.raw(text)?),
        PromptFormat::Chat => {
            let system = (!system.is_empty()).then(|| Message::system(system));
            let messages: Vec<Message> = system.into_iter().chain([Message::user(text)]).collect();
            Ok(tokenizer.chat(&messages)?)
        }
    }
}

/// The prompt that asks for an answer to `instruction`.
pub(crate) fn ask(tokenizer: &Tokenizer, config: &PromptConfig, instruction: &str) -> Result<Vec<u32>, StageError> {
    let text = config.template.replace(PromptConfig::SLOT, instruction);
    encode(tokenizer, config.format, &config.system, &text)
}
