//! `serl merge`: a LoRA adapter added to its base.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use serl_lm::{Device, Policy};

use super::policy_folder;
use crate::terminal::Terminal;

const AFTER: &str = "\
The adapter is a folder of PEFT: adapter_config.json and adapter_model.safetensors. Training with
`train.lora.rank` above 0 writes one for every round, next to the policy that it is merged into.

Examples:
  serl merge base adapter --out merged
  serl merge base .serl/runs/default/1/train.0/adapter --out merged";

/// Add a LoRA adapter to its base model: a folder that needs no adapter
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub struct MergeArgs {
    /// Hugging Face folder of the model that the adapter was trained on
    #[arg(value_name = "MODEL")]
    model: PathBuf,
    /// Folder of the adapter
    #[arg(value_name = "ADAPTER")]
    adapter: PathBuf,
    /// Folder for the merged model; must not exist yet
    #[arg(short, long, value_name = "DIR")]
    out: PathBuf,
}

/// Merges and writes the folder.
pub(super) fn run(args: &MergeArgs, terminal: &Terminal) -> Result<()> {
    policy_folder::refuse_existing(&args.out)?;
    let base = Policy::load(&args.model, &Device::flex())?;
    let merged = base.with_adapter(&args.adapter)?;
    policy_folder::save(&args.out, |folder| merged.save(folder))?;
    Ok(terminal.data(&args.out.display().to_string())?)
}
