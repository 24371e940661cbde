//! Training as a whole, on tiny random models.

mod lora;
mod mixed;
mod ranks;
mod state;

use std::sync::Arc;

use burn::tensor::Tensor;

use super::pass::Pass;
use super::*;
use crate::device::Path;
use crate::micro_batch::{MicroBatch, Share, Unit};
use crate::testing::{Folder, devices, folder};
use crate::{Device, logprobs};

const ADAMW: AdamWConfig = AdamWConfig {
    beta1: 0.9,
    beta2: 0.95,
    epsilon: 1e-8,
    weight_decay: 0.1,
};
const STEP: StepConfig = StepConfig {
    lr: 1e-2,
    max_grad_norm: 1.0,
    micro_batch_tokens: 40,
    gradient_checkpointing: false,
    data_parallel: 1,
};

/// The mean negative log-likelihood, weighed by position, minus some of the entropy.
struct Likelihood(f32);

impl Objective for Likelihood {
    fn evaluate(&self, unit: &[(usize, &[f32])], _: &mut Tally) -> Vec<TokenObjective> {
        let one = |(response, logprobs): &(usize, &[f32])| {
            let weight = |t: usize| (1.0 + (t + response) as f32 * 0.1) / self.0;
            let terms = logprobs.iter().enumerate();
            TokenObjective {
                loss: terms.map(|(t, logprob)| -f64::from(weight(t) * logprob)).sum(),
                gradient: (0..logprobs.len()).map(|t| -weight(t)).collect(),
            }
        };
        unit.iter().map(one).collect()
    }

    fn entropy_weight(&self, response: usize, tokens: usize) -> f32 {
        (0.2 + 0.1 * response as f32 + 0.05 * tokens as f32) / self.0
    }
}

/// An objective that gives every token the same derivative, and no loss.
struct Constant(f32);

impl Objective for Constant {
    fn evaluate(&self, unit: &[(usize, &[f32])], _: &mut Tally) -> Vec<TokenObjective> {
        let constant = |(_, logprobs): &(usize, &[f32])| TokenObjective {
            loss: 0.0,
            gradient: vec![self.0; logprobs.len()],
        };
        unit.iter().map(constant).collect()
    }
}

/// Prompts and responses that own their tokens.
struct Texts(Vec<(Vec<u32>, Vec<Vec<u32>>)>);

impl Texts {
    fn groups(&self) -> Vec<Group<'_>> {
        let groups = self.0.iter().map(|(prompt, responses)| Group {
            prompt,
            responses: responses.iter().map(Vec::as_slice).collect(),
        });
        groups.collect()
    }
}

/// Prompts with one response and with three, of which one is a single token; one response has none.
fn texts() -> Texts {
    let prompt = |length: usize| (0..length).map(|i| (i * 7 + length) as u32 % 20).collect();
    let response = |seed: usize, length: usize| (0..length).map(|i| (i * 3 + seed) as u32 % 20).collect();
    Texts(vec![
        (prompt(3), vec![response(1, 6)]),
        (prompt(1), vec![response(2, 16)]),
        (prompt(5), vec![response(3, 0)]),
        (prompt(4), vec![response(4, 8), response(6, 5), response(7, 1)]),
        (prompt(2), vec![response(5, 1)]),
    ])
}

/// Response tokens of [`texts`].
const TOKENS: usize = 6 + 16 + 8 + 1 + 5 + 1;

/// Micro-batches of which each response is a unit.
fn cut<'a>(groups: &[Group<'a>], budget: usize, path: Path) -> Vec<MicroBatch<'a>> {
    micro_batches(groups, &|response| response, budget, path).unwrap()
}

/// Loss and gradients of one pass over these micro-batches of [`texts`].
fn gradients(policy: &Policy, batches: &[MicroBatch]) -> (f64, Weights) {
    let objective = Likelihood(40.0);
    let mut pass = Pass::new(policy, &objective, &STEP);
    for batch in batches {
        pass.micro_batch(batch).unwrap();
    }
    let Sums { gradients, counts } = pass.sums;
    assert_eq!(counts.tokens, TOKENS);
    (counts.loss, gradients)
}

