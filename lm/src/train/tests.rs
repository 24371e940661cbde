//! Training as a whole, on tiny random models.

mod lora;
mod mixed;

use burn::tensor::Tensor;

use super::*;
use crate::testing::{Folder, folder};
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
};

/// The mean negative log-likelihood, weighed by position.
struct Likelihood(f32);

impl Objective for Likelihood {
    fn evaluate(&self, sequence: usize, logprobs: &[f32]) -> TokenObjective {
        let weight = |t: usize| (1.0 + (t + sequence) as f32 * 0.1) / self.0;
        let loss = logprobs
            .iter()
            .enumerate()
            .map(|(t, logprob)| -f64::from(weight(t) * logprob))
            .sum();
        TokenObjective {
            loss,
            gradient: (0..logprobs.len()).map(|t| -weight(t)).collect(),
        }
    }
}

/// Some with a prompt of their own, three with one between them, one of these with a single token.
fn sequences() -> Vec<Sequence> {
    let sequence = |seed: usize, prompt_len: usize, response: usize| Sequence {
        tokens: (0..prompt_len)
            .map(|i| (i * 7 + prompt_len) as u32 % 20)
            .chain((0..response).map(|i| (i * 3 + seed) as u32 % 20))
            .collect(),
        prompt_len,
    };
    vec![
        sequence(1, 3, 6),
        sequence(2, 1, 16),
        sequence(3, 5, 0),
        sequence(4, 4, 8),
        sequence(5, 2, 1),
        sequence(6, 4, 5),
        sequence(7, 4, 1),
    ]
}

/// Response tokens of [`sequences`].
const TOKENS: usize = 6 + 16 + 8 + 1 + 5 + 1;

