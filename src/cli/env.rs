//! `serl env`: this binary's version and what it runs on.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use serde::Serialize;
use serl_lm::{Device, Dtype};

use super::dtype;
use super::stored::StoreArg;
use crate::candidates;
use crate::terminal::Terminal;

const EXAMPLES: &str = "Examples:\n  serl env\n  serl env --json | jq -r .simd";

/// Show version, backend, device, SIMD, threads and store
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct EnvArgs {
    /// Device to describe: `flex` (CPU), `cuda`, `cuda:1`, …, `wgpu`
    #[arg(long, default_value = "flex", add = ArgValueCompleter::new(candidates::device))]
    device: String,
    /// Precision of matrix products: `f32`, or `bf16` for mixed precision
    #[arg(long, default_value_t, value_parser = dtype::parser(), hide_possible_values = true)]
    dtype: Dtype,
    #[command(flatten)]
    store: StoreArg,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Environment {
    version: &'static str,
    backend: &'static str,
    device: String,
    simd: &'static str,
    threads: usize,
    store: PathBuf,
    store_exists: bool,
}

/// Prints the environment.
pub(super) fn run(args: &EnvArgs, terminal: &Terminal) -> Result<()> {
    let device = Device::open(&args.device, args.dtype)?;
    let environment = Environment {
        version: env!("CARGO_PKG_VERSION"),
        backend: match (cfg!(feature = "cuda"), cfg!(feature = "wgpu")) {
            (false, false) => "burn flex",
            (true, false) => "burn flex, burn cuda",
            (false, true) => "burn flex, burn wgpu",
            (true, true) => "burn flex, burn cuda, burn wgpu",
        },
        device: device.describe(),
        simd: serl_lm::simd(),
        threads: rayon::current_num_threads(),
        store: absolute(&args.store.path()?),
        store_exists: args.store.path()?.is_dir(),
    };
    let text = if args.json {
        serde_json::to_string_pretty(&environment)?
    } else {
        environment.lines()
    };
    terminal.data(&text)
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

impl Environment {
    fn lines(&self) -> String {
        let state = if self.store_exists { "" } else { " (not there yet)" };
        [
            format!("version  serl {}", self.version),
            format!("backend  {}", self.backend),
            format!("device   {}", self.device),
            format!("simd     {}", self.simd),
            format!("threads  {}", self.threads),
            format!("store    {}{state}", self.store.display()),
        ]
        .join("\n")
    }
}
