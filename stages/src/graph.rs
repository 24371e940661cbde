//! From a configuration to the nodes of a run.
//!
//! ```text
//! policy ─┬─> generate ─> filter ─> vote.0 ─> train.0 ─ policy ─> vote.1 ─> train.1 ─ … ─ policy ─┬─> next iteration
//! seeds ──┴──────────────────┘                                                                    └─> evaluate
//! ```
//! Here stands which part of the configuration each stage reads: what is not named here cannot change its nodes.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Value, json};
use serl_artifacts::Digest;
use serl_lm::Dtype;
use serl_pipeline::{ArtifactKind, Graph, Input, NodeId, NodeSpec};

use crate::StageError;
use crate::config::{Config, ModelConfig, Reference};
use crate::{evaluate, filter, generate, train, vote};

/// An input that no node makes.
#[derive(Debug, Clone)]
pub struct External {
    /// Digest of its content.
    pub digest: Digest,
    /// Where it lies.
    pub path: PathBuf,
}

/// The inputs of a run.
#[derive(Debug, Clone)]
pub struct Externals {
    /// Folder of the policy to start from.
    pub policy: External,
    /// Table `instructions` of the seeds.
    pub seeds: External,
    /// Table `problems` of the held-out problems; none: no evaluation.
    pub problems: Option<External>,
}

/// The nodes of the run that `config` describes.
///
/// # Errors
/// A graph that the pipeline refuses; `config` without [violations](Config::violations) gives none.
pub fn graph(config: &Config, externals: &Externals) -> Result<Graph, StageError> {
    let mut builder = Builder {
        config,
        externals,
        nodes: Vec::new(),
        policy: folder(&externals.policy),
        trainer: None,
    };
    if config.eval.baseline {
        builder.evaluate(0)?;
    }
    for iteration in 1..=config.iterations {
        builder.generate(iteration)?;
        builder.filter(iteration)?;
        let start = builder.policy.clone();
        for round in 0..config.rounds {
            builder.vote(iteration, round)?;
            builder.train(iteration, round, &start)?;
        }
        builder.evaluate(iteration)?;
    }
    Ok(Graph::new(builder.nodes)?)
}

struct Builder<'a> {
    config: &'a Config,
    externals: &'a Externals,
    nodes: Vec<NodeSpec>,
    /// The policy as it is at this point of the run.
    policy: Input,
    /// The state of the optimizer, once there is one to carry on.
    trainer: Option<Input>,
}

/// The key in a configuration file of a value in a node's configuration: nodes hold some without their section.
pub fn configuration_key(path: &str) -> &str {
    match path {
        "device" => "model.device",
        "dtype" => "model.dtype",
        other => other,
    }
}

