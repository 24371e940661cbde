//! One optimizer step: makes a response likelier, whatever it says.
//!
//! ```sh
//! cargo run --release --workspace --example train_step -- models/quickstart
//! ```

use std::path::Path;

use serl_lm::{
    AdamWConfig, Device, Group, LmError, Message, Objective, Policy, StepConfig, Tally, TokenObjective, Trainer,
    logprobs,
};

/// Negative log-likelihood: a loss is any function of the log-probabilities of response tokens, with its derivative.
struct NegativeLogLikelihood;

impl Objective for NegativeLogLikelihood {
    fn evaluate(&self, unit: &[(usize, &[f32])], _: &mut Tally) -> Vec<TokenObjective> {
        let response = |(_number, logprobs): &(usize, &[f32])| TokenObjective {
            loss: -logprobs.iter().map(|&logprob| f64::from(logprob)).sum::<f64>(),
            gradient: vec![-1.0; logprobs.len()],
        };
        unit.iter().map(response).collect()
    }
}

fn main() -> Result<(), LmError> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "models/quickstart".into());
    let policy = Policy::load(Path::new(&folder), &Device::parse("flex")?)?;
    let prompt = policy.tokenizer().chat(&[Message::user("What is 2 + 2?")])?;
    let response = policy.tokenizer().encode("2 + 2 = 4\n#### 4")?;
    // A prompt with any number of responses: the prompt is computed once.
    let groups = [Group {
        prompt: &prompt,
        responses: vec![&response],
    }];
    let total = |policy: &Policy| -> Result<f32, LmError> {
        let scores = logprobs(policy, &groups, 2048)?;
        Ok(scores[0].logprobs.iter().sum())
    };

    println!("before: {:.3} nats", total(&policy)?);
    let adamw = AdamWConfig {
        beta1: 0.9,
        beta2: 0.95,
        epsilon: 1e-8,
        weight_decay: 0.0,
    };
    let mut trainer = Trainer::new(policy, adamw);
    let step = StepConfig {
        lr: 1e-3,
        max_grad_norm: 1.0,
        micro_batch_tokens: 2048,
        gradient_checkpointing: false,
        data_parallel: 1,
    };
    let report = trainer.step(&groups, &NegativeLogLikelihood, &step)?;
    println!("gradient norm: {:.3}", report.grad_norm);
    println!("after: {:.3} nats", total(&trainer.policy())?);
    Ok(())
}
