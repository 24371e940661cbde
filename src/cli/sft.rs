//! `serl sft`: supervised fine-tuning on documents.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Result;
use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use serl_lm::{Device, Policy, Shape};
use serl_stages::sft;

use super::policy_folder;
use super::profile::ProfileArgs;
use crate::candidates;
use crate::hub;
use crate::interrupt;
use crate::progress::{self, Task, duration};
use crate::settings::{self, SftSettings, Source};
use crate::terminal::Terminal;

/// The adapter's folder within the policy's. It is not next to the weights, for they have the adapter merged.
const ADAPTER: &str = "adapter";

const AFTER: &str = "\
Documents are rows of a data file (JSONL, Parquet, CSV, …) in one of these shapes or their kin
(docs/src/data.md), read in the order of the file:
  {\"text\": …}                             loss on the whole text
  {\"prompt\": …, \"completion\": …}          loss on the completion
  {\"messages\": [{\"role\", \"content\"}, …]}  loss on the last message, the assistant's

All paths are relative to the current folder, including those in a configuration file.

With `sft.lora.rank` above 0, low-rank adapters are trained instead of all weights. The policy has
them merged; its folder `adapter` contains them in PEFT's format.

Examples:
  serl sft --out warm model.path=base data.path=documents.jsonl sft.lr=1e-4
  serl sft --out warm model.path=base data.path=documents.jsonl sft.lr=1e-4 sft.lora.rank=16
  serl sft -c configs/quickstart-sft.toml --out models/mine sft.seed=2";

/// Train a policy on documents, as a warm start before SeRL
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub struct SftArgs {
    /// Folder for the trained policy; must not exist yet
    #[arg(short, long, value_name = "DIR")]
    out: PathBuf,
    /// TOML file with the sections `[model]`, `[data]` and `[sft]`
    #[arg(short, long, value_name = "FILE", add = ArgValueCompleter::new(candidates::configuration))]
    config: Option<String>,
    #[command(flatten)]
    profile: ProfileArgs,
    /// Values that override the file's, such as `sft.lr=1e-4`
    #[arg(value_name = "KEY=VALUE", add = ArgValueCompleter::new(candidates::of_sft))]
    overrides: Vec<String>,
}

/// Trains the policy and writes its folder.
pub(super) fn run(args: &SftArgs, terminal: &Terminal) -> Result<()> {
    args.profile.around(terminal, || train(args, terminal))
}

fn train(args: &SftArgs, terminal: &Terminal) -> Result<()> {
    let source = args.config.as_deref().map_or(Source::Defaults, Source::named);
    let settings: SftSettings = settings::load(&source, &args.overrides)?;
    policy_folder::refuse_existing(&args.out, policy_folder::OUT_HINT)?;
    let device = Device::open(&settings.model.device, settings.model.dtype)?;
    let folder = hub::model(Path::new(&settings.model.path))?;
    let folder = folder.as_path();
    settings.sft.lora.fits(&Shape::of(folder)?, "sft.lora.rank")?;
    let policy = if settings.model.random {
        Policy::random(folder, &device, settings.sft.seed)?
    } else {
        policy_folder::load(folder, &device)?
    };

    let display = progress::display(terminal);
    let cancel = interrupt::listen(
        display.clone(),
        "finishing the step in progress",
        interrupt::NOTHING_KEPT.to_owned(),
    )?;
    let documents = sft::documents(&hub::data(Path::new(&settings.data.path))?, &policy, &settings.sft)?;
    display.start(&format!("sft: {} documents", documents.len()));
    let started = Instant::now();
    let mut last = None;
    let task = Task {
        display: display.clone(),
        cancel,
    };
    let trainer = sft::train(policy, &documents, &settings.sft, &task, &mut |step| last = Some(step))
        .map_err(|error| task.ended(error))?;
    let loss = last
        .map(|step| format!("{} steps, loss {:.4}, ", step.steps, step.loss))
        .unwrap_or_default();
    display.finish(&format!(
        "sft: {loss}done in {}",
        duration(started.elapsed().as_secs_f64())
    ));

    policy_folder::save(&args.out, |folder| {
        if settings.sft.lora.adapter().is_some() {
            trainer.save_adapter(&folder.join(ADAPTER))?;
        }
        trainer.into_policy().save(folder)
    })?;
    terminal.data(&args.out.display().to_string())?;
    terminal.note(&format!("try it: serl run model.path={}", args.out.display()));
    Ok(())
}