type Inputs = Vec<(&'static str, Input)>;

impl Builder<'_> {
    fn generate(&mut self, iteration: u32) -> Result<(), StageError> {
        let mut inputs = vec![("policy", self.policy.clone()), ("seeds", file(&self.externals.seeds))];
        inputs.extend(pool(iteration));
        let config = self.computed(json!({ "generate": value(&self.config.generate)? }));
        self.push("generate", iteration, None, generate::CODE_VERSION, config, inputs)
    }

    fn filter(&mut self, iteration: u32) -> Result<(), StageError> {
        let written = output(&id(iteration, "generate", None), "instructions.parquet");
        let mut inputs = vec![("instructions", written), ("seeds", file(&self.externals.seeds))];
        inputs.extend(pool(iteration));
        let config = json!({ "filter": value(&self.config.filter)? });
        self.push("filter", iteration, None, filter::CODE_VERSION, config, inputs)
    }

    fn vote(&mut self, iteration: u32, round: u32) -> Result<(), StageError> {
        let kept = output(&id(iteration, "filter", None), "kept.parquet");
        let config = self.computed(json!({
            "vote": value(&self.config.vote)?,
            "prompt": value(&self.config.prompt)?,
            "answers": value(&self.config.answers)?,
            "rounds": self.config.rounds,
        }));
        let inputs = vec![("policy", self.policy.clone()), ("kept", kept)];
        self.push("vote", iteration, Some(round), vote::CODE_VERSION, config, inputs)
    }

    fn train(&mut self, iteration: u32, round: u32, start: &Input) -> Result<(), StageError> {
        let votes = id(iteration, "vote", Some(round));
        let reference = match self.config.train.reference {
            Reference::Run => folder(&self.externals.policy),
            Reference::Iteration => start.clone(),
        };
        let mut inputs = vec![
            ("policy", self.policy.clone()),
            ("reference", reference),
            ("rollouts", output(&votes, "rollouts.parquet")),
            ("votes", output(&votes, "votes.parquet")),
        ];
        inputs.extend(self.trainer.clone().map(|trainer| ("trainer", trainer)));
        let mut train = value(&self.config.train)?;
        if let (0, Some(train)) = (self.config.train.lora.rank, train.as_object_mut()) {
            // Without adapters nothing of their section can change a result.
            train.remove("lora");
        }
        let config = self.computed(json!({ "train": train }));
        self.push("train", iteration, Some(round), train::CODE_VERSION, config, inputs)?;

        let trained = id(iteration, "train", Some(round));
        self.policy = output(&trained, "policy");
        self.trainer = self.config.train.carry_optimizer.then(|| output(&trained, "trainer"));
        Ok(())
    }

    fn evaluate(&mut self, iteration: u32) -> Result<(), StageError> {
        let Some(problems) = &self.externals.problems else {
            return Ok(());
        };
        let inputs = vec![("policy", self.policy.clone()), ("problems", file(problems))];
        // Paths, columns and limits decide which problems there are; the table of problems itself is an input.
        let eval = &self.config.eval;
        let config = self.computed(json!({
            "eval": {
                "k": eval.k,
                "sample_limit": eval.sample_limit,
                "temperature": eval.temperature,
                "top_p": eval.top_p,
                "max_new_tokens": eval.max_new_tokens,
                "batch_prompts": eval.batch_prompts,
            },
            "prompt": value(&self.config.prompt)?,
            "answers": value(&self.config.answers)?,
        }));
        self.push("evaluate", iteration, None, evaluate::CODE_VERSION, config, inputs)
    }

    /// The configuration of a node that computes with the policy: where it does and, unless it is the usual one, in
    /// which precision.
    fn computed(&self, mut config: Value) -> Value {
        let ModelConfig { device, dtype, .. } = &self.config.model;
        config["device"] = json!(device);
        if *dtype != Dtype::F32 {
            config["dtype"] = json!(dtype);
        }
        config
    }

    fn push(
        &mut self,
        stage: &str,
        iteration: u32,
        round: Option<u32>,
        code_version: u32,
        mut config: Value,
        inputs: Inputs,
    ) -> Result<(), StageError> {
        // Draws depend on the iteration and the round, and so do columns of the tables.
        config["iteration"] = json!(iteration);
        config["round"] = json!(round);
        // The filter draws nothing: runs that differ in the seed alone share it.
        let seed = if stage == "filter" { 0 } else { self.config.seed };
        self.nodes.push(NodeSpec {
            id: id(iteration, stage, round),
            stage: stage.to_owned(),
            iteration,
            round,
            code_version,
            config,
            seed,
            inputs: inputs
                .into_iter()
                .map(|(name, input)| (name.to_owned(), input))
                .collect::<BTreeMap<_, _>>(),
        });
        Ok(())
    }
}

/// `1/generate`, `1/vote.0`, …
pub(crate) fn id(iteration: u32, stage: &str, round: Option<u32>) -> NodeId {
    let round = round.map(|r| format!(".{r}")).unwrap_or_default();
    NodeId::new(format!("{iteration}/{stage}{round}"))
}

