//! Arguments that `serl run` and `serl plan` share: which run, and which part of it.

use anyhow::Result;
use clap::Args;
use serl_pipeline::Selection;
use serl_stages::registry::canonical_stage;

use crate::session::{Purpose, Session};
use crate::settings::{self, Source};

/// A run and the part of it to compute.
#[derive(Debug, Args)]
pub(super) struct Target {
    /// TOML configuration, or `builtin:quickstart`
    #[arg(
        short,
        long,
        value_name = "FILE",
        env = "SERL_CONFIG",
        hide_env = true,
        default_value = "builtin:quickstart"
    )]
    pub(super) config: String,
    /// Run only this stage and what it needs, in the first iteration unless `--iteration` is given
    #[arg(long, value_name = "STAGE")]
    stage: Option<String>,
    /// Run only this iteration and what it needs; 0 measures the untouched policy
    #[arg(long, value_name = "N")]
    iteration: Option<u32>,
    /// Values that override the configuration's, such as `train.lr=1e-6`
    #[arg(value_name = "KEY=VALUE")]
    overrides: Vec<String>,
}

impl Target {
    /// Opens the run, ready for planning or running.
    pub(super) fn session(&self, purpose: Purpose) -> Result<Session> {
        let config = settings::load(&Source::named(&self.config), &self.overrides)?;
        Session::open(config, purpose)
    }

    /// The part of the run that was selected.
    pub(super) fn selection(&self) -> Selection {
        Selection {
            stage: self.stage.as_deref().map(|stage| canonical_stage(stage).to_owned()),
            iteration: self.iteration,
        }
    }
}
