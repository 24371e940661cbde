//! `serl init`: a first configuration for the user's own model and data.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use serl_artifacts::atomic;
use serl_stages::preview;

use crate::candidates;
use crate::failure::Mistake;
use crate::init::{self, Choice, Counts, Found, Lengths, Pace, Room};
use crate::progress::duration;
use crate::settings::project;
use crate::terminal::Terminal;

const AFTER: &str = "\
Looks for a model folder (config.json, *.safetensors, tokenizer.json), for a data file of
instructions and for one of problems with answers, in DIR and up to three folders below. Where
several could be meant, it says so; name one. Then it samples a few responses, to know how fast the
model is on this machine, and writes `serl.toml` with counts that fit the budget. Every value in it
is yours to change.

Examples:
  serl init
  serl init --budget 8h
  serl init --model ../SmolLM2-135M-Instruct --seeds questions.jsonl --eval exam.csv
  serl init --print";

/// Prompts of the measurement.
const PROMPTS: usize = 4;

/// Write a configuration for your own model and data
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub struct InitArgs {
    /// Folder of your files, where `serl.toml` is written
    #[arg(value_name = "DIR", default_value = ".")]
    folder: PathBuf,
    /// Model folder, or id of a downloaded model
    #[arg(long, value_name = "DIR", add = ArgValueCompleter::new(candidates::model))]
    model: Option<PathBuf>,
    /// Data file of instructions
    #[arg(long, value_name = "FILE")]
    seeds: Option<PathBuf>,
    /// Data file of held-out problems with answers
    #[arg(long, value_name = "FILE")]
    eval: Option<PathBuf>,
    /// Time that a run may take, such as `90m`, `2h` or `1d`
    #[arg(long, value_name = "TIME", default_value = "2h", allow_hyphen_values = true, value_parser = seconds)]
    budget: f64,
    /// Device that it will run on: `flex` (CPU), `cuda`, `cuda:1`, …, `wgpu`
    #[arg(long, default_value = "flex", add = ArgValueCompleter::new(candidates::device))]
    device: String,
    /// Print the configuration instead of writing it
    #[arg(long)]
    print: bool,
    /// Replace a `serl.toml` that is there
    #[arg(long, conflicts_with = "print")]
    force: bool,
}

/// Looks, measures and writes.
pub(super) fn run(args: &InitArgs, terminal: &Terminal) -> Result<()> {
    let file = match args.folder.as_path() {
        here if here == Path::new(".") => PathBuf::from(project::FILE),
        folder => folder.join(project::FILE),
    };
    // A link that leads nowhere is there, too.
    if file.symlink_metadata().is_ok() && !args.force && !args.print {
        let text = format!("{} is there already", file.display());
        return Err(Mistake::new(text, "`--force` replaces it, `--print` shows what would be written").into());
    }
    let choice = Choice {
        model: args.model.clone(),
        seeds: args.seeds.clone(),
        eval: args.eval.clone(),
    };
    let found = init::look(&args.folder, &choice)?;
    terminal.tell(&told(&found));
    for note in &found.notes {
        terminal.tell(note);
    }
    let room = Room::of(&found)?;
    let lengths = Lengths {
        prompt: room.prompt,
        instruction: room.instruction,
        // Most responses end before the limit.
        response: 0.6 * f64::from(room.response),
    };
    let problems = found.problems.as_ref().map_or(0, |problems| problems.count as u32);
    let pace = pace(&found, &args.device, &room, terminal)?;
    // Without a pace, counts are those of a model of 135 million weights on two cores.
    let assumed = Pace {
        sampled: 300.0,
        trained: 150.0,
        parameters: 0,
        seconds: 0.0,
    };
    let counts = init::fitting(args.budget, pace.as_ref().unwrap_or(&assumed), &lengths, problems);
    let budget = pace.map(|_| args.budget);
    let text = init::written(&found, &args.folder, &args.device, &room, &counts, budget)?;
    if args.print {
        return terminal.data(text.trim_end());
    }
    let what = || format!("cannot write {}", file.display());
    fs::create_dir_all(&args.folder).with_context(what)?;
    atomic::write_atomic(&file, text.as_bytes()).with_context(what)?;
    terminal.tell(&wrote(&file, &counts, budget));
    terminal.note(&next(&args.folder, &found));
    Ok(())
}

