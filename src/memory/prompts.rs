//! How long the prompts of a run are.

use anyhow::Result;
use serl_artifacts::tables::{Instruction, Problem};
use serl_lm::Tokenizer;
use serl_stages::config::{Config, Instructions};
use serl_stages::preview;

/// Texts of a kind that are counted: the longest ones, in bytes, for the longest, and the first ones for the mean.
const LONGEST: usize = 4;
const FIRST: usize = 64;

/// Tokens of prompts.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Prompts {
    /// With few-shot examples; 0 where nothing is generated.
    pub few_shot: usize,
    /// With an instruction: the longest. Of instructions that are yet to be written, seeds stand for the length.
    pub instruction: usize,
    /// The mean.
    pub mean_instruction: f64,
    /// With a problem: the longest; 0 without problems.
    pub problem: usize,
    /// The mean.
    pub mean_problem: f64,
}

impl Prompts {
    /// Those of a run with these seeds and problems.
    ///
    /// # Errors
    /// A text that cannot be put.
    pub fn of(tokenizer: &Tokenizer, config: &Config, seeds: &[Instruction], problems: &[Problem]) -> Result<Self> {
        let tokens = |text: &str| Ok(preview::answer(tokenizer, &config.prompt, text)?.tokens.len());
        let few_shot = match config.instructions {
            Instructions::Generated => preview::generate(tokenizer, config, seeds)?.tokens.len(),
            Instructions::Seeds => 0,
        };
        let (instruction, mean_instruction) = counted(seeds.iter().map(|seed| &seed.text[..]), &tokens)?;
        let (problem, mean_problem) = counted(problems.iter().map(|problem| &problem.problem[..]), &tokens)?;
        Ok(Self {
            few_shot,
            instruction,
            mean_instruction,
            problem,
            mean_problem,
        })
    }
}

/// Tokens of the longest text, and the mean.
fn counted<'a>(texts: impl Iterator<Item = &'a str>, tokens: &dyn Fn(&str) -> Result<usize>) -> Result<(usize, f64)> {
    let mut texts: Vec<&str> = texts.collect();
    let first: Vec<usize> = texts
        .iter()
        .take(FIRST)
        .map(|text| tokens(text))
        .collect::<Result<_>>()?;
    let mean = first.iter().sum::<usize>() as f64 / first.len().max(1) as f64;
    texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
    let long = texts.iter().take(LONGEST).map(|text| tokens(text));
    let longest = long.collect::<Result<Vec<usize>>>()?.into_iter().chain(first).max();
    Ok((longest.unwrap_or(0), mean))
}
