//! How many tokens the model's context has room for.

use anyhow::Result;
use serl_stages::config::{PromptConfig, PromptFormat};
use serl_stages::preview;

use super::RESPONSE_TOKENS;
use super::found::{Found, Model};
use crate::failure::Mistake;

/// Few-shot examples, as the paper has them, and fewer for short contexts.
const EXAMPLES: [u32; 5] = [8, 6, 4, 3, 2];
/// Tokens around an example: its number, a line break.
const AROUND: usize = 5;
/// Tokens of the few-shot prompt besides its examples.
const FRAME: usize = 48;
/// Tokens in which a response can say anything.
const LEAST: usize = 16;
/// New instructions that a completion may bring, each half again as long as a mean one.
const WRITTEN: f64 = 4.0 * 1.5;
/// Tokens of an instruction where there are none to count.
const USUAL: f64 = 48.0;

/// Numbers of tokens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Room {
    /// Few-shot examples of a prompt for new instructions.
    pub examples: u32,
    /// Most new tokens of a completion with new instructions.
    pub written: u32,
    /// Most new tokens of a response.
    pub response: u32,
    /// Mean tokens of an instruction.
    pub instruction: f64,
    /// Mean tokens of a prompt that puts one.
    pub prompt: f64,
}

impl Room {
    /// What fits, whatever seeds and problems a prompt has.
    ///
    /// # Errors
    /// The context is too short for the longest of them, or a text cannot be encoded.
    pub fn of(found: &Found) -> Result<Self> {
        let wanted = |instruction: f64| ((instruction * WRITTEN / 64.0).ceil() * 64.0).clamp(128.0, 1_024.0) as usize;
        let (Some(model), Some(seeds)) = (&found.model, &found.seeds) else {
            return Ok(Self {
                examples: EXAMPLES[0],
                written: wanted(USUAL) as u32,
                response: RESPONSE_TOKENS,
                instruction: USUAL,
                prompt: USUAL + FRAME as f64,
            });
        };
        let mut lengths = Vec::new();
        for text in &seeds.texts {
            lengths.push(model.tokenizer.encode(text)?.len());
        }
        lengths.sort_unstable_by(|a, b| b.cmp(a));
        let instruction = lengths.iter().sum::<usize>() as f64 / lengths.len().max(1) as f64;
        let longest = longest_prompt(model, found)?;
        let around = longest.saturating_sub(lengths.first().copied().unwrap_or(0));
        let left = model.context.saturating_sub(longest);
        if left < LEAST {
            return Err(too_short(model, &format!("the longest prompt has {longest} tokens")));
        }
        let fits = |examples: u32| {
            let count = examples as usize;
            let prompt = lengths.iter().take(count).sum::<usize>() + AROUND * count + FRAME + around;
            let left = model.context.saturating_sub(prompt);
            (left as f64 > 1.5 * instruction).then_some((examples, left))
        };
        let Some((examples, left_to_write)) = EXAMPLES.into_iter().find_map(fits) else {
            return Err(too_short(model, "two of the longest seeds leave no room for a new one"));
        };
        Ok(Self {
            examples,
            written: wanted(instruction).min(left_to_write) as u32,
            response: (RESPONSE_TOKENS as usize).min(left) as u32,
            instruction,
            prompt: instruction + around as f64,
        })
    }
}

/// The configuration of prompts for this model.
pub fn prompts(model: &Model) -> PromptConfig {
    PromptConfig {
        format: if model.chat {
            PromptFormat::Chat
        } else {
            PromptFormat::Raw
        },
        ..PromptConfig::default()
    }
}

/// Tokens of the longest prompt that puts a seed or a problem; the longest in bytes usually is the longest in tokens.
fn longest_prompt(model: &Model, found: &Found) -> Result<usize> {
    let seeds = found.seeds.iter().flat_map(|seeds| &seeds.texts);
    let texts = seeds.chain(found.problems.iter().map(|problems| &problems.longest));
    let mut longest: Vec<&String> = texts.collect();
    longest.sort_by_key(|text| std::cmp::Reverse(text.len()));
    let mut most = 0;
    for text in longest.into_iter().take(8) {
        most = most.max(preview::answer(&model.tokenizer, &prompts(model), text)?.tokens.len());
    }
    Ok(most)
}

fn too_short(model: &Model, why: &str) -> anyhow::Error {
    let text = format!(
        "the context of {} tokens of {} is too short: {why}",
        model.context,
        model.path.display()
    );
    Mistake::new(
        text,
        "leave out the longest seeds and problems, or name a model with a longer context",
    )
    .into()
}
