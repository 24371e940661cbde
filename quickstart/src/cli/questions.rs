//! The questions of a JSONL file, and the domain that they are of.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::Value;
use serl_quickstart::domain::Domain;
use serl_quickstart::domains;

/// Where questions are found in a row.
const KEYS: [&str; 4] = ["text", "problem", "question", "instruction"];

/// Questions to look at.
#[derive(Args)]
pub struct Questions {
    /// File with one JSON object a line (the question under text, problem, question or instruction), or -
    /// for standard input.
    file: PathBuf,
    /// Domain of the questions.
    #[arg(long, default_value = "arithmetic", value_parser = domain)]
    pub domain: &'static dyn Domain,
}

fn domain(name: &str) -> Result<&'static dyn Domain, String> {
    domains::named(name).ok_or_else(|| format!("the domains are {}", domains::names()))
}

impl Questions {
    /// The questions in the order of the file; at least one.
    pub fn read(&self) -> Result<Vec<String>> {
        let file = self.file.display();
        let mut questions = Vec::new();
        let text = read(&self.file)?;
        for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
            let value: Value =
                serde_json::from_str(line).with_context(|| format!("{file} line {number} is not JSON"))?;
            match KEYS.iter().find_map(|key| value.get(key)?.as_str()) {
                Some(question) => questions.push(question.to_owned()),
                None => bail!("{file} line {number} has none of the keys {}", KEYS.join(", ")),
            }
        }
        if questions.is_empty() {
            bail!("{file} has no questions");
        }
        Ok(questions)
    }
}

/// The text of the file, or of standard input for `-`.
pub fn read(path: &Path) -> Result<String> {
    if path == Path::new("-") {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text)?;
        return Ok(text);
    }
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}