/// One step on [`texts`].
fn step_with(trainer: &mut Trainer, config: &StepConfig) -> StepReport {
    trainer.step(&texts().groups(), &Likelihood(40.0), config).unwrap()
}

fn policy(folder: &Folder, device: &Device) -> Policy {
    Policy::random(folder.path(), device, 3).unwrap()
}

fn bits(weights: &Weights) -> Vec<u32> {
    weights
        .iter()
        .flat_map(crate::ops::host::values)
        .map(f32::to_bits)
        .collect()
}

#[test]
fn the_gradient_equals_finite_differences_of_the_loss() {
    for family in ["qwen2", "qwen3"] {
        let folder = folder(family, false);
        gradient_equals_finite_differences(&policy(&folder, &Device::flex()));
    }
}

fn gradient_equals_finite_differences(policy: &Policy) {
    let (texts, objective) = (texts(), Likelihood(1.0));
    let groups = texts.groups();
    let mut pass = Pass::new(policy, &objective, &STEP);
    for batch in cut(&groups, 1000, Path::Host) {
        pass.micro_batch(&batch).unwrap();
    }
    let gradients = pass.sums.gradients;
    let loss = |policy: &Policy| -> f64 {
        let scores = logprobs(policy, &groups, 1000).unwrap();
        scores
            .iter()
            .enumerate()
            .map(|(i, scores)| {
                let entropy: f64 = scores.entropies.iter().map(|entropy| f64::from(*entropy)).sum();
                let weight = objective.entropy_weight(i, scores.entropies.len());
                objective.evaluate(&[(i, &scores.logprobs)], &mut Tally::default())[0].loss
                    - f64::from(weight) * entropy
            })
            .sum()
    };
    let params = policy.model.params();
    for (index, gradient) in gradients.trained().enumerate() {
        // Along the gradient itself the loss must change by its squared norm.
        let norm = crate::ops::host::values(gradient)
            .iter()
            .map(|g| f64::from(*g).powi(2))
            .sum::<f64>()
            .sqrt();
        let shifted = |by: f64| {
            let mut policy = policy.clone();
            let weight = policy.model.weights.trained_mut().nth(index).unwrap();
            *weight = weight.clone() + gradient.clone() * (by / norm) as f32;
            loss(&policy)
        };
        let slope = (shifted(1e-2) - shifted(-1e-2)) / 2e-2;
        assert!(
            (slope / norm - 1.0).abs() < 0.02,
            "{}: {slope}, expected {norm}",
            params.trained().nth(index).unwrap().label
        );
    }
}

#[test]
fn all_devices_take_the_same_steps() {
    for (family, tied) in [("llama", false), ("llama", true), ("qwen3", true)] {
        let folder = folder(family, tied);
        let steps = |device| {
            let mut trainer = Trainer::new(policy(&folder, &device), ADAMW);
            let reports: Vec<_> = (0..3).map(|_| step_with(&mut trainer, &STEP)).collect();
            (trainer.into_policy().model.weights, reports)
        };
        let (weights, reports) = steps(Device::plain());
        for device in devices().filter(|device| *device != Device::plain()) {
            let got = steps(device);
            for (got, plain) in got.1.iter().zip(&reports) {
                assert!(
                    (got.loss - plain.loss).abs() < 1e-4 * plain.loss.abs(),
                    "{got:?} {plain:?}"
                );
                assert!((got.grad_norm - plain.grad_norm).abs() < 1e-3 * plain.grad_norm);
                assert_eq!(got.tokens, TOKENS);
            }
            for (got, plain) in got.0.iter().zip(weights.iter()) {
                crate::testing::assert_close(got, plain, 2e-3);
            }
        }
    }
}

#[test]
fn micro_batches_change_a_step_by_rounding_only() {
    let folder = folder("llama", true);
    let [one, many] = [1000, 10].map(|micro_batch_tokens| {
        let mut trainer = Trainer::new(policy(&folder, &Device::flex()), ADAMW);
        let config = StepConfig {
            micro_batch_tokens,
            ..STEP
        };
        step_with(&mut trainer, &config)
    });
    assert!((one.grad_norm - many.grad_norm).abs() < 1e-5 * one.grad_norm);
    assert!((one.loss - many.loss).abs() < 1e-5);
}

