//! `serl-quickstart seeds`.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use serde_json::json;
use serl_quickstart::export::lines;
use serl_quickstart::noise::{Noise, spoil};
use serl_quickstart::splits::Splits;

use super::build::recipe;
use super::output::tell;

#[derive(Args)]
pub struct Options {
    /// Folder to write `seeds.jsonl` and `noise.jsonl` to; made when missing.
    #[arg(long)]
    out: PathBuf,
    /// Share of the seeds that is spoilt, from 0 to 1.
    #[arg(long, default_value_t = 0.0, value_parser = share)]
    noise: f64,
    /// Kinds of noise, which take turns.
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = Noise::ALL)]
    kinds: Vec<Noise>,
    /// Seed of the noise.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Seed of the build whose seeds these are, so that no held-out problem of that build is among them.
    #[arg(long, default_value_t = 1)]
    build_seed: u64,
    /// Recipe of that build.
    #[arg(long)]
    recipe: Option<PathBuf>,
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("it must be a number from 0 to 1".to_owned()),
    }
}

impl Options {
    pub fn run(self) -> Result<()> {
        let recipe = recipe(self.recipe.as_deref())?;
        recipe.check()?;
        let domain = recipe.domain()?;
        let seeds = Splits::new(domain, &recipe, self.build_seed).seeds;
        let spoilt = spoil(domain, &seeds, self.noise, &self.kinds, self.seed);
        let mut texts: Vec<&str> = seeds.iter().map(|problem| problem.question.as_str()).collect();
        for spoilt in &spoilt {
            texts[spoilt.row] = &spoilt.after;
        }
        fs::create_dir_all(&self.out).with_context(|| format!("cannot make {}", self.out.display()))?;
        lines(
            &self.out.join("seeds.jsonl"),
            texts.iter().map(|text| json!({"problem": text})),
        )?;
        lines(&self.out.join("noise.jsonl"), spoilt.iter())?;
        tell(&format!(
            "{}: {} of {} seeds are spoilt",
            self.out.display(),
            spoilt.len(),
            seeds.len()
        ))
    }
}
