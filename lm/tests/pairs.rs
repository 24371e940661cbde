//! An objective over pairs from outside the crate: this file has everything that it takes to add one.

use std::path::Path;

use serl_lm::{
    AdamWConfig, Device, Group, Objective, Policy, StepConfig, StepReport, Tally, TokenObjective, Trainer, logprobs,
};

/// Direct preference optimisation (Rafailov et al. 2023, arXiv:2305.18290, equation 7): the mean over pairs of
/// `-log sigmoid(beta (chosen - rejected))`, each the log-probability of a response minus that under the reference.
struct Preference {
    beta: f64,
    /// Log-probability of each response under the reference.
    reference: Vec<f64>,
}

/// Responses of each group: the chosen ones of two pairs, then the rejected ones.
const GROUP: usize = 4;

impl Preference {
    fn pairs(&self) -> f64 {
        self.reference.len() as f64 / 2.0
    }

    /// What a response gained on the reference.
    fn gain(&self, (response, logprobs): &(usize, &[f32])) -> f64 {
        logprobs.iter().map(|x| f64::from(*x)).sum::<f64>() - self.reference[*response]
    }
}

impl Objective for Preference {
    fn unit(&self, response: usize) -> usize {
        response / GROUP * 2 + response % 2
    }

    fn evaluate(&self, unit: &[(usize, &[f32])], _: &mut Tally) -> Vec<TokenObjective> {
        let [chosen, rejected] = unit else {
            panic!("a pair was cut apart: {unit:?}");
        };
        assert_eq!(chosen.0 + 2, rejected.0);
        let margin = self.beta * (self.gain(chosen) - self.gain(rejected));
        let slope = -self.beta / (1.0 + margin.exp()) / self.pairs();
        let member = |(_, logprobs): &(usize, &[f32]), loss, slope: f64| TokenObjective {
            loss,
            gradient: vec![slope as f32; logprobs.len()],
        };
        let loss = (-margin).exp().ln_1p() / self.pairs();
        vec![member(chosen, loss, slope), member(rejected, 0.0, -slope)]
    }
}

/// Two prompts with two pairs each; a rejected response has no token.
fn texts() -> Vec<(Vec<u32>, Vec<Vec<u32>>)> {
    let text = |seed: u32, length: u32| (0..length).map(|i| (i * 5 + seed * 7) % 40 + 4).collect();
    vec![
        (text(1, 6), vec![text(2, 7), text(3, 3), text(4, 5), text(5, 9)]),
        (text(6, 2), vec![text(7, 4), text(8, 4), text(9, 1), vec![]]),
    ]
}

fn groups(texts: &[(Vec<u32>, Vec<Vec<u32>>)]) -> Vec<Group<'_>> {
    texts
        .iter()
        .map(|(prompt, responses)| Group {
            prompt,
            responses: responses.iter().map(Vec::as_slice).collect(),
        })
        .collect()
}

fn policy() -> Policy {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/qwen2");
    Policy::load(&folder, &Device::flex()).unwrap()
}

/// The policy's preference over a reference that differs from it.
fn preference(policy: &Policy, groups: &[Group]) -> Preference {
    let scores = logprobs(policy, groups, 1000).unwrap();
    let sums = scores
        .iter()
        .map(|score| score.logprobs.iter().map(|x| f64::from(*x)).sum::<f64>());
    Preference {
        beta: 0.7,
        reference: sums.enumerate().map(|(i, sum)| sum + (i as f64).sin()).collect(),
    }
}

/// A step of `-rate * gradient`: AdamW with an epsilon beside which the second moment is nothing.
fn descend(groups: &[Group], objective: &Preference, rate: f64, micro_batch_tokens: usize) -> (StepReport, Policy) {
    const EPSILON: f64 = 1e6;
    let adamw = AdamWConfig {
        beta1: 0.9,
        beta2: 0.9,
        epsilon: EPSILON,
        weight_decay: 0.0,
    };
    let config = StepConfig {
        lr: rate * EPSILON,
        max_grad_norm: f64::INFINITY,
        micro_batch_tokens,
        gradient_checkpointing: false,
        data_parallel: 1,
    };
    let mut trainer = Trainer::new(policy(), adamw);
    let report = trainer.step(groups, objective, &config).unwrap();
    (report, trainer.into_policy())
}

/// The loss under `policy`, from its scores.
fn loss(policy: &Policy, groups: &[Group], objective: &Preference) -> f64 {
    let scores = logprobs(policy, groups, 1000).unwrap();
    let chosen = (0..scores.len()).filter(|i| i % GROUP < 2);
    let evaluated = chosen.flat_map(|chosen| {
        let pair = [chosen, chosen + 2].map(|i| (i, &scores[i].logprobs[..]));
        objective.evaluate(&pair, &mut Tally::default())
    });
    evaluated.map(|response| response.loss).sum()
}

#[test]
fn the_gradient_of_a_step_equals_finite_differences_of_the_loss() {
    let texts = texts();
    let groups = groups(&texts);
    let objective = preference(&policy(), &groups);
    let (report, _) = descend(&groups, &objective, 0.0, 1);
    assert!((report.loss - loss(&policy(), &groups, &objective)).abs() < 1e-6);
    // Along the gradient itself the loss changes by its squared norm.
    let rate = 1e-2 / report.grad_norm;
    let [down, up] = [rate, -rate].map(|rate| {
        let (_, policy) = descend(&groups, &objective, rate, 1);
        loss(&policy, &groups, &objective)
    });
    let slope = (up - down) / (2.0 * rate);
    let expected = report.grad_norm.powi(2);
    assert!((slope / expected - 1.0).abs() < 0.01, "{slope}, expected {expected}");
}

#[test]
fn no_micro_batch_is_too_small_for_a_pair() {
    let texts = texts();
    let groups = groups(&texts);
    let objective = preference(&policy(), &groups);
    let whole = descend(&groups, &objective, 0.0, 1000).0;
    for tokens in [1, 8, 16, 20] {
        let cut = descend(&groups, &objective, 0.0, tokens).0;
        assert!((cut.loss - whole.loss).abs() < 1e-6 * whole.loss);
        assert!((cut.grad_norm - whole.grad_norm).abs() < 1e-5 * whole.grad_norm);
        assert_eq!(cut.tokens, whole.tokens);
    }
}

#[test]
fn a_pair_across_prompts_is_refused() {
    struct Across;
    impl Objective for Across {
        fn unit(&self, _: usize) -> usize {
            0
        }

        fn evaluate(&self, _: &[(usize, &[f32])], _: &mut Tally) -> Vec<TokenObjective> {
            Vec::new()
        }
    }
    let texts = texts();
    let config = StepConfig {
        lr: 0.0,
        max_grad_norm: 1.0,
        micro_batch_tokens: 100,
        gradient_checkpointing: false,
        data_parallel: 1,
    };
    let adamw = AdamWConfig {
        beta1: 0.9,
        beta2: 0.9,
        epsilon: 1e-8,
        weight_decay: 0.0,
    };
    let mut trainer = Trainer::new(policy(), adamw);
    let error = trainer.step(&groups(&texts), &Across, &config).unwrap_err().to_string();
    assert!(error.contains("within one group"), "{error}");
    // And one that evaluates none of a unit's responses.
    let error = trainer
        .step(&groups(&texts)[..1], &Across, &config)
        .unwrap_err()
        .to_string();
    assert!(error.contains("evaluated 0 responses of a unit of 4"), "{error}");
}
