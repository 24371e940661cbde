//! The tokens of a run, stage by stage.

use serde::Serialize;
use serl_stages::config::{Config, Normalise};
use serl_stages::{Generate, Respond, Solve, Stage, Train};

use super::assumed::Assumptions;
use crate::estimate::Workload;

/// The tokens of a node of a stage.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Tokens {
    /// The stage.
    pub stage: &'static str,
    /// Its nodes in an iteration.
    pub nodes: u32,
    /// Its nodes in the run.
    pub in_run: u32,
    /// Of prompts, in a node; a prompt counts once for all that is sampled after it, and for each response in training.
    pub prompt: f64,
    /// Sampled, in a node.
    pub sampled: f64,
    /// Trained on, in a node, in all epochs.
    pub trained: f64,
}

/// A call of the sampler: prompts that are answered together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Call {
    /// How often it is made in a node.
    pub times: f64,
    /// Prompts.
    pub prompts: f64,
    /// Responses to each.
    pub responses: f64,
    /// Tokens of a prompt.
    pub prompt: f64,
    /// Mean tokens of a response.
    pub mean: f64,
    /// Tokens of the longest.
    pub longest: f64,
}

/// What a train node computes with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Learning {
    /// Responses that are trained on.
    pub responses: f64,
    /// Responses that are scored.
    pub scored: f64,
    /// Prompts of these.
    pub prompts: f64,
    /// Tokens of a prompt.
    pub prompt: f64,
    /// Mean tokens of a response.
    pub mean: f64,
}

/// The work of a run.
pub struct Load<'a> {
    pub workload: Workload<'a>,
    pub assumed: &'a Assumptions,
}

impl Load<'_> {
    fn config(&self) -> &Config {
        self.workload.config
    }

    /// The tokens of each stage that computes with a model.
    pub fn tokens(&self) -> Vec<Tokens> {
        let config = self.config();
        let (iterations, rounds) = (config.iterations, config.rounds);
        let node = |stage, nodes, in_run| {
            let sampled: f64 = self.calls(stage).iter().map(Call::tokens).sum();
            let prompt: f64 = self.calls(stage).iter().map(Call::prompt_tokens).sum();
            Tokens {
                stage,
                nodes,
                in_run,
                prompt,
                sampled,
                trained: 0.0,
            }
        };
        let learning = self.learning();
        let train = Tokens {
            prompt: learning.responses * learning.prompt * f64::from(config.train.epochs),
            trained: learning.responses * learning.mean * f64::from(config.train.epochs),
            ..node(Train::NAME, rounds, iterations * rounds)
        };
        let stages = [
            node(Generate::NAME, 1, iterations),
            node(Respond::NAME, rounds, iterations * rounds),
            train,
            node(Solve::NAME, 1, iterations + u32::from(config.eval.baseline)),
        ];
        let does = |tokens: &Tokens| tokens.sampled + tokens.trained > 0.0;
        stages.into_iter().filter(does).collect()
    }

    /// The calls of a node of `stage`, one after another.
    pub fn calls(&self, stage: &str) -> Vec<Call> {
        let Config {
            generate, vote, eval, ..
        } = self.config();
        let work = self.workload.of(stage);
        let mean = work.tokens / work.units.max(1.0);
        let [few_shot, prompt] = [&self.assumed.few_shot_tokens, &self.assumed.prompt_tokens].map(|of| of.value);
        let asked = |prompts: f64, batch: u32, responses: u32, prompt: f64, longest: u32| {
            let call = Call {
                times: 1.0,
                prompts: f64::from(batch),
                responses: f64::from(responses),
                prompt,
                mean,
                longest: f64::from(longest),
            };
            in_batches(prompts, call)
        };
        match stage {
            Generate::NAME => {
                let prompts = f64::from(generate.prompts);
                asked(prompts, generate.batch_prompts, 1, few_shot, generate.max_new_tokens)
            }
            Respond::NAME => {
                let prompts = work.units / f64::from(vote.n);
                asked(prompts, vote.batch_prompts, vote.n, prompt, vote.max_new_tokens)
            }
            Solve::NAME => {
                let greedy = eval.batch_prompts.saturating_mul(eval.k.max(1));
                let problems = self.workload.data.problems as f64;
                let mut calls = asked(problems, greedy, 1, prompt, eval.max_new_tokens);
                let sampled = self.workload.sampled_problems();
                calls.extend(asked(sampled, eval.batch_prompts, eval.k, prompt, eval.max_new_tokens));
                calls
            }
            _ => Vec::new(),
        }
    }

    /// What a train node learns from.
    pub fn learning(&self) -> Learning {
        let config = self.config();
        let work = self.workload.of(Respond::NAME);
        let part = match config.vote.train_n {
            0 => 1.0,
            n => (f64::from(n) / f64::from(config.vote.n)).min(1.0),
        };
        let (responses, prompts) = (work.units * part, work.units / f64::from(config.vote.n));
        let selected = self.assumed.selected.value;
        let scored = match config.train.normalise {
            Normalise::All => 1.0,
            Normalise::Selected => selected,
        };
        Learning {
            responses: responses * selected,
            scored: responses * scored,
            prompts: prompts * scored,
            prompt: self.assumed.prompt_tokens.value,
            mean: work.tokens / work.units.max(1.0),
        }
    }
}

impl Call {
    /// Tokens that it samples, as often as it is made.
    fn tokens(&self) -> f64 {
        self.times * self.prompts * self.responses * self.mean
    }

    fn prompt_tokens(&self) -> f64 {
        self.times * self.prompts * self.prompt
    }
}

/// `prompts` in calls like `full`, the last of which may have fewer.
fn in_batches(prompts: f64, full: Call) -> Vec<Call> {
    let times = (prompts / full.prompts).floor();
    let rest = prompts - times * full.prompts;
    let calls = [Call { times, ..full }, Call { prompts: rest, ..full }];
    calls
        .into_iter()
        .filter(|call| call.times * call.prompts > 1e-9)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts_are_asked_in_batches_and_a_rest() {
        let full = Call {
            times: 1.0,
            prompts: 8.0,
            responses: 4.0,
            prompt: 10.0,
            mean: 5.0,
            longest: 9.0,
        };
        let calls = in_batches(20.0, full);
        let counts: Vec<(f64, f64)> = calls.iter().map(|call| (call.times, call.prompts)).collect();
        assert_eq!(counts, [(2.0, 8.0), (1.0, 4.0)]);
        assert_eq!(calls.iter().map(Call::tokens).sum::<f64>(), 20.0 * 4.0 * 5.0);
        assert_eq!(calls.iter().map(Call::prompt_tokens).sum::<f64>(), 200.0);
        assert_eq!(in_batches(16.0, full).len(), 1);
        assert!(in_batches(0.0, full).is_empty());
    }
}
