//! Putting an instruction to the policy.

use serl_lm::{Conversation, Message, Rendered, Tokenizer};

use crate::config::{PromptConfig, PromptFormat};
use crate::error::StageError;

/// What a policy is asked, as text and as token ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// The text that the ids stand for, but for what the tokenizer adds to raw text.
    pub text: Rendered,
    /// The ids.
    pub tokens: Vec<u32>,
}

/// `text` in the given format, up to where the policy's turn begins. Control tokens that data spells out are text.
pub(crate) fn encode(
    tokenizer: &Tokenizer,
    format: PromptFormat,
    system: &str,
    text: Rendered,
) -> Result<Prompt, StageError> {
    match format {
        PromptFormat::Raw => Ok(Prompt {
            tokens: tokenizer.raw_rendered(&text)?,
            text,
        }),
        PromptFormat::Chat => {
            let system = (!system.is_empty()).then(|| Message::system(system));
            let messages: Vec<Message> = system.into_iter().chain([Message::user(text.text())]).collect();
            let text = tokenizer.render(&Conversation::prompt(&messages))?;
            Ok(Prompt {
                tokens: tokenizer.encode_rendered(&text)?,
                text,
            })
        }
    }
}

/// The prompt that asks for an answer to `instruction`.
///
/// # Errors
/// A chat template that is missing or fails, text that cannot be encoded.
pub(crate) fn ask(tokenizer: &Tokenizer, config: &PromptConfig, instruction: &str) -> Result<Prompt, StageError> {
    let mut text = Rendered::default();
    for (i, part) in config.template.split(PromptConfig::SLOT).enumerate() {
        if i > 0 {
            text.push_data(instruction);
        }
        text.push_trusted(part);
    }
    encode(tokenizer, config.format, &config.system, text)
}
