//! Hours of a run on several GPUs: one trains, the others sample.

use serde::Serialize;
use serl_stages::Stage;
use serl_stages::Train;
use serl_stages::config::{Config, Reference, SamplerKind, ServedWeights};

use super::sizes::PolicyBytes;
use super::steps::Model;
use super::tokens::{Load, Tokens};

/// What is left to gain where it is said to stop scaling, as a share of the time without end of GPUs.
const LEFT: f64 = 0.1;

/// GPUs that are tried, at most.
const MOST: u32 = 4096;

/// Hours of a run.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Hours {
    /// GPUs: one that trains and the others that sample, or one for both.
    pub gpus: u32,
    /// Hours in which something is sampled.
    pub sampling: f64,
    /// Hours of scores and optimizer steps.
    pub training: f64,
    /// Hours in which policies and states of the optimizer are written and read.
    pub moving: f64,
    /// From beginning to end.
    pub wall: f64,
    /// Hours of all GPUs together, idle ones included.
    pub gpu_hours: f64,
}

/// Where more GPUs stop helping.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Limit {
    /// From this many on, the run takes at most a tenth longer than with servers without end; none if more than 4,096
    /// would help.
    pub gpus: Option<u32>,
    /// Its hours with servers without end: what is left is done one after another.
    pub least: Hours,
}

/// A run on a cluster of GPUs.
pub struct Cluster<'a> {
    pub model: Model<'a>,
    pub load: Load<'a>,
    pub tokens: &'a [Tokens],
    pub bytes: PolicyBytes,
}

impl Cluster<'_> {
    fn config(&self) -> &Config {
        self.load.workload.config
    }

    /// Hours on this many GPUs.
    pub fn hours(&self, gpus: u32) -> Hours {
        let servers = f64::from(gpus.saturating_sub(1).max(1));
        Hours {
            gpus,
            gpu_hours: f64::from(gpus) * self.with(servers, gpus > 1).wall,
            ..self.with(servers, gpus > 1)
        }
    }

    /// Where more stop helping.
    pub fn limit(&self) -> Limit {
        let least = self.with(f64::INFINITY, true);
        let enough = |gpus: &u32| self.hours(*gpus).wall <= (1.0 + LEFT) * least.wall;
        Limit {
            gpus: (1..=MOST).find(enough),
            least,
        }
    }

    /// Hours with so many servers, `apart` from the GPU that trains.
    fn with(&self, servers: f64, apart: bool) -> Hours {
        let hours = |seconds: f64| seconds / 3600.0;
        let sampling = hours(self.tokens.iter().map(|tokens| self.sampling(tokens, servers)).sum());
        let [training, moving] = [self.training(), self.moving(apart)].map(hours);
        let wall = sampling + training + moving;
        Hours {
            gpus: 0,
            sampling,
            training,
            moving,
            wall,
            gpu_hours: 0.0,
        }
    }

    fn sampling(&self, tokens: &Tokens, servers: f64) -> f64 {
        let sampler = &self.config().sampler;
        let in_flight = match sampler.kind {
            SamplerKind::Local => f64::INFINITY,
            _ => f64::from(sampler.in_flight),
        };
        let calls = self.load.calls(tokens.stage);
        let seconds = calls.iter().map(|call| self.model.sampling(call, servers, in_flight));
        f64::from(tokens.in_run) * seconds.sum::<f64>()
    }

    /// Train nodes of the run, and those whose reference is another policy than the one that they train.
    fn trained(&self) -> [f64; 2] {
        let config = self.config();
        let all = config.iterations * config.rounds;
        let same = match config.train.reference {
            Reference::Run => 1,
            Reference::Iteration => config.iterations,
        };
        let referred = if self.needs_reference() { all - same.min(all) } else { 0 };
        [f64::from(all), f64::from(referred)]
    }

    fn needs_reference(&self) -> bool {
        let train = &self.config().train;
        train.algorithm.needs(train.kl).reference
    }

    /// Operations of all scores and steps.
    pub fn operations(&self) -> [f64; 2] {
        let config = self.config();
        let needs = config.train.algorithm.needs(config.train.kl);
        let [all, referred] = self.trained();
        // Where the reference is the policy itself, one pass serves both.
        let once = f64::from(u8::from(needs.old || needs.reference));
        let learning = self.load.learning();
        let of = |passes: f64| self.model.learning(&learning, config, passes);
        let twice = if needs.old { once + 1.0 } else { once };
        let ([a, b], [c, d]) = (of(once), of(twice));
        [(all - referred) * a + referred * c, (all - referred) * b + referred * d]
    }

    fn training(&self) -> f64 {
        match self.tokens.iter().any(|tokens| tokens.stage == Train::NAME) {
            true => self.model.seconds(self.operations(), self.config().model.dtype),
            false => 0.0,
        }
    }

    /// Seconds in which policies are written and read. All servers read at once.
    fn moving(&self, apart: bool) -> f64 {
        let [all, referred] = self.trained();
        let policy = self.bytes.written as f64;
        let served = match self.config().sampler.weights {
            ServedWeights::Whole => policy,
            ServedWeights::Adapters => self.bytes.adapter as f64,
        };
        let moments = self.bytes.moments as f64;
        // The sampler of one process gives the policy to the trainer.
        let read = if apart { served + policy } else { policy };
        let bytes = all * (policy + moments + read) + (all - 1.0).max(0.0) * moments + referred * policy;
        bytes / self.model.assumed.store_rate.value
    }
}
