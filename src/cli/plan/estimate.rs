//! `serl plan --estimate`: numbers on paper.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use serl_artifacts::tables::{Instruction, Problem};
use serl_lm::{Shape, Tokenizer};
use serl_pipeline::Store;
use serl_stages::config::{Config, Instructions};
use serl_stages::{Respond, Stage, import};

use crate::estimate::{Data, Given, Measured, Work, Workload};
use crate::failure::Mistake;
use crate::inputs;
use crate::memory::Prompts;
use crate::scale::{Assumed, Assumptions, GpuName, Paper, text};
use crate::terminal::Terminal;

/// Tokens of a prompt where there is neither a tokenizer nor a number.
const PROMPT: f64 = 150.0;

/// What is assumed.
#[derive(Debug, Args)]
pub(super) struct EstimateArgs {
    /// Print numbers on paper instead: tokens, GPU-hours, memory, bytes, and where more GPUs stop helping. Needs no
    /// weights: of the model's folder, `config.json` is enough
    #[arg(long)]
    pub(super) estimate: bool,
    /// The kind of GPU: `h100`, `a100` (80 GB), `h200` (141 GB) or `a6000` (48 GB)
    #[arg(
        long,
        value_enum,
        default_value = "h100",
        requires = "estimate",
        hide_possible_values = true
    )]
    gpu: GpuName,
    /// Numbers of GPUs: as many train as there are ranks (`execution.ranks`), the others sample on servers
    #[arg(
        long,
        value_name = "N,…",
        value_delimiter = ',',
        default_value = "1,8,64",
        requires = "estimate",
        value_parser = clap::value_parser!(u32).range(1..=4096)
    )]
    gpus: Vec<u32>,
    /// Mean tokens of a prompt with an instruction [default: that of the seeds; 150 without a tokenizer]
    #[arg(long, value_name = "N", requires = "estimate", value_parser = clap::value_parser!(u32).range(1..))]
    prompt_tokens: Option<u32>,
    /// Mean tokens of a response [default: as measured in the store, or the greatest that is allowed]
    #[arg(long, value_name = "N", requires = "estimate", value_parser = clap::value_parser!(u32).range(1..))]
    response_tokens: Option<u32>,
    /// Instructions that are trained on, in percent [default: as measured in the store, or 100]
    #[arg(long, value_name = "PERCENT", requires = "estimate", value_parser = percent)]
    selected: Option<f64>,
    /// Held-out problems [default: those of `eval.path`]
    #[arg(long, value_name = "N", requires = "estimate")]
    problems: Option<u32>,
    /// The share of the GPU's peak that training reaches, in percent
    #[arg(long, value_name = "PERCENT", default_value = "35", requires = "estimate", value_parser = percent)]
    train_utilisation: f64,
    /// The share of the roofline of memory and operations that sampling reaches, in percent
    #[arg(long, value_name = "PERCENT", default_value = "40", requires = "estimate", value_parser = percent)]
    sample_utilisation: f64,
    /// Gigabytes a second that policies are written to the store and read from it
    #[arg(long, value_name = "GB/S", default_value = "2", requires = "estimate", value_parser = rate)]
    store_rate: f64,
}

/// A share in percent.
fn percent(text: &str) -> Result<f64, String> {
    let value: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    let good = value > 0.0 && value <= 100.0;
    good.then_some(value / 100.0)
        .ok_or_else(|| "must be above 0 and at most 100".to_owned())
}

fn rate(text: &str) -> Result<f64, String> {
    let value: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    let good = value > 0.0 && value.is_finite();
    good.then_some(value * 1e9).ok_or_else(|| "must be above 0".to_owned())
}

/// Prints numbers on paper for a run of `config`.
pub(super) fn show(args: &EstimateArgs, config: Config, json: bool, terminal: &Terminal) -> Result<()> {
    let summary = args.paper(config)?.summary()?;
    let shown = match json {
        true => serde_json::to_string_pretty(&summary)?,
        false => text(&summary),
    };
    terminal.data(&shown)
}

