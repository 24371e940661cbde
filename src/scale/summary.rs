//! All numbers of a run, put together.

use anyhow::Result;
use serde::Serialize;
use serl_lm::{Dtype, Machine, Shape};
use serl_stages::config::Config;
use serl_stages::{Stage, Train};

use super::assumed::Assumptions;
use super::cluster::{Cluster, Hours, Limit};
use super::sizes::{PolicyBytes, StoreBytes};
use super::steps::Model;
use super::tokens::{Load, Tokens};
use crate::estimate::{Data, Given, Measured, Workload};
use crate::memory::{Peak, Planner, Prompts};

/// Where adapters are trained.
pub(super) const ADAPTERS: &str = "adapters";

/// What numbers on paper are made from.
pub struct Paper {
    /// The configuration of the run.
    pub config: Config,
    /// The shape of its policy.
    pub shape: Shape,
    /// What earlier nodes yielded.
    pub measured: Measured,
    /// Seeds and problems.
    pub data: Data,
    /// What is assumed.
    pub assumed: Assumptions,
    /// What the user says better than measurements.
    pub given: Given,
    /// Numbers of GPUs.
    pub gpus: Vec<u32>,
}

/// Numbers on paper.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// Values of the policy.
    pub parameters: u64,
    /// What is assumed.
    pub assumed: Assumptions,
    /// Iterations.
    pub iterations: u32,
    /// Tokens by stage.
    pub tokens: Vec<Tokens>,
    /// Operations of scores and steps in the run.
    pub training_operations: f64,
    /// Hours by GPUs.
    pub hours: Vec<Hours>,
    /// Where more stop helping.
    pub limit: Limit,
    /// Bytes of a policy.
    pub policy: PolicyBytes,
    /// Bytes of the policies in the store.
    pub store: StoreBytes,
    /// Memory of a train node on each of the GPUs that train, by how it trains.
    pub memory: Vec<Room>,
}

/// The memory of a way to train.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Room {
    /// What is trained: `weights`, or `adapters` of the rank of [`PolicyBytes::rank`].
    pub training: &'static str,
    /// Whether activations are computed again.
    pub gradient_checkpointing: bool,
    /// What it takes.
    pub memory: Peak,
    /// Whether a GPU has as much.
    pub fits: bool,
}

impl Paper {
    /// The numbers.
    ///
    /// # Errors
    /// A configuration that trains in no way.
    pub fn summary(self) -> Result<Summary> {
        let load = Load {
            workload: Workload {
                config: &self.config,
                data: self.data,
                measured: &self.measured,
                given: self.given,
            },
            assumed: &self.assumed,
        };
        let (tokens, parameters) = (load.tokens(), self.shape.parameters());
        let bytes = PolicyBytes::of(&self.shape, &self.config);
        let cluster = Cluster {
            model: Model {
                operations: self.shape.operations(),
                parameters: parameters.all as f64,
                multiplied: (parameters.blocks + parameters.head) as f64,
                position: self.shape.cached_position(1) as f64,
                assumed: &self.assumed,
            },
            load,
            tokens: &tokens,
            bytes,
        };
        let hours = self.gpus.iter().map(|gpus| cluster.hours(*gpus)).collect();
        Ok(Summary {
            parameters: parameters.all,
            iterations: self.config.iterations,
            training_operations: cluster.operations(),
            hours,
            limit: cluster.limit(),
            policy: bytes,
            store: bytes.stored(&self.config),
            memory: self.rooms(bytes.rank),
            tokens,
            assumed: self.assumed,
        })
    }

    /// The memory of each way to train.
    fn rooms(&self, rank: u32) -> Vec<Room> {
        let ways = [(0, false), (0, true), (rank, false), (rank, true)];
        let room = |(rank, gradient_checkpointing): (u32, bool)| {
            let mut config = self.config.clone();
            config.train.lora.rank = rank;
            config.execution.gradient_checkpointing = gradient_checkpointing;
            let planner = Planner {
                config,
                shape: self.shape.clone(),
                machine: Machine {
                    accelerator: true,
                    precision: self.dtype().into(),
                    batching: self.config.sampler.batching(),
                },
                prompts: self.prompts(),
                tokens: 0,
                problems: self.data.problems,
            };
            let memory = planner.peak(Train::NAME, true)?;
            Some(Room {
                training: if rank == 0 { "weights" } else { ADAPTERS },
                gradient_checkpointing,
                fits: memory.bytes() as f64 <= self.assumed.gpu.memory,
                memory,
            })
        };
        ways.into_iter().filter_map(room).collect()
    }

    fn dtype(&self) -> Dtype {
        self.config.model.dtype
    }

    fn prompts(&self) -> Prompts {
        let of = |value: f64| value.ceil() as usize;
        Prompts {
            few_shot: of(self.assumed.few_shot_tokens.value),
            instruction: of(self.assumed.prompt_tokens.value),
            mean_instruction: self.assumed.prompt_tokens.value,
            problem: of(self.assumed.prompt_tokens.value),
            mean_problem: self.assumed.prompt_tokens.value,
        }
    }
}
