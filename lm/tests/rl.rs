//! Advantages, losses and their gradients against NumPy and PyTorch.
//!
//! `fixtures/rl/oracle.py` computes them on random ragged batches, from the papers' equations.

use std::collections::BTreeMap;

use serde::Deserialize;
use serl_lm::rl::advantage::{self, Deviation};
use serl_lm::rl::aggregation::{Aggregation, Size};
use serl_lm::rl::imitation::imitate;
use serl_lm::rl::kl::{Estimator, k1};
use serl_lm::rl::preference::dpo;
use serl_lm::rl::surrogate::{Kind, Known, LossConfig, PolicyLoss};
use serl_lm::{Tally, TokenObjective};

#[derive(Deserialize)]
struct Oracle {
    settings: BTreeMap<String, Settings>,
    constant: usize,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Settings {
    #[serde(default)]
    kind: String,
    clip: [f32; 2],
    dual_clip: Option<f32>,
    #[serde(default)]
    aggregation: String,
    kl: Option<String>,
    mismatch_cap: Option<f32>,
}

#[derive(Deserialize)]
struct Case {
    groups: Vec<usize>,
    rewards: Vec<f32>,
    beta: f32,
    old: Vec<Vec<f32>>,
    logprobs: Vec<Vec<f32>>,
    reference: Vec<Vec<f32>>,
    sampled: Vec<Vec<f32>>,
    advantages: BTreeMap<String, Vec<Vec<f32>>>,
    standardised: Vec<f32>,
    losses: BTreeMap<String, Expected>,
    dpo: Expected,
    imitation: Expected,
}

#[derive(Deserialize)]
struct Expected {
    loss: f64,
    gradient: Vec<Vec<f32>>,
}

fn oracle() -> Oracle {
    let text = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/rl/oracle.json")).unwrap();
    serde_json::from_slice(&text).unwrap()
}

fn close(what: &str, got: &[Vec<f32>], expected: &[Vec<f32>]) {
    let lengths = |rows: &[Vec<f32>]| rows.iter().map(Vec::len).collect::<Vec<_>>();
    assert_eq!(lengths(got), lengths(expected), "{what}");
    for (got, expected) in got.iter().flatten().zip(expected.iter().flatten()) {
        assert!(
            (got - expected).abs() <= 1e-5 * expected.abs().max(1.0),
            "{what}: {got}, expected {expected}"
        );
    }
}

fn check(what: &str, got: Vec<TokenObjective>, expected: &Expected) {
    let loss: f64 = got.iter().map(|objective| objective.loss).sum();
    assert!(
        (loss - expected.loss).abs() < 1e-5,
        "{what}: {loss}, expected {}",
        expected.loss
    );
    let gradient: Vec<Vec<f32>> = got.into_iter().map(|objective| objective.gradient).collect();
    close(what, &gradient, &expected.gradient);
}

impl Case {
    fn size(&self) -> Size {
        Size {
            responses: self.old.len(),
            tokens: self.old.iter().map(Vec::len).sum(),
        }
    }

    fn loss(&self, settings: &Settings, constant: usize) -> Vec<TokenObjective> {
        let config = LossConfig {
            kind: match settings.kind.as_str() {
                "sequence" => Kind::Sequence,
                "clipped_weight" => Kind::ClippedWeight,
                _ => Kind::Clipped,
            },
            clip: settings.clip,
            dual_clip: settings.dual_clip,
            aggregation: match settings.aggregation.as_str() {
                "sequence_mean" => Aggregation::SequenceMean,
                "sequence_sum" => Aggregation::SequenceSum,
                "constant" => Aggregation::Constant { length: constant },
                _ => Aggregation::TokenMean,
            },
            kl: settings.kl.as_deref().map(|kl| match kl {
                "k1" => (Estimator::K1, self.beta),
                "k2" => (Estimator::K2, self.beta),
                _ => (Estimator::K3, self.beta),
            }),
            mismatch_cap: settings.mismatch_cap,
        };
        let loss = PolicyLoss::new(config, self.size());
        let response = |i: usize| {
            let known = Known {
                old: &self.old[i],
                sampled: Some(&self.sampled[i]),
                reference: &self.reference[i],
                advantages: &vec![self.standardised[i]; self.old[i].len()],
            };
            loss.response(&self.logprobs[i], known, &mut Tally::default())
        };
        (0..self.old.len()).map(response).collect()
    }

    fn dpo(&self) -> Vec<TokenObjective> {
        let gain = |i: usize| {
            let tokens = self.logprobs[i].iter().zip(&self.reference[i]);
            tokens.map(|(p, q)| f64::from(*p) - f64::from(*q)).sum::<f64>()
        };
        let pairs = self.old.len() / 2;
        let response = |i: usize| {
            let (loss, slope) = match i / 2 < pairs {
                false => (0.0, 0.0),
                true => {
                    let pair = dpo(gain(i / 2 * 2), gain(i / 2 * 2 + 1), 0.3);
                    if i.is_multiple_of(2) {
                        (pair.loss, pair.slope)
                    } else {
                        (0.0, -pair.slope)
                    }
                }
            };
            TokenObjective {
                loss: loss / pairs.max(1) as f64,
                gradient: vec![(slope / pairs.max(1) as f64) as f32; self.old[i].len()],
            }
        };
        (0..self.old.len()).map(response).collect()
    }
}

#[test]
fn advantages_equal_those_of_numpy() {
    for case in oracle().cases {
        let (r, g, beta) = (&case.rewards, &case.groups, case.beta);
        let kl: Vec<Vec<f32>> = case
            .old
            .iter()
            .zip(&case.reference)
            .map(|(old, q)| k1(old, q))
            .collect();
        let ours = [
            ("reinforce_pp", advantage::reinforce_pp(r, &kl, beta)),
            (
                "reinforce_pp_baseline",
                advantage::reinforce_pp_baseline(r, g, &kl, beta),
            ),
            (
                "grpo_population",
                advantage::grpo(r, g, &kl, beta, Deviation::Population),
            ),
            ("grpo_sample", advantage::grpo(r, g, &kl, beta, Deviation::Sample)),
            ("dr_grpo", advantage::dr_grpo(r, g, &kl, beta)),
            ("rloo", advantage::rloo(r, g, &kl, beta)),
            ("rloo_normalised", advantage::rloo_normalised(r, g, &kl, beta)),
        ];
        assert_eq!(ours.len(), case.advantages.len());
        for (name, advantages) in ours {
            close(name, &advantages, &case.advantages[name]);
        }
    }
}

#[test]
fn losses_and_gradients_equal_those_of_torch() {
    let oracle = oracle();
    for case in &oracle.cases {
        assert_eq!(case.losses.len(), oracle.settings.len());
        for (name, settings) in &oracle.settings {
            check(name, case.loss(settings, oracle.constant), &case.losses[name]);
        }
        check("dpo", case.dpo(), &case.dpo);
        let imitation = case.logprobs.iter();
        let imitation = imitation.map(|logprobs| imitate(logprobs, Aggregation::TokenMean, case.size()));
        check("imitation", imitation.collect(), &case.imitation);
    }
}
