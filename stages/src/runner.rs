//! Runs a node: finds its stage, its configuration and its policy.

use std::path::Path;

use serl_artifacts::Digest;
use serl_lm::{Device, Policy};
use serl_pipeline::{NodeContext, NodeSpec, Runner};

use crate::config::Config;
use crate::{StageError, evaluate, filter, generate, train, vote};

/// Runs the nodes of one run.
pub struct StageRunner {
    config: Config,
    device: Device,
    /// The policy used last: neighbouring nodes of an iteration share it.
    policy: Option<(Digest, Policy)>,
}

impl StageRunner {
    /// A runner for the nodes that [`graph`](crate::graph) makes of `config`.
    pub fn new(config: Config, device: Device) -> Self {
        Self {
            config,
            device,
            policy: None,
        }
    }

    fn policy(&mut self, ctx: &NodeContext) -> Result<Policy, StageError> {
        let input = ctx.input("policy")?;
        match &self.policy {
            Some((digest, policy)) if *digest == input.digest => Ok(policy.clone()),
            _ => self.load(input.digest, &input.path),
        }
    }

    fn load(&mut self, digest: Digest, path: &Path) -> Result<Policy, StageError> {
        // The old weights go before the new ones come: two policies at once would double the peak memory.
        self.policy = None;
        let policy = Policy::load(path, &self.device)?;
        self.policy = Some((digest, policy.clone()));
        Ok(policy)
    }
}

impl Runner for StageRunner {
    type Error = StageError;

    fn run(&mut self, node: &NodeSpec, ctx: &mut NodeContext) -> Result<(), StageError> {
        let (iteration, round, seed) = (node.iteration, node.round.unwrap_or(0), node.seed);
        match node.stage.as_str() {
            "generate" => {
                let policy = self.policy(ctx)?;
                generate::run(iteration, seed, &self.config.generate, &policy, ctx)
            }
            "filter" => filter::run(iteration, &self.config.filter, ctx),
            "vote" => {
                let policy = self.policy(ctx)?;
                let config = &self.config;
                let turn = vote::Turn {
                    seed,
                    iteration,
                    round,
                    rounds: config.rounds,
                };
                vote::run(turn, &config.vote, &config.prompt, &config.answers, &policy, ctx)
            }
            "train" => {
                let policy = self.policy(ctx)?;
                let execution = &self.config.execution;
                let turn = train::Turn {
                    seed,
                    iteration,
                    round,
                    checkpoint_steps: execution.checkpoint_steps,
                    gradient_checkpointing: execution.gradient_checkpointing,
                };
                train::run(turn, &self.config.train, &self.device, &policy, ctx)
            }
            "evaluate" => {
                let policy = self.policy(ctx)?;
                let config = &self.config;
                let protocol = evaluate::Protocol {
                    eval: &config.eval,
                    prompt: &config.prompt,
                    answers: &config.answers,
                    seed,
                    iteration,
                };
                evaluate::run(protocol, &policy, ctx)
            }
            other => Err(StageError::Empty(format!("`{other}` is no stage of serl"))),
        }
    }
}
