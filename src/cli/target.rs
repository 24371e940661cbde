//! What `serl run` and `serl plan` are told alike: which run, and which part of it.

use anyhow::Result;
use clap::Args;
use serl_pipeline::Selection;
use serl_stages::registry::canonical_stage;

use crate::session::Session;
use crate::settings::{self, Source};

/// A run and the wanted part of it.
#[derive(Debug, Args)]
pub(super) struct Target {
    /// TOML configuration, or `builtin:quickstart`
    #[arg(short, long, value_name = "FILE", default_value = "builtin:quickstart")]
    pub(super) config: String,
    /// Run only this stage and what it needs, in the first iteration unless `--iteration` says which
    #[arg(long, value_name = "STAGE")]
    stage: Option<String>,
    /// Run only this iteration and what it needs; 0 measures the untouched policy
    #[arg(long, value_name = "N")]
    iteration: Option<u32>,
    /// Values that win over the configuration's, as in `train.lr=1e-6`
    #[arg(value_name = "KEY=VALUE")]
    overrides: Vec<String>,
}

impl Target {
    /// The run, ready to be planned or run.
    pub(super) fn session(&self) -> Result<Session> {
        Session::open(settings::load(&Source::named(&self.config), &self.overrides)?)
    }

    /// The part.
    pub(super) fn selection(&self) -> Selection {
        Selection {
            stage: self.stage.as_deref().map(|stage| canonical_stage(stage).to_owned()),
            iteration: self.iteration,
        }
    }
}
