//! Hours of a run on several GPUs: the ranks train, the others sample.

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
    /// GPUs: those that train and the others that sample, or one for both.
    pub gpus: u32,
    /// How many of them train: `execution.ranks` where there are more GPUs.
    pub trainers: u32,
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

/// What the GPUs of a cluster do.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Split {
    /// Those that make optimizer steps; one of them scores.
    trainers: u32,
    /// Those that sample.
    servers: f64,
    /// Whether these are others.
    apart: bool,
}

impl Split {
    /// As many trainers as there are ranks and one GPU is left to sample; ranks are a power of two.
    fn of(gpus: u32, ranks: u32) -> Self {
        let most = ranks.min(gpus.saturating_sub(1)).max(1);
        let trainers = 1 << most.ilog2();
        Self {
            trainers,
            servers: f64::from((gpus - trainers).max(1)),
            apart: gpus > 1,
        }
    }

    /// Servers without end.
    fn endless(ranks: u32) -> Self {
        Self {
            trainers: ranks,
            servers: f64::INFINITY,
            apart: true,
        }
    }
}

impl Cluster<'_> {
    fn config(&self) -> &Config {
        self.load.workload.config
    }

    /// Hours on this many GPUs.
    pub fn hours(&self, gpus: u32) -> Hours {
        let hours = self.with(Split::of(gpus, self.config().execution.ranks));
        Hours {
            gpus,
            gpu_hours: f64::from(gpus) * hours.wall,
            ..hours
        }
    }

    /// Where more stop helping.
    pub fn limit(&self) -> Limit {
        let least = self.with(Split::endless(self.config().execution.ranks));
        let enough = |gpus: &u32| self.hours(*gpus).wall <= (1.0 + LEFT) * least.wall;
        Limit {
            gpus: (1..=MOST).find(enough),
            least,
        }
    }

    /// Hours on GPUs that do this.
    fn with(&self, split: Split) -> Hours {
        let hours = |seconds: f64| seconds / 3600.0;
        let sampling = self.tokens.iter().map(|tokens| self.sampling(tokens, split.servers));
        let sampling = hours(sampling.sum());
        let [training, moving] = [self.training(split.trainers), self.moving(split.apart)].map(hours);
        let wall = sampling + training + moving;
        Hours {
            gpus: 0,
            trainers: split.trainers,
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
    pub fn operations(&self) -> f64 {
        let [scoring, stepping] = [self.scoring(), self.stepping()];
        scoring.iter().chain(&stepping).sum()
    }

    fn scoring(&self) -> [f64; 2] {
        let config = self.config();
        let needs = config.train.algorithm.needs(config.train.kl);
        let [all, referred] = self.trained();
        // Where the reference is the policy itself, one pass serves both.
        let once = f64::from(u8::from(needs.old || needs.reference));
        let again = f64::from(u8::from(needs.old)) * referred;
        self.model.scoring(&self.load.learning(), all * once + again)
    }

    fn stepping(&self) -> [f64; 2] {
        let [all, _] = self.trained();
        let of_node = self.model.stepping(&self.load.learning(), self.config());
        of_node.map(|operations| all * operations)
    }

    /// Seconds of scores on one GPU, and of steps on all that train.
    fn training(&self, trainers: u32) -> f64 {
        if !self.tokens.iter().any(|tokens| tokens.stage == Train::NAME) {
            return 0.0;
        }
        let (config, ranks) = (self.config(), f64::from(trainers));
        let [scoring, stepping] =
            [self.scoring(), self.stepping()].map(|of| self.model.seconds(of, config.model.dtype));
        let trained = match config.train.lora.rank {
            0 => self.model.parameters,
            _ => self.bytes.adapter_values() as f64,
        };
        let of_node = f64::from(config.train.epochs) * self.load.learning().responses;
        let steps = self.trained()[0] * (of_node / f64::from(config.train.batch_rollouts)).ceil();
        scoring + stepping / ranks + steps * self.model.exchange(trained, ranks)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_train_where_a_gpu_is_left_to_sample() {
        let split = |gpus, ranks| {
            let Split {
                trainers,
                servers,
                apart,
            } = Split::of(gpus, ranks);
            (trainers, servers, apart)
        };
        assert_eq!(split(1, 1), (1, 1.0, false));
        assert_eq!(split(1, 8), (1, 1.0, false));
        assert_eq!(split(2, 8), (1, 1.0, true));
        assert_eq!(split(8, 1), (1, 7.0, true));
        assert_eq!(split(8, 8), (4, 4.0, true));
        assert_eq!(split(16, 8), (8, 8.0, true));
    }
}
