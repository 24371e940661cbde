//! `serl-quickstart build`.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use serl_quickstart::export;
use serl_quickstart::recipe::Recipe;

use super::output::tell;
use super::questions::read;

#[derive(Args)]
pub struct Options {
    /// Folder to write to; made when missing.
    #[arg(long)]
    out: PathBuf,
    /// Seed of everything drawn.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// JSON file with the fields of the recipe that differ from the built-in one.
    #[arg(long)]
    recipe: Option<PathBuf>,
}

impl Options {
    pub fn run(self) -> Result<()> {
        let written = export::write(&recipe(self.recipe.as_deref())?, self.seed, &self.out)?;
        tell(&format!(
            "{}: {} documents, {} tokens for the warm start",
            self.out.display(),
            written.documents,
            written.tokens
        ))
    }
}

/// The recipe of the file, or the built-in one.
pub fn recipe(file: Option<&Path>) -> Result<Recipe> {
    match file {
        Some(path) => serde_json::from_str(&read(path)?).with_context(|| format!("{} is not a recipe", path.display())),
        None => Ok(Recipe::default()),
    }
}
