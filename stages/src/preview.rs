//! What a run will ask its policy, before it runs.

use serl_artifacts::tables::Instruction;
use serl_lm::Tokenizer;

use crate::config::{Config, PromptConfig};
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

/// Makes the first prompt of each kind, so that what would stop a run at its first prompt stops it before.
///
/// # Errors
/// As for [`answer`].
pub fn check(tokenizer: &Tokenizer, config: &Config, seeds: &[Instruction]) -> Result<(), StageError> {
    if let Some(seed) = seeds.first() {
        answer(tokenizer, &config.prompt, &seed.text)?;
    }
    generate(tokenizer, config, seeds).map(drop)
}