/// What was found, a line each.
fn told(found: &Found) -> String {
    let model = found.model.as_ref().map_or_else(
        || "none found".to_owned(),
        |model| {
            let chat = if model.chat {
                "a chat template"
            } else {
                "no chat template"
            };
            format!(
                "{} ({chat}, a context of {} tokens)",
                model.named.clone().unwrap_or_else(|| model.path.display().to_string()),
                model.context
            )
        },
    );
    let seeds = found.seeds.as_ref().map_or_else(
        || "none found".to_owned(),
        |seeds| {
            format!(
                "{} ({})",
                seeds.path.display(),
                counted(seeds.texts.len(), "instruction")
            )
        },
    );
    let eval = found.problems.as_ref().map_or_else(
        || "none found: nothing will be measured".to_owned(),
        |problems| {
            let count = counted(problems.count, "problem");
            format!("{} ({count} with answers)", problems.path.display())
        },
    );
    format!("model    {model}\nseeds    {seeds}\neval     {eval}")
}

/// How fast the model is; none where there is no model or nothing to ask it.
fn pace(found: &Found, device: &str, room: &Room, terminal: &Terminal) -> Result<Option<Pace>> {
    let (Some(model), Some(seeds)) = (&found.model, &found.seeds) else {
        return Ok(None);
    };
    let config = init::prompts(model);
    let prompt = |text: &String| Ok(preview::answer(&model.tokenizer, &config, text)?.tokens);
    let texts = seeds.texts.iter().cycle().take(PROMPTS);
    let prompts: Vec<Vec<u32>> = texts.map(prompt).collect::<Result<_>>()?;
    let pace = init::measured(model, device, &prompts, room.response as usize)?;
    terminal.tell(&format!(
        "pace     {:.0} tokens/s sampled, about {:.0} trained on; {:.1} million weights (measured in {})",
        pace.sampled,
        pace.trained,
        pace.parameters as f64 / 1e6,
        duration(pace.seconds)
    ));
    Ok(Some(pace))
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn wrote(file: &Path, counts: &Counts, budget: Option<f64>) -> String {
    let iterations = match counts.iterations {
        1 => "1 iteration".to_owned(),
        n => format!("{n} iterations"),
    };
    let work = format!(
        "{iterations} of {} instructions, {} responses each",
        counts.instructions, counts.n
    );
    let time = match budget {
        None => String::new(),
        Some(budget) if counts.seconds > budget => format!(
            ": about {}, more than {}, but less would teach nothing",
            duration(counts.seconds),
            duration(budget)
        ),
        Some(budget) => format!(": about {} of {}", duration(counts.seconds), duration(budget)),
    };
    format!("wrote    {}: {work}{time}", file.display())
}

fn next(folder: &Path, found: &Found) -> String {
    let missing: Vec<&str> = [
        ("model.path", found.model.is_some()),
        ("seeds.path", found.seeds.is_some()),
    ]
    .into_iter()
    .filter(|(_, found)| !found)
    .map(|(key, _)| key)
    .collect();
    let enter = match folder {
        here if here == Path::new(".") => String::new(),
        folder => format!("cd {} && ", crate::command_line::quote(&folder.to_string_lossy())),
    };
    if missing.is_empty() {
        format!("next     {enter}serl plan\n         {enter}serl run")
    } else {
        format!("next     set {} in it, then {enter}serl plan", missing.join(" and "))
    }
}

/// A time such as `90m`, `2h` or `1d` in seconds.
fn seconds(text: &str) -> Result<f64, String> {
    let wrong = || format!("`{text}` is no time: write it as `45m`, `2h` or `1d`");
    let (digits, unit) = text.split_at(text.len() - text.chars().last().map_or(0, char::len_utf8));
    let unit = match unit {
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3_600.0,
        "d" => 86_400.0,
        _ => return Err(wrong()),
    };
    let number: f64 = digits.trim().parse().map_err(|_| wrong())?;
    // Less than a minute is no run, more than a year no plan.
    let seconds = number * unit;
    (60.0..=3.2e7)
        .contains(&seconds)
        .then_some(seconds)
        .ok_or_else(|| format!("`{text}` is no time for a run: between a minute and a year is"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_units() {
        assert_eq!(
            ["90m", "2h", "1.5d"].map(seconds),
            [Ok(5_400.0), Ok(7_200.0), Ok(129_600.0)]
        );
        for text in ["", "2", "h", "2 weeks", "-1h", "5s", "nanh", "1e9d"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }
}
