//! What a run will take.

use std::collections::BTreeMap;

use serde::Serialize;
use serl_stages::vote::reward::AnyReward;
use serl_stages::{Generate, Respond, Solve, Stage, Train, Vote};

use super::measured::Measured;
use super::work::{Data, Given, Work, Workload};
use crate::place::Place;
use serl_stages::config::Config;

/// What a node will take.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Expected {
    /// Tokens that it will sample.
    pub tokens: u64,
    /// Whether it will be at most that many.
    pub at_most: bool,
    /// Seconds; none if its stage was not measured.
    pub seconds: Option<f64>,
}

/// What the nodes of a run will take.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Estimate {
    /// By id.
    pub nodes: BTreeMap<String, Expected>,
    /// Seconds by stage, of stages that were measured.
    pub stages: BTreeMap<String, f64>,
    /// Stages whose time matters and was not measured.
    pub unmeasured: Vec<String>,
    /// Runs whose nodes were measured, the newest first.
    pub runs: Vec<String>,
}

/// Stages that a model computes: their time is not small.
const OF_MODELS: [&str; 4] = [Generate::NAME, Respond::NAME, Train::NAME, Solve::NAME];

impl Estimate {
    /// What these nodes of a run of `config` will take, by what was measured.
    pub fn of(nodes: &[Place], config: &Config, data: Data, measured: &Measured) -> Self {
        let workload = Workload {
            config,
            data,
            measured,
            given: Given::default(),
        };
        let mut estimate = Self {
            runs: measured.runs().to_vec(),
            ..Self::default()
        };
        // Rewards that ask a model take as long as sampling does.
        let judges = !config.reward.models().is_empty();
        for place in nodes {
            let stage = place.stage.as_str();
            let expected = expected(stage, workload.of(stage), measured);
            match expected.seconds {
                Some(seconds) => *estimate.stages.entry(stage.to_owned()).or_default() += seconds,
                None if OF_MODELS.contains(&stage) || stage == Vote::NAME && judges => {
                    estimate.unmeasured.push(stage.to_owned());
                }
                None => {}
            }
            estimate.nodes.insert(place.to_string(), expected);
        }
        estimate.unmeasured.sort();
        estimate.unmeasured.dedup();
        estimate
    }

    /// Tokens that all nodes will sample, and whether it will be at most that many.
    pub fn tokens(&self) -> (u64, bool) {
        let all = self.nodes.values();
        (
            all.clone().map(|node| node.tokens).sum(),
            all.clone().any(|node| node.at_most && node.tokens > 0),
        )
    }

    /// Seconds that all nodes will take; none if a stage that matters was not measured.
    pub fn seconds(&self) -> Option<f64> {
        self.unmeasured.is_empty().then(|| self.stages.values().sum())
    }
}

fn expected(stage: &str, work: Work, measured: &Measured) -> Expected {
    let rate = measured.stage(stage).filter(|sums| sums.units > 0.0);
    // Tokens tell more than samples, whose lengths the configuration may change.
    let seconds = rate.map(|sums| match sums.tokens > 0.0 {
        true => work.tokens * sums.seconds / sums.tokens,
        false => work.units * sums.seconds / sums.units,
    });
    Expected {
        tokens: work.tokens.round() as u64,
        at_most: work.at_most,
        seconds,
    }
}

#[cfg(test)]
mod tests {
    use super::super::measured::Sums;
    use super::*;

    fn config() -> Config {
        let mut config = Config {
            rounds: 2,
            ..Config::default()
        };
        config.generate.prompts = 100;
        config.generate.max_per_prompt = 4;
        config.generate.max_new_tokens = 50;
        config.filter.max_kept = 60;
        config.vote.n = 8;
        config.vote.max_new_tokens = 20;
        config.train.epochs = 1;
        config.eval.k = 3;
        config.eval.sample_limit = 10;
        config.eval.max_new_tokens = 30;
        config
    }

    const DATA: Data = Data {
        seeds: 10,
        problems: 40,
    };

    fn places(stages: &[&str]) -> Vec<Place> {
        let place = |stage: &&str| Place {
            iteration: 1,
            stage: (*stage).to_owned(),
            round: None,
        };
        stages.iter().map(place).collect()
    }

    fn estimate(config: &Config, measured: &Measured) -> Estimate {
        Estimate::of(
            &places(&["generate", "filter", "respond", "train", "solve"]),
            config,
            DATA,
            measured,
        )
    }

    #[test]
    fn without_measurements_tokens_are_bounded_and_no_time_is_known() {
        let estimate = estimate(&config(), &Measured::default());
        // 100 x 50, 30 x 8 x 20, (40 + 10 x 3) x 30
        assert_eq!(estimate.tokens(), (5000 + 4800 + 2100, true));
        assert_eq!(estimate.seconds(), None);
        assert_eq!(estimate.unmeasured, ["generate", "respond", "solve", "train"]);
    }

    #[test]
    fn measured_stages_have_the_lengths_and_times_that_were_measured() {
        let sums = |units: f64, tokens: f64, seconds: f64, yielded: f64, of: f64| Sums {
            nodes: 1.0,
            seconds,
            units,
            tokens,
            yielded,
            of,
        };
        let measured = Measured::from(&[
            ("generate", sums(10.0, 200.0, 2.0, 30.0, 10.0)),
            ("filter", sums(30.0, 0.0, 0.3, 20.0, 30.0)),
            ("respond", sums(80.0, 800.0, 4.0, 0.0, 0.0)),
            ("train", sums(400.0, 0.0, 8.0, 5.0, 10.0)),
            ("solve", sums(10.0, 100.0, 1.0, 0.0, 0.0)),
        ]);
        let mut config = config();
        let first = estimate(&config, &measured);
        // Means of 20, 10 and 10 tokens; half of the instructions are selected.
        assert_eq!(first.tokens(), (2000 + 2400 + 700, false));
        let times = [
            ("filter", 3.0),
            ("generate", 20.0),
            ("respond", 12.0),
            ("solve", 7.0),
            ("train", 24.0),
        ];
        assert_eq!(
            first.stages,
            times.map(|(stage, seconds)| (stage.to_owned(), seconds)).into()
        );
        assert_eq!(first.seconds(), Some(66.0));
        config.vote.n = 16;
        let wider = estimate(&config, &measured);
        assert_eq!((wider.stages["respond"], wider.stages["train"]), (24.0, 48.0));
        // Without a limit, the share that the filter kept counts: 200 of 300.
        config.filter.max_kept = 0;
        assert_eq!(estimate(&config, &measured).nodes["1/respond"].tokens, 16_000);
    }
}
