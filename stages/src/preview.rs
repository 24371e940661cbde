//! What a run will ask its policy, before it runs.

use serl_artifacts::tables::{Instruction, Problem};
use serl_lm::{Shape, Tokenizer};

use crate::config::{Config, Instructions, PromptConfig, PromptFormat};
use crate::error::StageError;
use crate::generate::first_prompt;
use crate::sampling::ask;

pub use crate::sampling::ask::Prompt;

/// The prompt under which the policy answers an instruction or a problem.
///
/// # Errors
/// A chat template that is missing or fails, text that cannot be encoded.
pub fn answer(tokenizer: &Tokenizer, config: &PromptConfig, instruction: &str) -> Result<Prompt, StageError> {
    ask::ask(tokenizer, config, instruction)
}

/// The first prompt that asks for new instructions, in the first iteration.
///
/// # Errors
/// As for [`answer`].
pub fn generate(tokenizer: &Tokenizer, config: &Config, seeds: &[Instruction]) -> Result<Prompt, StageError> {
    first_prompt(tokenizer, &config.generate, config.seed, seeds)
}

/// Makes a prompt of each kind, so that what would stop a run at such a prompt stops it before: the first few-shot
/// prompt, the first seed as an instruction, and the longest problem.
///
/// # Errors
/// As for [`answer`]; a prompt that is too long for the model, has a token that the model does not have, or does not
/// show the instruction.
pub fn check(
    tokenizer: &Tokenizer,
    config: &Config,
    shape: &Shape,
    seeds: &[Instruction],
    problems: &[Problem],
) -> Result<(), StageError> {
    if let Some(seed) = seeds.first() {
        let prompt = answer(tokenizer, &config.prompt, &seed.text)?;
        if config.prompt.format == PromptFormat::Chat && prompt.text.data().is_empty() {
            return Err(StageError::Config {
                key: "prompt.format",
                reason: "the model's chat template does not show the user's message: mend the template, or use \
                         \"raw\""
                    .to_owned(),
            });
        }
        has_tokens(shape, &prompt)?;
    }
    if config.instructions == Instructions::Generated {
        let few_shot = generate(tokenizer, config, seeds)?;
        has_tokens(shape, &few_shot)?;
        let (key, new) = ("generate.max_new_tokens", config.generate.max_new_tokens);
        fits(shape, "few-shot prompt 0".to_owned(), &few_shot, key, new)?;
    }
    // In bytes, which need no tokenizer: usually the longest in tokens, too.
    let Some(longest) = problems.iter().max_by_key(|problem| problem.problem.len()) else {
        return Ok(());
    };
    let prompt = answer(tokenizer, &config.prompt, &longest.problem)?;
    let what = format!("problem {}", longest.id);
    fits(shape, what, &prompt, "eval.max_new_tokens", config.eval.max_new_tokens)
}

fn fits(shape: &Shape, what: String, prompt: &Prompt, key: &'static str, new: u32) -> Result<(), StageError> {
    let (prompt, context) = (prompt.tokens.len(), shape.context_length());
    if prompt + new as usize <= context {
        return Ok(());
    }
    Err(StageError::PromptTooLong {
        what,
        prompt,
        key,
        new,
        context,
    })
}

fn has_tokens(shape: &Shape, prompt: &Prompt) -> Result<(), StageError> {
    let vocab = shape.vocab_size();
    match prompt.tokens.iter().find(|&&id| id as usize >= vocab) {
        None => Ok(()),
        Some(id) => Err(StageError::Config {
            key: "model.path",
            reason: format!(
                "the tokenizer makes token {id} of a prompt, but the model's vocabulary has {vocab} entries: take \
                 both from one model"
            ),
        }),
    }
}