/// Shares of one unit each.
fn one_by_one<'a>(share: &Share<'a>) -> Vec<Share<'a>> {
    let alone = |unit: &Unit<'a>| Share {
        prompt: share.prompt,
        units: vec![unit.clone()],
    };
    share.units.iter().map(alone).collect()
}

#[test]
fn a_shared_prompt_changes_gradients_by_rounding_only() {
    for (family, tied) in [("llama", true), ("qwen2", false)] {
        let folder = folder(family, tied);
        for device in devices() {
            let policy = policy(&folder, &device);
            let texts = texts();
            let groups = texts.groups();
            let shared = cut(&groups, 1000, device.path());
            assert_eq!(shared[0].iter().map(|share| share.units.len()).max(), Some(3));
            let alone: Vec<Share> = shared[0].iter().flat_map(one_by_one).collect();
            let alone = [alone];
            let [shared, alone] = [&shared[..], &alone].map(|cut| gradients(&policy, cut));
            assert!((shared.0 - alone.0).abs() < 1e-5 * alone.0.abs());
            for (shared, alone) in shared.1.iter().zip(alone.1.iter()) {
                crate::testing::assert_close(shared, alone, 1e-5);
            }
        }
    }
}

#[test]
fn a_shared_prompt_changes_scores_by_rounding_only() {
    let folder = folder("llama", true);
    let policy = policy(&folder, &Device::flex());
    let texts = texts();
    let groups = texts.groups();
    let together = logprobs(&policy, &groups, 1000).unwrap();
    let alone = groups.iter().flat_map(|Group { prompt, responses }| {
        responses.iter().map(|response| Group {
            prompt,
            responses: vec![response],
        })
    });
    let alone: Vec<Group> = alone.collect();
    assert_eq!(alone.len(), together.len());
    for (alone, together) in alone.into_iter().zip(together) {
        let alone = logprobs(&policy, &[alone], 1000).unwrap().remove(0);
        assert_eq!(together.logprobs.len(), alone.logprobs.len());
        let both = together.logprobs.iter().chain(&together.entropies);
        for (together, alone) in both.zip(alone.logprobs.iter().chain(&alone.entropies)) {
            assert!((together - alone).abs() < 1e-5, "{together} {alone}");
        }
    }
}

#[test]
fn gradient_checkpointing_changes_no_bit() {
    let all = devices().map(|device| ("llama", device));
    for (family, device) in all.chain([("qwen2", Device::flex())]) {
        let folder = folder(family, family == "llama");
        let [kept, again] = [false, true].map(|gradient_checkpointing| {
            let mut trainer = Trainer::new(policy(&folder, &device), ADAMW);
            let config = StepConfig {
                gradient_checkpointing,
                ..STEP
            };
            let reports: Vec<_> = (0..2).map(|_| step_with(&mut trainer, &config)).collect();
            (reports, bits(&trainer.policy.model.weights))
        });
        assert_eq!(kept, again);
    }
}

#[cfg(feature = "wgpu")]
#[test]
fn a_step_on_a_gpu_launches_no_more_kernels_than_it_did() {
    let launched = |layers| {
        let folder = folder("llama", false).with("num_hidden_layers", layers);
        let mut trainer = Trainer::new(policy(&folder, &Device::parse("wgpu").unwrap()), ADAMW);
        step_with(&mut trainer, &STEP);
        let launches = crate::testing::launches::launches(|| {
            step_with(&mut trainer, &STEP);
        });
        launches.values().sum::<usize>()
    };
    let [two, four] = [2, 4].map(launched);
    let layer = (four - two) / 2;
    println!("{layer} launches a layer, {} beside them", two - 2 * layer);
    assert!(layer <= 368, "{layer} launches a layer");
}

#[test]
fn memory_that_is_used_again_changes_no_bit() {
    let folder = folder("llama", true);
    let step = |trainer: &mut Trainer| {
        step_with(trainer, &STEP);
    };
    let mut warm = Trainer::new(policy(&folder, &Device::flex()), ADAMW);
    let mut cold = warm.clone();
    for _ in 0..3 {
        step(&mut warm);
        cold.pool = Pool::default();
        step(&mut cold);
    }
    assert_eq!(bits(&warm.policy.model.weights), bits(&cold.policy.model.weights));
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let folder = folder("qwen2", false);
    let [one, two] = [1, 2].map(|threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let mut trainer = Trainer::new(policy(&folder, &Device::flex()), ADAMW);
            step_with(&mut trainer, &STEP);
            bits(&trainer.policy.model.weights)
        })
    });
    assert_eq!(one, two);
}