/// Loss and gradients of one pass over the sequences in these micro-batches.
fn gradients(policy: &Policy, batches: &[Vec<Group>]) -> (f64, Weights) {
    let (sequences, objective) = (sequences(), Likelihood(40.0));
    let mut pass = Pass::new(policy, &sequences, &objective, &STEP);
    for groups in batches {
        pass.micro_batch(groups).unwrap();
    }
    assert_eq!(pass.tokens, TOKENS);
    (pass.loss, pass.gradients)
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
    let (sequences, objective) = (sequences(), Likelihood(1.0));
    let mut pass = Pass::new(policy, &sequences, &objective, &STEP);
    for groups in micro_batches(&sequences, 1000, Path::Host) {
        pass.micro_batch(&groups).unwrap();
    }
    let gradients = pass.gradients;
    let loss = |policy: &Policy| -> f64 {
        let scores = logprobs(policy, &sequences, 1000).unwrap();
        scores
            .iter()
            .enumerate()
            .map(|(i, scores)| objective.evaluate(i, &scores.logprobs).loss)
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
fn host_and_plain_devices_take_the_same_steps() {
    for (family, tied) in [("llama", false), ("llama", true), ("qwen3", true)] {
        let folder = folder(family, tied);
        let [host, plain] = [Device::flex(), Device::plain()].map(|device| {
            let mut trainer = Trainer::new(policy(&folder, &device), ADAMW);
            let reports: Vec<_> = (0..3)
                .map(|_| trainer.step(&sequences(), &Likelihood(40.0), &STEP).unwrap())
                .collect();
            (trainer.into_policy().model.weights, reports)
        });
        for (host, plain) in host.1.iter().zip(&plain.1) {
            assert!(
                (host.loss - plain.loss).abs() < 1e-4 * plain.loss.abs(),
                "{host:?} {plain:?}"
            );
            assert!((host.grad_norm - plain.grad_norm).abs() < 1e-3 * plain.grad_norm);
            assert_eq!(host.tokens, TOKENS);
        }
        for (host, plain) in host.0.iter().zip(plain.0.iter()) {
            crate::testing::assert_close(host, plain, 2e-3);
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
        trainer.step(&sequences(), &Likelihood(40.0), &config).unwrap()
    });
    assert!((one.grad_norm - many.grad_norm).abs() < 1e-5 * one.grad_norm);
    assert!((one.loss - many.loss).abs() < 1e-5);
}

#[test]
fn a_shared_prompt_changes_gradients_by_rounding_only() {
    for (family, tied) in [("llama", true), ("qwen2", false)] {
        let folder = folder(family, tied);
        for device in [Device::flex(), Device::plain()] {
            let policy = policy(&folder, &device);
            let shared = micro_batches(&sequences(), 1000, device.path());
            assert_eq!(shared[0].iter().map(|g| g.members.len()).max(), Some(3));
            let members = shared[0].iter().flat_map(|group| &group.members);
            let alone = members.map(|member| Group { members: vec![*member] });
            let alone = [alone.collect()];
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
    let together = logprobs(&policy, &sequences(), 1000).unwrap();
    for (sequence, together) in sequences().into_iter().zip(together) {
        let alone = logprobs(&policy, &[sequence], 1000).unwrap().remove(0);
        assert_eq!(together.logprobs.len(), alone.logprobs.len());
        let both = together.logprobs.iter().chain(&together.entropies);
        for (together, alone) in both.zip(alone.logprobs.iter().chain(&alone.entropies)) {
            assert!((together - alone).abs() < 1e-5, "{together} {alone}");
        }
    }
}

#[test]
fn gradient_checkpointing_changes_no_bit() {
    for (family, device) in [
        ("llama", Device::flex()),
        ("qwen2", Device::flex()),
        ("llama", Device::plain()),
    ] {
        let folder = folder(family, family == "llama");
        let [kept, again] = [false, true].map(|gradient_checkpointing| {
            let mut trainer = Trainer::new(policy(&folder, &device), ADAMW);
            let config = StepConfig {
                gradient_checkpointing,
                ..STEP
            };
            let reports: Vec<_> = (0..2)
                .map(|_| trainer.step(&sequences(), &Likelihood(40.0), &config).unwrap())
                .collect();
            (reports, bits(&trainer.policy.model.weights))
        });
        assert_eq!(kept, again);
    }
}

#[test]
fn memory_that_is_used_again_changes_no_bit() {
    let folder = folder("llama", true);
    let step = |trainer: &mut Trainer| {
        trainer.step(&sequences(), &Likelihood(40.0), &STEP).unwrap();
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
fn resuming_goes_on_bit_for_bit() {
    let folder = folder("llama", true);
    let step = |trainer: &mut Trainer| {
        trainer.step(&sequences(), &Likelihood(40.0), &STEP).unwrap();
    };
    let mut whole = Trainer::new(policy(&folder, &Device::flex()), ADAMW);
    (0..4).for_each(|_| step(&mut whole));
    let mut first = Trainer::new(policy(&folder, &Device::flex()), ADAMW);
    (0..2).for_each(|_| step(&mut first));
    let saved = tempfile::tempdir().unwrap();
    first.save(saved.path()).unwrap();
    let mut second = Trainer::resume(saved.path(), &Device::flex()).unwrap();
    assert_eq!(second.steps(), 2);
    (0..2).for_each(|_| step(&mut second));
    assert_eq!(bits(&second.policy.model.weights), bits(&whole.policy.model.weights));
    assert_eq!(bits(&second.square), bits(&whole.square));
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let folder = folder("qwen2", false);
    let [one, two] = [1, 2].map(|threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let mut trainer = Trainer::new(policy(&folder, &Device::flex()), ADAMW);
            trainer.step(&sequences(), &Likelihood(40.0), &STEP).unwrap();
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
    let losses: Vec<f64> = (0..40)
        .map(|_| trainer.step(&sequences(), &Likelihood(40.0), &STEP).unwrap().loss)
        .collect();
    assert!(losses[39] < losses[0] * 0.5, "{losses:?}");
    assert_eq!(bits(&policy.model.weights), before);
}

#[test]
fn a_gradient_that_is_not_finite_changes_nothing() {
    struct Broken;
    impl Objective for Broken {
        fn evaluate(&self, _: usize, logprobs: &[f32]) -> TokenObjective {
            TokenObjective {
                loss: 0.0,
                gradient: vec![f32::NAN; logprobs.len()],
            }
        }
    }
    let folder = folder("llama", true);
    let mut trainer = Trainer::new(policy(&folder, &Device::flex()), ADAMW);
    let before = bits(&trainer.policy.model.weights);
    let error = trainer.step(&sequences(), &Broken, &STEP).unwrap_err();
    assert!(error.to_string().contains("not finite"));
    assert_eq!(bits(&trainer.policy.model.weights), before);
    assert_eq!(trainer.steps(), 0);
}

#[test]
fn weight_decay_applies_to_matrices_only() {
    struct Nothing;
    impl Objective for Nothing {
        fn evaluate(&self, _: usize, logprobs: &[f32]) -> TokenObjective {
            TokenObjective {
                loss: 0.0,
                gradient: vec![0.0; logprobs.len()],
            }
        }
    }
    let folder = folder("llama", true);
    let mut trainer = Trainer::new(policy(&folder, &Device::flex()), ADAMW);
    let before: Tensor<2> = trainer.policy.model.weights.embed.clone();
    trainer.step(&sequences(), &Nothing, &STEP).unwrap();
    let weights = &trainer.policy.model.weights;
    crate::testing::assert_close(&weights.embed, &(before * (1.0 - 1e-2 * 0.1)), 1e-6);
    assert!(
        crate::ops::host::values(&weights.norm)
            .iter()
            .all(|gamma| *gamma == 1.0)
    );
}

#[test]
fn the_same_trainer_is_saved_as_the_same_bytes() {
    let folder = folder("llama", true);
    let trainer = Trainer::new(policy(&folder, &Device::flex()), ADAMW);
    let saved = || {
        let out = tempfile::tempdir().unwrap();
        trainer.save(out.path()).unwrap();
        let mut files: Vec<_> = std::fs::read_dir(out.path())
            .unwrap()
            .map(|f| f.unwrap().path())
            .collect();
        files.sort();
        files
            .into_iter()
            .map(|file| std::fs::read(file).unwrap())
            .collect::<Vec<_>>()
    };
    let first = saved();
    assert!((0..8).all(|_| saved() == first));
}
