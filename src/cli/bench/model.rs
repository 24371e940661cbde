//! The model to measure, its device, and the number of runs.

use anyhow::{Context, Result};
use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use serde::Serialize;
use serl_lm::{Batching, Device, Footprint, Machine, Policy, Precision};

use crate::candidates;
use crate::cli::dtype;
use crate::cli::profile::ProfileArgs;
use crate::failure::Mistake;
use crate::inputs;
use crate::session::device;

/// The model and device measured.
#[derive(Debug, Serialize)]
pub(super) struct About {
    /// Kind, threads, instruction set.
    #[serde(serialize_with = "described")]
    pub(super) device: Device,
    /// The model as named on the command line.
    pub(super) model: String,
    /// Number of weights.
    pub(super) parameters: usize,
    /// Tokens of its tokenizer.
    #[serde(skip)]
    tokens: usize,
}

impl About {
    /// Memory of the process besides that of the work; none of it is on a device.
    pub(super) fn process(&self) -> Footprint {
        match Machine::from(&self.device).accelerator {
            true => Footprint::default(),
            false => serl_lm::process(self.tokens),
        }
    }
}

fn described<S: serde::Serializer>(device: &Device, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&device.describe())
}

/// Options that all benchmarks share.
#[derive(Debug, Args)]
pub(super) struct ModelArgs {
    /// Hugging Face model folder, id of a downloaded model, or `builtin:quickstart`
    #[arg(
        long,
        value_name = "DIR",
        default_value = "builtin:quickstart",
        add = ArgValueCompleter::new(candidates::model)
    )]
    pub(super) model: String,
    /// Use random weights: the folder then needs only a configuration and a tokenizer
    #[arg(long)]
    random: bool,
    /// Device: `flex` (CPU), `cuda`, `cuda:1`, …, `wgpu`
    #[arg(long, default_value = "flex", add = ArgValueCompleter::new(candidates::device))]
    device: String,
    /// Precision of matrix products: `f32`, `bf16` for mixed precision, or `int8` to sample in int8 and train in bf16
    #[arg(long, default_value_t, value_parser = dtype::precision(), hide_possible_values = true)]
    dtype: Precision,
    /// CPU threads; 0 means one per core
    #[arg(long, value_name = "N", allow_negative_numbers = true, default_value_t = 0)]
    threads: u32,
    /// Number of measured runs
    #[arg(
        long,
        value_name = "N",
        allow_negative_numbers = true,
        default_value_t = 5,
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    pub(super) repeat: u32,
    /// Seed of prompts, responses and random weights
    #[arg(long, value_name = "N", allow_negative_numbers = true, default_value_t = 0)]
    pub(super) seed: u64,
    /// Measure what the processor can do at most, too, and print which share of that was reached
    #[arg(long)]
    pub(super) limits: bool,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
    #[command(flatten)]
    pub(super) profile: ProfileArgs,
}

impl ModelArgs {
    /// Refuses `--dtype int8` for the benchmark `name`, which samples nothing.
    ///
    /// # Errors
    /// That precision.
    pub(super) fn refuse_int8(&self, name: &str) -> Result<()> {
        if self.dtype != Precision::Int8 {
            return Ok(());
        }
        let text = format!("`--dtype int8` is for samples, and `bench {name}` draws none");
        Err(Mistake::new(
            text,
            "measure `bench rollout` or `bench step` in int8, or this in `bf16`",
        )
        .into())
    }

    /// The policy, which samples within these bounds, and its description. Built-in files are written out only while
    /// they are read.
    pub(super) fn load(&self, batching: Batching) -> Result<(Policy, About)> {
        let device = device(&self.device, self.dtype, self.threads)?.with_batching(batching);
        let scratch = tempfile::tempdir().context("cannot make a temporary folder")?;
        let folder = inputs::model(&self.model, scratch.path())?;
        let policy = if self.random {
            Policy::random(&folder, &device, self.seed)?
        } else {
            Policy::load(&folder, &device)?
        };
        let about = About {
            device,
            model: self.model.clone(),
            parameters: policy.parameters(),
            tokens: policy.tokenizer().vocab_size(),
        };
        Ok((policy, about))
    }
}
