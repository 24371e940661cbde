//! Arguments that `serl run` and `serl plan` share: which run, and which part of it.

use anyhow::Result;
use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use serl_pipeline::{Graph, NodeId, Selection};
use serl_stages::config::Config;
use serl_stages::registry::{canonical_stage, stage_names};

use crate::candidates;
use crate::failure::Mistake;
use crate::nearest::nearest;
use crate::session::{Purpose, Session};
use crate::settings::{self, DEFAULT, Source, project};
use crate::terminal::Terminal;

/// A run and the part of it to compute.
#[derive(Debug, Args)]
pub(super) struct Target {
    /// TOML configuration, or `builtin:quickstart` [default: `serl.toml` here or in a folder above, otherwise the
    /// quickstart]
    #[arg(
        short,
        long,
        value_name = "FILE",
        env = "SERL_CONFIG",
        hide_env = true,
        add = ArgValueCompleter::new(candidates::configuration)
    )]
    pub(super) config: Option<String>,
    /// Run only this stage and what it needs, in the first iteration unless `--iteration` is given
    #[arg(long, value_name = "STAGE", add = ArgValueCompleter::new(candidates::stages))]
    stage: Option<String>,
    /// Run only this iteration and what it needs; 0 measures the untouched policy
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    iteration: Option<u32>,
    /// Run only this round, counted from 0, and what it needs, in the first iteration unless `--iteration` is given
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    round: Option<u32>,
    /// Run exactly this node, such as `1/vote.0`, and nothing that it needs; give it several times for several nodes
    #[arg(
        long = "node",
        value_name = "NODE",
        conflicts_with_all = ["stage", "iteration", "round"],
        add = ArgValueCompleter::new(candidates::of_graph)
    )]
    pub(super) nodes: Vec<String>,
    /// Values that override the configuration's, such as `train.lr=1e-6`
    #[arg(value_name = "KEY=VALUE", add = ArgValueCompleter::new(candidates::of_run))]
    overrides: Vec<String>,
}

impl Target {
    /// The configuration of the run.
    pub(super) fn configuration(&self) -> Result<Config> {
        Ok(settings::load(&self.source(), &self.overrides)?)
    }

    /// The configuration of a run that may lack its seeds.
    pub(super) fn unseeded(&self) -> Result<Config> {
        let matters = |key: &str| key != "seeds.path";
        Ok(settings::load_for(&self.source(), &self.overrides, matters)?)
    }

    /// Opens the run, ready for planning or running.
    pub(super) fn session(&self, purpose: Purpose) -> Result<Session> {
        Session::open(self.configuration()?, purpose)
    }

    /// The configuration.
    pub(super) fn source(&self) -> Source {
        source(self.config.as_deref())
    }

    /// Tells a user who named no configuration which one was found.
    pub(super) fn tell_source(&self, terminal: &Terminal) {
        tell_source(self.config.as_deref(), &self.source(), terminal);
    }

    /// The part of the run that was selected; `graph` has its nodes.
    ///
    /// # Errors
    /// A stage or node that there is not.
    pub(super) fn selection(&self, graph: &Graph) -> Result<Selection> {
        let stage = self.stage.as_deref().map(known_stage).transpose()?;
        let nodes = self.nodes.iter().map(|named| known_node(named, graph));
        Ok(Selection {
            stage: stage.map(str::to_owned),
            iteration: self.iteration,
            round: self.round,
            nodes: nodes.collect::<Result<_>>()?,
        })
    }
}

/// The configuration: the one that was `named`, that of the project, or the quickstart's.
pub(super) fn source(named: Option<&str>) -> Source {
    match named {
        Some(name) => Source::named(name),
        None => project::find().map_or_else(|| Source::named(DEFAULT), Source::Project),
    }
}

/// Tells a user who `named` no configuration that `source` was found.
pub(super) fn tell_source(named: Option<&str>, source: &Source, terminal: &Terminal) {
    match (named, source) {
        (None, Source::Project(file)) => terminal.note(&format!("configuration {}", file.display())),
        _ => terminal.detail(&format!("configuration {source}")),
    }
}

fn known_stage(named: &str) -> Result<&str> {
    let stage = canonical_stage(named);
    if stage_names().any(|known| known == stage) {
        return Ok(stage);
    }
    let known: Vec<&str> = stage_names().collect();
    let meant = nearest(named, stage_names()).map(|meant| format!("did you mean `{meant}`? "));
    let hint = format!("{}the stages are {}", meant.unwrap_or_default(), known.join(", "));
    Err(Mistake::new(format!("there is no stage `{named}`"), hint).into())
}

fn known_node(named: &str, graph: &Graph) -> Result<NodeId> {
    let id = NodeId::from(named);
    if graph.node(&id).is_some() {
        return Ok(id);
    }
    let known: Vec<&str> = graph.nodes().iter().map(|node| node.id.as_str()).collect();
    let meant = nearest(named, known.iter().copied()).map(|meant| format!("did you mean `{meant}`? "));
    let hint = format!("{}its nodes are {}", meant.unwrap_or_default(), known.join(", "));
    Err(Mistake::new(format!("the run has no node `{named}`"), hint).into())
}