/// Everything kept in earlier iterations, from the second one on.
fn pool(iteration: u32) -> Option<(&'static str, Input)> {
    (iteration > 1).then(|| ("pool", output(&id(iteration - 1, "filter", None), "kept.parquet")))
}

fn output(node: &NodeId, name: &str) -> Input {
    Input::Output {
        node: node.clone(),
        output: name.to_owned(),
    }
}

fn file(external: &External) -> Input {
    Input::External {
        digest: external.digest,
        path: external.path.clone(),
        kind: ArtifactKind::Blob,
    }
}

fn folder(external: &External) -> Input {
    Input::External {
        digest: external.digest,
        path: external.path.clone(),
        kind: ArtifactKind::Tree,
    }
}

fn value<T: serde::Serialize>(section: &T) -> Result<Value, StageError> {
    serde_json::to_value(section)
        .map_err(|e| StageError::Empty(format!("configuration cannot be written as JSON: {e}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::KeepPolicies;

    fn nodes(config: &Config) -> Vec<NodeSpec> {
        let external = |name: &str| External {
            digest: Digest::of(name.as_bytes()),
            path: name.into(),
        };
        let externals = Externals {
            policy: external("p"),
            seeds: external("s"),
            problems: Some(external("e")),
        };
        graph(config, &externals).unwrap().nodes().to_vec()
    }

    #[test]
    fn an_iteration_is_generate_filter_rounds_evaluate() {
        let config = Config {
            iterations: 2,
            rounds: 2,
            ..Config::default()
        };
        let ids: Vec<String> = nodes(&config).iter().map(|n| n.id.to_string()).collect();
        let iteration = [
            "generate", "filter", "vote.0", "train.0", "vote.1", "train.1", "evaluate",
        ];
        let mut want = vec!["0/evaluate".to_owned()];
        want.extend((1..=2).flat_map(|t| iteration.map(|stage| format!("{t}/{stage}"))));
        assert_eq!(ids, want);
    }

    #[test]
    fn execution_settings_change_no_node() {
        let base = Config::default();
        let mut other = base.clone();
        other.name = "other".into();
        other.execution.store = "elsewhere".into();
        other.execution.checkpoint_steps = 1;
        other.execution.threads = 1;
        other.execution.keep_policies = KeepPolicies::Last;
        other.execution.gradient_checkpointing = true;
        assert_eq!(nodes(&base), nodes(&other));
    }

    #[test]
    fn settings_of_adapters_count_where_there_are_adapters() {
        let with = |rank: u32, alpha: f64| {
            let mut config = Config::default();
            (config.train.lora.rank, config.train.lora.alpha) = (rank, alpha);
            nodes(&config)
        };
        assert_eq!(with(0, 32.0), with(0, 16.0));
        assert_ne!(with(8, 32.0), with(8, 16.0));
        assert_ne!(with(8, 32.0), with(0, 32.0));
    }

    #[test]
    fn the_precision_changes_all_that_the_policy_computes() {
        let with = |dtype| {
            let mut config = Config::default();
            (config.iterations, config.model.dtype) = (1, dtype);
            nodes(&config)
        };
        for (usual, mixed) in with(Dtype::F32).iter().zip(with(Dtype::Bf16)) {
            assert_eq!(usual.config.get("dtype"), None);
            let dtype = mixed.config.get("dtype").and_then(Value::as_str);
            assert_eq!(dtype, (mixed.stage != "filter").then_some("bf16"));
        }
    }

    #[test]
    fn bounds_change_train_alone() {
        let base = Config {
            iterations: 1,
            ..Config::default()
        };
        let mut other = base.clone();
        other.train.bounds = [0.1, 0.9];
        let (a, b) = (nodes(&base), nodes(&other));
        let changed: Vec<&str> = a
            .iter()
            .zip(&b)
            .filter(|(a, b)| a != b)
            .map(|(a, _)| a.stage.as_str())
            .collect();
        assert_eq!(changed, ["train"]);
    }
}
