//! `serl merge`: merges a LoRA adapter into its base model.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use serl_lm::Device;

use super::policy_folder;
use crate::candidates;
use crate::hub;
use crate::terminal::Terminal;

const AFTER: &str = "\
The adapter is a PEFT folder: adapter_config.json and adapter_model.safetensors. Training with
`train.lora.rank` above 0 writes one per round, next to the policy that it is merged into.

Examples:
  serl merge base adapter --out merged
  serl merge base .serl/runs/default/1/train.0/adapter --out merged";

/// Merge a LoRA adapter into its base model
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub struct MergeArgs {
    /// Hugging Face folder of the base model, which the adapter was trained on, or the id of a downloaded model
    #[arg(value_name = "MODEL", add = ArgValueCompleter::new(candidates::model))]
    model: PathBuf,
    /// PEFT folder of the adapter
    #[arg(value_name = "ADAPTER")]
    adapter: PathBuf,
    /// Folder for the merged model; must not exist yet
    #[arg(short, long, value_name = "DIR")]
    out: PathBuf,
}

/// Merges the adapter and writes the folder.
pub(super) fn run(args: &MergeArgs, terminal: &Terminal) -> Result<()> {
    policy_folder::refuse_existing(&args.out, policy_folder::OUT_HINT)?;
    let base = policy_folder::load(&hub::model(&args.model)?, &Device::flex())?;
    let merged = base.with_adapter(&args.adapter)?;
    policy_folder::save(&args.out, |folder| merged.save(folder))?;
    terminal.data(&args.out.display().to_string())
}