impl EstimateArgs {
    /// What the numbers are made from: as much of the run as is there.
    fn paper(&self, config: Config) -> Result<Paper> {
        let root = PathBuf::from(&config.execution.store);
        let folder = inputs::model(&config.model.path, &root)?;
        let shape = Shape::of(&folder).with_context(|| format!("`model.path`: {}", folder.display()))?;
        config.fits(&shape)?;
        let store = Store::is_in(&root).then(|| Store::open(&root)).transpose()?;
        let measured = store.map_or_else(Measured::default, |store| Measured::of(&store, &config, None));
        let (seeds, problems) = data(&config, &root)?;
        let prompts = prompts(&folder, &config, &seeds, &problems)?;
        let data = Data {
            seeds: if seeds.is_empty() {
                config.seeds.limit as usize
            } else {
                seeds.len()
            },
            problems: self.problems.map_or(problems.len(), |problems| problems as usize),
        };
        if config.instructions == Instructions::Seeds && data.seeds == 0 {
            let hint = "set `seeds.path`, or `seeds.limit` to their number";
            return Err(Mistake::new("it is not known how many seeds there are", hint).into());
        }
        let given = Given {
            response_tokens: self.response_tokens.map(f64::from),
            selected: self.selected,
        };
        let workload = Workload {
            config: &config,
            data,
            measured: &measured,
            given,
        };
        let assumed = self.assumptions(&workload, prompts.as_ref());
        Ok(Paper {
            gpus: self.gpus.clone(),
            shape,
            data,
            assumed,
            given,
            measured,
            config,
        })
    }

    fn assumptions(&self, workload: &Workload, prompts: Option<&Prompts>) -> Assumptions {
        let config = workload.config;
        let given = |flag: &str| format!("--{flag}");
        let prompt_tokens = match (self.prompt_tokens, prompts) {
            (Some(tokens), _) => Assumed::new(tokens.into(), given("prompt-tokens")),
            (None, Some(prompts)) => Assumed::new(prompts.mean_instruction, "mean of the seeds"),
            (None, None) => Assumed::new(PROMPT, "no tokenizer here: --prompt-tokens"),
        };
        let few_shot_tokens = match prompts {
            Some(prompts) if prompts.few_shot > 0 => Assumed::new(prompts.few_shot as f64, "the first one"),
            _ => {
                let examples = f64::from(config.generate.examples);
                Assumed::new(examples * prompt_tokens.value, format!("{examples} prompts"))
            }
        };
        let Work { units, tokens, .. } = workload.of(Respond::NAME);
        let mean = tokens / units.max(1.0);
        let measured = workload.measured.is_measured(Respond::NAME);
        let response_tokens = match (self.response_tokens, measured) {
            (Some(_), _) => Assumed::new(mean, given("response-tokens")),
            (None, true) => Assumed::new(mean, "measured in the store"),
            (None, false) => Assumed::new(mean, "`vote.max_new_tokens`, an upper bound: --response-tokens"),
        };
        let selected = match (self.selected, workload.selected()) {
            (Some(share), _) => Assumed::new(share, given("selected")),
            (None, Some(share)) => Assumed::new(share, "measured in the store"),
            (None, None) => Assumed::new(1.0, "an upper bound: --selected"),
        };
        let problems = match (self.problems, config.eval.path.is_empty()) {
            (Some(_), _) => given("problems"),
            (None, false) => "`eval.path`".to_owned(),
            (None, true) => "`eval.path` is empty: --problems".to_owned(),
        };
        Assumptions {
            gpu: self.gpu.figures(),
            prompt_tokens,
            few_shot_tokens,
            response_tokens,
            selected,
            problems: Assumed::new(workload.data.problems as f64, problems),
            train_utilisation: Assumed::new(self.train_utilisation, "of the peak: --train-utilisation"),
            sample_utilisation: Assumed::new(self.sample_utilisation, "of the roofline: --sample-utilisation"),
            store_rate: Assumed::new(self.store_rate, given("store-rate")),
        }
    }
}

/// Seeds and problems, where the configuration names files.
fn data(config: &Config, root: &Path) -> Result<(Vec<Instruction>, Vec<Problem>)> {
    let seeds = match config.seeds.path.as_str() {
        "" => Vec::new(),
        path => import::seeds(&inputs::data(path, root)?, &config.seeds)?.rows,
    };
    let problems = match config.eval.path.as_str() {
        "" => Vec::new(),
        path => import::problems(&inputs::data(path, root)?, &config.eval)?.rows,
    };
    Ok((seeds, problems))
}

/// Lengths of prompts, where there is a tokenizer and something to put.
fn prompts(folder: &Path, config: &Config, seeds: &[Instruction], problems: &[Problem]) -> Result<Option<Prompts>> {
    if seeds.is_empty() || !folder.join("tokenizer.json").exists() {
        return Ok(None);
    }
    let tokenizer = Tokenizer::load(folder)?;
    Prompts::of(&tokenizer, config, seeds, problems).map(Some)
}
