//! What each stage asks of a model, and what that takes.

use serl_lm::{Footprint, Lengths, Machine, Rows, Shape, Training, ValueBytes, process};
use serl_stages::config::{AlgorithmName, Backend, Config, SamplerKind};
use serl_stages::{Generate, Respond, Solve, Stage, Train};

use super::peak::{Peak, SAMPLING};
use super::prompts::Prompts;

/// Bytes that a run has besides its model: plan, store, tables. Measured.
const RUN: u64 = 16 << 20;

/// Tokens that are scored at once where a server is tested.
const TESTED: usize = 1024;

/// Knows what the stages of a run take.
#[derive(Debug, Clone)]
pub struct Planner {
    /// The configuration of the run.
    pub config: Config,
    /// The shape of its policy.
    pub shape: Shape,
    /// Where that is computed.
    pub machine: Machine,
    /// Lengths of prompts.
    pub prompts: Prompts,
    /// Tokens of the tokenizer.
    pub tokens: usize,
    /// Held-out problems.
    pub problems: usize,
}

impl Planner {
    /// The peak of a node of `stage`; none for one that computes with no model, or with another than the policy.
    /// `referred`: the reference policy is not the policy that is trained.
    pub fn peak(&self, stage: &str, referred: bool) -> Option<Peak> {
        let process = match self.machine.accelerator {
            true => Footprint::default(),
            false => Footprint {
                process: process(self.tokens).process + RUN,
                ..Footprint::default()
            },
        };
        let peak = match stage {
            Train::NAME => Peak::largest(self.train(referred)),
            Generate::NAME | Respond::NAME | Solve::NAME if self.config.sampler.kind != SamplerKind::Local => {
                Some(self.test_of_servers())
            }
            Generate::NAME | Respond::NAME | Solve::NAME => {
                let machine = Machine {
                    precision: self.config.model.sampled_in(),
                    ..self.machine
                };
                let sampled = self.asked(stage).into_iter().map(|asked| Peak {
                    phase: SAMPLING,
                    footprint: self.shape.sampling(&asked, machine),
                });
                Peak::largest(sampled)
            }
            _ => None,
        }?;
        Some(Peak {
            footprint: peak.footprint + process,
            ..peak
        })
    }

    /// What a sampler is asked for at once, in each kind of call.
    fn asked(&self, stage: &str) -> Vec<Vec<Lengths>> {
        let Config {
            generate, vote, eval, ..
        } = &self.config;
        let all = |count: u32, of: usize| {
            if of == 0 {
                count
            } else {
                count.min(of.try_into().unwrap_or(u32::MAX))
            }
        };
        let call = |count: u32, prompt: usize, responses: u32, longest: u32| {
            let group = Lengths {
                prompt: prompt.max(1),
                responses: vec![longest as usize; responses as usize],
            };
            vec![group; count as usize]
        };
        let Prompts {
            few_shot,
            instruction,
            problem,
            ..
        } = self.prompts;
        match stage {
            Generate::NAME => {
                let count = generate.batch_prompts.min(generate.prompts);
                vec![call(count, few_shot, 1, generate.max_new_tokens)]
            }
            Respond::NAME => {
                let count = all(vote.batch_prompts, self.config.filter.max_kept as usize);
                vec![call(count, instruction, vote.n, vote.max_new_tokens)]
            }
            _ => {
                // Greedy responses, as many at once as the sampled ones make.
                let greedy = all(eval.batch_prompts.saturating_mul(eval.k.max(1)), self.problems);
                let sampled = all(eval.batch_prompts, self.problems);
                let longest = eval.max_new_tokens;
                vec![
                    call(greedy, problem, 1, longest),
                    call(sampled, problem, eval.k, longest),
                ]
            }
        }
    }

    /// Servers draw; the policy is here while they are tested.
    fn test_of_servers(&self) -> Peak {
        let lengths = [self.prompts.few_shot.max(self.prompts.instruction), 1];
        let rows = Rows::at_most(&self.shape, lengths, [2, 1], TESTED, self.machine);
        Peak {
            phase: "testing the servers",
            footprint: self.shape.scoring(&rows, self.machine),
        }
    }

    /// The phases of a train node.
    fn train(&self, referred: bool) -> Vec<Peak> {
        let (train, shape, machine) = (&self.config.train, &self.shape, self.machine);
        let training = Training {
            lora: train.lora.adapter(),
            gradient_checkpointing: self.config.execution.gradient_checkpointing,
            bytes: ValueBytes::with_moments_in(train.moments),
            data_parallel: train.data_parallel.into(),
            ranks: self.config.execution.ranks.into(),
        };
        let lengths = [
            self.prompts.instruction.max(1),
            self.config.vote.max_new_tokens as usize,
        ];
        let coupled = match train.algorithm {
            AlgorithmName::Dpo => 2,
            _ => 1,
        };
        let rows = |responses: u32| {
            let most = [responses as usize, coupled];
            Rows::at_most(shape, lengths, most, train.micro_batch_tokens as usize, machine)
        };
        let scoring = shape.scoring(&rows(u32::MAX), machine);
        let step = shape.training(&rows(train.batch_rollouts), &training, machine);
        // Weights are written while all that a step has is kept for the next one.
        let written = match machine.accelerator {
            true => 0,
            false => shape.writing(),
        };
        let second = scoring.weights + scoring.copies;
        let merged = match &training.lora {
            Some(_) => shape.parameters().blocks * training.bytes.weight,
            None => 0,
        };
        let needs = train.algorithm.needs(train.kl);
        let phase = |phase, footprint| Peak { phase, footprint };
        let steps = Footprint {
            scratch: step.scratch + written,
            ..step
        };
        let scored = Footprint {
            copies: scoring.copies + if referred && needs.reference { second } else { 0 },
            ..scoring
        };
        // A device has given its activations back by then; the host keeps them for a step that may follow.
        let kept = match machine.accelerator {
            true => Footprint {
                weights: steps.weights,
                moments: steps.moments,
                ..Footprint::default()
            },
            false => steps,
        };
        let merging = Footprint {
            copies: kept.copies + merged,
            ..kept
        };
        let mut phases = Vec::new();
        phases.extend((needs.old || needs.reference).then(|| phase("scoring", scored)));
        // What a command takes that makes the steps, it alone knows.
        if train.backend == Backend::BuiltIn {
            phases.push(phase("optimizer steps", steps));
            phases.extend((merged > 0).then(|| phase("merging the adapter", merging)));
        }
        phases
    }
}
