//! From a configuration to the nodes of a run.
//!
//! ```text
//! policy ─┬─> generate ─> filter ─> respond.0 ─> vote.0 ─> train.0 ─ policy ─> respond.1 ─> … ─ policy ─┬─> next one
//! seeds ──┴──────────────────┘                                                                          └─> solve
//!                                                                                                         └─> evaluate
//! ```
//! Says in which order stages follow each other; each [`Stage`] says what it reads.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;
use serl_artifacts::Digest;
use serl_pipeline::{Graph, Input, NodeId, NodeSpec};

use crate::config::{Config, Instructions, Reference};
use crate::drift::Drift;
use crate::error::StageError;
use crate::evaluate::Evaluate;
use crate::filter::Filter;
use crate::generate::Generate;
use crate::respond::Respond;
use crate::solve::Solve;
use crate::stage::at::At;
use crate::stage::wires::{External, Externals, Wires};
use crate::stage::{Settings, Stage, node};
use crate::train::Train;
use crate::vote::Vote;

/// The nodes of the run that `config` describes, sampled by the sampler whose [identity](serl_lm::Sampler::identity) is
/// `sampler`.
///
/// # Errors
/// A graph that the pipeline refuses; `config` without [violations](Config::violations) gives none.
pub fn graph(config: &Config, externals: &Externals, sampler: &Value) -> Result<Graph, StageError> {
    let mut builder = Builder {
        settings: Settings { config, sampler },
        wires: wires(externals),
        nodes: Vec::new(),
    };
    if config.eval.baseline {
        builder.evaluate(0)?;
    }
    for iteration in 1..=config.iterations {
        builder.iteration(iteration)?;
    }
    Ok(Graph::new(builder.nodes)?)
}

/// The ids of the nodes of the run that `config` describes, whatever its inputs are.
///
/// # Errors
/// As [`graph`].
pub fn node_ids(config: &Config) -> Result<Vec<NodeId>, StageError> {
    let any = || External {
        digest: Digest::of(&[]),
        path: PathBuf::new(),
        tree: None,
    };
    let externals = Externals {
        policy: any(),
        seeds: any(),
        problems: (!config.eval.path.is_empty()).then(any),
        encoder: None,
        evidence: BTreeMap::new(),
    };
    let graph = graph(config, &externals, &Value::Null)?;
    Ok(graph.nodes().iter().map(|node| node.id.clone()).collect())
}

/// The key in a configuration file of a value in a node's configuration: nodes hold some under other names.
pub fn configuration_key(path: &str) -> &str {
    match path {
        "sampler.device" | "compute.device" => "model.device",
        "sampler.dtype" => "model.sample_dtype",
        "sampler.cache" => "sampler.cache_gib",
        "compute.dtype" => "model.dtype",
        "embedding" => "drift.encoder",
        "embedding.hidden_states.device" => "model.device",
        "embedding.hidden_states.dtype" => "model.dtype",
        "k" => "eval.k",
        "train_n" => "vote.train_n",
        "longest_response" => "vote.max_new_tokens",
        other => other,
    }
}

/// The wires before the first node.
fn wires(externals: &Externals) -> Wires {
    let policy = Input::from(&externals.policy);
    let evidence = externals.evidence.iter().map(|(name, file)| (*name, file.into()));
    Wires {
        policy: policy.clone(),
        reference: policy.clone(),
        embedder: externals.encoder.as_ref().map_or(policy, Input::from),
        seeds: Input::from(&externals.seeds),
        problems: externals.problems.as_ref().map(Input::from),
        vectors: Vec::new(),
        pool: None,
        instructions: Input::from(&externals.seeds),
        examples: None,
        selections: Vec::new(),
        trainer: None,
        figures: None,
        evidence: evidence.collect(),
    }
}

struct Builder<'a> {
    settings: Settings<'a>,
    /// What there is at this point of the run.
    wires: Wires,
    nodes: Vec<NodeSpec>,
}

impl Builder<'_> {
    fn iteration(&mut self, iteration: u32) -> Result<(), StageError> {
        let config = self.settings.config;
        if config.instructions == Instructions::Generated {
            self.generate(iteration)?;
        }
        if config.train.reference == Reference::Iteration {
            self.wires.reference = self.wires.policy.clone();
        }
        for round in 0..config.rounds {
            self.push::<Respond>(iteration, Some(round))?;
            self.push::<Vote>(iteration, Some(round))?;
            let trained = self.push::<Train>(iteration, Some(round))?;
            self.wires.policy = Train::POLICY.of_round(trained);
            self.wires.selections.push(Train::SELECTION.of_round(trained));
            let carried = config.train.carry_optimizer;
            self.wires.trainer = carried.then(|| Train::TRAINER.of_round(trained));
            self.wires.figures = Some(Train::FIGURES.of_round(trained));
        }
        self.evaluate(iteration)
    }

    fn generate(&mut self, iteration: u32) -> Result<(), StageError> {
        self.push::<Generate>(iteration, None)?;
        self.push::<Filter>(iteration, None)?;
        if self.settings.config.drift.enabled {
            self.push::<Drift>(iteration, None)?;
            self.wires.vectors.push(Drift::VECTORS.of_iteration(iteration));
        }
        let kept = Filter::KEPT.of_iteration(iteration);
        self.wires.instructions = kept.clone();
        self.wires.pool = Some(kept);
        self.wires.examples = Some(Generate::POOL.of_iteration(iteration));
        self.wires.selections.clear();
        Ok(())
    }

    fn evaluate(&mut self, iteration: u32) -> Result<(), StageError> {
        if self.wires.problems.is_some() {
            self.push::<Solve>(iteration, None)?;
            self.push::<Evaluate>(iteration, None)?;
        }
        Ok(())
    }

    fn push<S: Stage>(&mut self, iteration: u32, round: Option<u32>) -> Result<At, StageError> {
        let at = At {
            iteration,
            round,
            seed: self.settings.config.seed,
        };
        self.nodes.push(node(&S::of(self.settings), at, &self.wires)?);
        Ok(at)
    }
}

#[cfg(test)]
mod tests;
