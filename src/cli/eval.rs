//! `serl eval`: measures a policy folder on held-out problems.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use serl_artifacts::{table, user_file};
use serl_stages::config::Config;
use serl_stages::{evaluate, import};

use super::policy_folder;
use super::profile::ProfileArgs;
use crate::candidates;
use crate::progress::{self, Task};
use crate::report::{self, Form};
use crate::session::device;
use crate::settings::{self, Source};
use crate::terminal::Terminal;
use crate::{inputs, interrupt};

const AFTER: &str = "\
The sections `[prompt]`, `[answers]` and `[eval]` of a run's configuration set the prompt, answer
extraction, counts and sampling; pass the run's configuration to measure as the run did.
`model.device`, `model.dtype`, `model.sample_dtype`, `sampler.rows`, `sampler.cache_gib` and
`execution.threads` apply too.

Examples:
  serl eval models/mine gsm8k.jsonl
  serl eval models/mine gsm8k.jsonl eval.k=0 eval.limit=100 --json
  serl eval models/mine gsm8k.jsonl -c configs/mine.toml --output answers.parquet
  serl eval builtin:quickstart builtin:quickstart/eval.jsonl -c builtin:quickstart";

/// The keys of a configuration that `serl eval` reads.
const READ: [&str; 7] = [
    "eval.",
    "prompt.",
    "answers.",
    "model.",
    "execution.",
    "sampler.rows",
    "sampler.cache_gib",
];

/// Measure a policy on held-out problems
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub struct EvalArgs {
    /// Hugging Face model folder, id of a downloaded model, or `builtin:quickstart`
    #[arg(value_name = "POLICY", add = ArgValueCompleter::new(candidates::model))]
    policy: String,
    /// Data file of problems with gold answers, or `builtin:quickstart/eval.jsonl`
    #[arg(value_name = "PROBLEMS", add = ArgValueCompleter::new(candidates::data))]
    problems: String,
    /// TOML configuration of a run, or `builtin:quickstart`
    #[arg(short, long, value_name = "FILE", add = ArgValueCompleter::new(candidates::configuration))]
    config: Option<String>,
    /// Write every response with its verdict to this Parquet file
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    profile: ProfileArgs,
    /// Values that override the configuration's, such as `eval.k=4`
    #[arg(value_name = "KEY=VALUE", add = ArgValueCompleter::new(candidates::of_run))]
    overrides: Vec<String>,
}

/// Measures the policy and prints the figures.
pub(super) fn run(args: &EvalArgs, terminal: &Terminal) -> Result<()> {
    args.profile.around(terminal, || measure(args, terminal))
}

fn measure(args: &EvalArgs, terminal: &Terminal) -> Result<()> {
    let config = load(args)?;
    let store = Path::new(&config.execution.store);
    let imported = import::problems(&inputs::data(&config.eval.path, store)?, &config.eval)?;
    imported.notes.iter().for_each(|note| terminal.note(note));
    let problems = imported.rows;
    let folder = inputs::model(&config.model.path, store)?;
    let device = device(
        &config.model.device,
        config.model.sampled_in(),
        config.execution.threads,
    )?;
    let device = device.with_batching(config.sampler.batching());
    let policy = policy_folder::load(&folder, &device)?;

    let display = progress::display(terminal);
    let cancel = interrupt::listen(
        display.clone(),
        "finishing the problems in progress",
        interrupt::NOTHING_KEPT.to_owned(),
    )?;
    display.start(&format!("eval: {} problems", problems.len()));
    let task = Task {
        display: display.clone(),
        cancel,
    };
    let measured = evaluate::measure(&config, &policy, &problems, &task).map_err(|error| task.ended(error))?;
    display.finish("eval: done");

    if let Some(path) = &args.output {
        let bytes = table::encode(&[measured.responses])?;
        user_file::write(path, &bytes).with_context(|| format!("cannot write {}", path.display()))?;
        terminal.note(&format!("every response is in {}", path.display()));
    }
    terminal.data(&report::shown(
        &measured.summary,
        Form::new(args.json, terminal.columns()),
    )?)
}

fn load(args: &EvalArgs) -> Result<Config> {
    let source = args.config.as_deref().map_or(Source::Defaults, Source::named);
    let mut overrides = args.overrides.clone();
    let text = |path: &str| toml::Value::from(path).to_string();
    overrides.push(format!("model.path={}", text(&args.policy)));
    overrides.push(format!("eval.path={}", text(&args.problems)));
    let matters = |key: &str| READ.iter().any(|part| key.starts_with(part));
    Ok(settings::load_for(&source, &overrides, matters)?)
}
