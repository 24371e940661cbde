//! Tokens per second of training and sampling on one model folder.
//!
//! `cargo run --release -p serl-lm --example speed -- MODEL_DIR [--device flex] [--train 16x128] [--sample 4x16x100+128]`
//!
//! Random weights are used if the folder has none. `--train` is sequences x tokens, `--sample` prompts x samples x prompt tokens +
//! new tokens. The first step of each is a warm-up and is not counted.

use std::path::{Path, PathBuf};
use std::time::Instant;

use serl_lm::{
    AdamWConfig, Device, Group, LmError, Objective, Policy, SamplingParams, Sequence, StepConfig,
    TokenObjective, Trainer, sample,
};

/// Training steps that are counted.
const STEPS: usize = 10;

struct Likelihood;

impl Objective for Likelihood {
    fn evaluate(&self, _sequence: usize, logprobs: &[f32]) -> TokenObjective {
        let loss = -logprobs
            .iter()
            .map(|logprob| f64::from(*logprob))
            .sum::<f64>();
        TokenObjective {
            loss,
            gradient: vec![-1e-4; logprobs.len()],
        }
    }
}

fn main() -> Result<(), LmError> {
    let mut args = std::env::args().skip(1);
    let usage = || {
        LmError::Invalid(
            "usage: speed MODEL_DIR [--device D] [--train BxT] [--sample PxNxT+NEW]".to_owned(),
        )
    };
    let folder = PathBuf::from(args.next().ok_or_else(usage)?);
    let (mut device, mut train, mut draw) =
        ("flex".to_owned(), vec![16, 128], vec![4, 16, 100, 128]);
    while let Some(flag) = args.next() {
        let value = args.next().ok_or_else(usage)?;
        let numbers = value
            .split(['x', '+'])
            .filter_map(|part| part.parse().ok())
            .collect();
        match flag.as_str() {
            "--device" => device = value,
            "--train" => train = numbers,
            "--sample" => draw = numbers,
            _ => return Err(usage()),
        }
    }
    let policy = load(&folder, &Device::parse(&device)?)?;
    println!(
        "{}, {} parameters",
        policy.device().describe(),
        policy.parameters()
    );
    if let [batch, time] = train[..] {
        training(policy.clone(), batch, time)?;
    }
    if let [prompts, samples, prompt_tokens, new_tokens] = draw[..] {
        sampling(&policy, [prompts, samples, prompt_tokens, new_tokens])?;
    }
    Ok(())
}

fn load(folder: &Path, device: &Device) -> Result<Policy, LmError> {
    if folder.join("model.safetensors").is_file() {
        Policy::load(folder, device)
    } else {
        Policy::random(folder, device, 1)
    }
}

/// Ids that look random but are the same every time.
fn tokens(policy: &Policy, seed: usize, length: usize) -> Vec<u32> {
    let mixed = |i: usize| (i + 1).wrapping_mul(2_654_435_761) ^ seed.wrapping_mul(40_503);
    (0..length)
        .map(|i| (mixed(i) % policy.vocab_size()) as u32)
        .collect()
}

fn training(policy: Policy, batch: usize, time: usize) -> Result<(), LmError> {
    let sequences: Vec<Sequence> = (0..batch)
        .map(|i| Sequence {
            tokens: tokens(&policy, i, time),
            prompt_len: 1,
        })
        .collect();
    let adamw = AdamWConfig {
        beta1: 0.9,
        beta2: 0.95,
        epsilon: 1e-8,
        weight_decay: 0.0,
    };
    let config = StepConfig {
        lr: 1e-6,
        max_grad_norm: 1.0,
        micro_batch_tokens: batch * time,
        gradient_checkpointing: false,
    };
    let mut trainer = Trainer::new(policy, adamw);
    trainer.step(&sequences, &Likelihood, &config)?;
    let start = Instant::now();
    for _ in 0..STEPS {
        trainer.step(&sequences, &Likelihood, &config)?;
    }
    let seconds = start.elapsed().as_secs_f64() / STEPS as f64;
    println!(
        "train {batch} x {time}: {seconds:.4} s a step, {:.0} tokens/s",
        (batch * time) as f64 / seconds
    );
    Ok(())
}

fn sampling(
    policy: &Policy,
    [prompts, samples, prompt_tokens, new_tokens]: [usize; 4],
) -> Result<(), LmError> {
    let groups: Vec<Group> = (0..prompts)
        .map(|i| Group {
            prompt: tokens(policy, i, prompt_tokens),
            seeds: (0..samples as u64).collect(),
            ..Group::default()
        })
        .collect();
    let params = |max_new_tokens| SamplingParams {
        max_new_tokens,
        ..SamplingParams::default()
    };
    sample(policy, &groups, &params(2), &mut |_| {})?;
    let start = Instant::now();
    let drawn = sample(policy, &groups, &params(new_tokens), &mut |_| {})?;
    let (seconds, tokens) = (
        start.elapsed().as_secs_f64(),
        drawn
            .iter()
            .flatten()
            .map(|s| s.tokens.len())
            .sum::<usize>(),
    );
    println!(
        "sample {prompts} x {samples}, {prompt_tokens} + {new_tokens}: {seconds:.3} s, {:.0} tokens/s",
        tokens as f64 / seconds
    );
    Ok(())
}