#[test]
fn training_lowers_the_loss_and_leaves_the_original_alone() {
    let folder = folder("llama", true);
    let policy = policy(&folder, &Device::flex());
    let before = bits(&policy.model.weights);
    let mut trainer = Trainer::new(policy.clone(), ADAMW);
    let losses: Vec<f64> = (0..40).map(|_| step_with(&mut trainer, &STEP).loss).collect();
    assert!(losses[39] < losses[0] * 0.5, "{losses:?}");
    assert_eq!(bits(&policy.model.weights), before);
}

#[test]
fn a_gradient_that_is_not_finite_changes_nothing() {
    let folder = folder("llama", true);
    let mut trainer = Trainer::new(policy(&folder, &Device::flex()), ADAMW);
    let before = bits(&trainer.policy.model.weights);
    let error = trainer.step(&texts().groups(), &Constant(f32::NAN), &STEP).unwrap_err();
    assert_eq!(
        error.to_string(),
        "step 1: the gradient of `embed` is not finite (NaN or infinite)"
    );
    assert!(error.is_user_error());
    assert_eq!(bits(&trainer.policy.model.weights), before);
    assert_eq!(trainer.steps(), 0);
}

#[test]
fn a_step_that_leaves_something_not_finite_fails_by_name() {
    let folder = folder("llama", true);
    let decay = AdamWConfig {
        weight_decay: 1e3,
        ..ADAMW
    };
    let mut trainer = Trainer::new(policy(&folder, &Device::flex()), decay);
    let fast = StepConfig { lr: 1e38, ..STEP };
    let error = trainer.step(&texts().groups(), &Constant(1.0), &fast).unwrap_err();
    assert_eq!(
        error.to_string(),
        "step 1: the weights of `embed` are not finite (NaN or infinite)"
    );
    assert!(error.is_user_error());
}

#[test]
fn weight_decay_applies_to_matrices_only() {
    let folder = folder("llama", true);
    let mut trainer = Trainer::new(policy(&folder, &Device::flex()), ADAMW);
    let before: Tensor<2> = trainer.policy.model.weights.embed.clone();
    trainer.step(&texts().groups(), &Constant(0.0), &STEP).unwrap();
    let weights = &trainer.policy.model.weights;
    crate::testing::assert_close(&weights.embed, &(before * (1.0 - 1e-2 * 0.1)), 1e-6);
    assert!(
        crate::ops::host::values(&weights.norm)
            .iter()
            .all(|gamma| *gamma == 1.0)
    );
}

/// Where the values of a tensor lie.
fn address(tensor: &Tensor<2>) -> *const f32 {
    crate::ops::host::read(tensor, |values| values.as_ptr())
}

#[test]
fn a_policy_that_nobody_else_has_is_trained_in_place_and_without_copies() {
    let folder = folder("llama", true);
    let saved = tempfile::tempdir().unwrap();
    Trainer::new(policy(&folder, &Device::flex()), ADAMW)
        .save(saved.path())
        .unwrap();
    let new = |policy| Trainer::new(policy, ADAMW);
    let carry_on = |policy| Trainer::carry_on(policy, saved.path()).unwrap();
    for trainer in [&new as &dyn Fn(Policy) -> Trainer, &carry_on] {
        let policy = policy(&folder, &Device::flex());
        let packed = Arc::downgrade(&policy.packed());
        let before = address(&policy.model.weights.blocks[0].down);
        let mut trainer = trainer(policy);
        assert!(packed.upgrade().is_none(), "the packed copy outlives sampling");
        step_with(&mut trainer, &STEP);
        assert_eq!(address(&trainer.policy().model.weights.blocks[0].down), before);
        assert_eq!(address(&trainer.into_policy().model.weights.blocks[0].down), before);
    }
}
