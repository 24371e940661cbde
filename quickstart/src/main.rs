//! Command line of the quickstart domain: builds the warm-start data, and judges generated questions.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::{Parser, Subcommand};
use serde_json::{Value, json};
use serl_quickstart::check::solve;
use serl_quickstart::export;
use serl_quickstart::recipe::Recipe;

/// The synthetic domain of arithmetic word problems behind the embedded default.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Write seeds, evaluation problems, warm-start documents and the untrained policy folder.
    Build {
        /// Folder to write to; made when missing.
        #[arg(long)]
        out: PathBuf,
        /// Seed of everything drawn.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// JSON file with the fields of the recipe that differ from the built-in one.
        #[arg(long)]
        recipe: Option<PathBuf>,
    },
    /// Print the share of strictly coherent questions of a JSONL file, and why the others are not.
    Coherence {
        /// File with one JSON object a line (the question under text, problem, question or instruction), or -
        /// for standard input.
        file: PathBuf,
        /// List every question that is not coherent, with the reason.
        #[arg(long)]
        list: bool,
    },
}

/// Everything that can fail here is a file or a value that the user named: exit code 2.
fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Build { out, seed, recipe } => build(&out, seed, recipe.as_deref()),
        Command::Coherence { file, list } => coherence(&file, list),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&format!("error: {error:#}"));
            ExitCode::from(2)
        }
    }
}

fn build(out: &Path, seed: u64, recipe: Option<&Path>) -> Result<()> {
    let recipe = match recipe {
        Some(path) => {
            serde_json::from_str(&read(path)?).with_context(|| format!("{} is not a recipe", path.display()))?
        }
        None => Recipe::default(),
    };
    let written = export::write(&recipe, seed, out)?;
    tell(&format!(
        "{}: {} documents, {} tokens for the warm start",
        out.display(),
        written.documents,
        written.tokens
    ))
}

/// Prints a result; a reader that has left is none of this program's business.
fn tell(text: &str) -> Result<()> {
    match writeln!(io::stdout(), "{text}") {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot write to standard output"),
    }
}

/// Prints a message, if there is anyone to read it.
fn complain(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

fn coherence(file: &Path, list: bool) -> Result<()> {
    let questions = questions(&read(file)?, file)?;
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for question in &questions {
        if let Err(reason) = solve(question) {
            *reasons.entry(reason.to_string()).or_default() += 1;
            if list {
                complain(&format!("{reason}: {question}"));
            }
        }
    }
    let coherent = questions.len() - reasons.values().sum::<usize>();
    let share = coherent as f64 / questions.len() as f64;
    let told = json!({"questions": questions.len(), "coherent": coherent, "share": share, "reasons": reasons});
    tell(&told.to_string())
}

fn questions(text: &str, file: &Path) -> Result<Vec<String>> {
    let mut questions = Vec::new();
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        let value: Value =
            serde_json::from_str(line).with_context(|| format!("{} line {number} is not JSON", file.display()))?;
        let question = ["text", "problem", "question", "instruction"]
            .iter()
            .find_map(|key| value.get(key)?.as_str());
        match question {
            Some(question) => questions.push(question.to_owned()),
            None => bail!(
                "{} line {number} has none of the keys text, problem, question, instruction",
                file.display()
            ),
        }
    }
    if questions.is_empty() {
        bail!("{} has no questions", file.display());
    }
    Ok(questions)
}

fn read(path: &Path) -> Result<String> {
    if path == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text)?;
        return Ok(text);
    }
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}
