//! Mixed precision and int8 as their users see them: a policy scores its own samples as when they were drawn, files
//! stay f32, and the most likely tokens are those of `transformers` in f32.

use std::path::{Path, PathBuf};

use safetensors::SafeTensors;
use serde::Deserialize;
use serl_lm::{
    Device, Dtype, Group, Policy, Precision, Request, Response, Sampler, SamplingParams, TokenScores, logits, logprobs,
};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn devices(dtype: Dtype) -> [Device; 2] {
    [Device::flex(), Device::plain()].map(|device| device.with_precision(dtype))
}

const QUESTIONS: [&str; 4] = [
    "Sam makes 6 bags of 5 cups. Sam also makes 2 cups at home. What is the total number of cups?",
    "Jack has 14 old balls and 12 new balls. Then Jack gets 3 balls. How many balls are there now?",
    "Eva collected 12 coins last week. Then the number of coins doubles. How many coins is that?",
    "Zoe collected 12 coins. After that Zoe drops 9 coins on the bus. How many coins are left?",
];

/// Prompts and the policy's responses to them.
fn rollouts(policy: &Policy) -> (Vec<Request>, Vec<Vec<Response>>) {
    let request = |question: &&str| Request {
        prompt: policy.tokenizer().encode(question).unwrap(),
        seeds: vec![1, 2, 3, 4],
        ..Request::default()
    };
    let requests: Vec<Request> = QUESTIONS.iter().map(request).collect();
    let params = SamplingParams {
        temperature: 1.0,
        max_new_tokens: 64,
        ..SamplingParams::default()
    };
    let responses = policy.sample(&requests, &params, &mut |_| {}).unwrap();
    (requests, responses)
}

/// Mean `r - 1 - ln r` of the importance ratios, the estimate k3 of the KL divergence (Schulman 2020), and the largest
/// `|ln r|`.
fn mismatch(drawn: &[Vec<Response>], scored: &[TokenScores]) -> (f64, f64) {
    let logs = drawn.iter().flatten().zip(scored).flat_map(|(drawn, scored)| {
        let pairs = scored.logprobs.iter().zip(drawn.policy_logprobs.iter().flatten());
        pairs.map(|(scored, drawn)| f64::from(scored - drawn))
    });
    let logs: Vec<f64> = logs.collect();
    assert!(logs.len() > 500, "{} tokens", logs.len());
    let k3: f64 = logs.iter().map(|log| log.exp() - 1.0 - log).sum();
    let largest = logs.iter().fold(0.0f64, |m, log| m.max(log.abs()));
    (k3 / logs.len() as f64, largest)
}

#[test]
fn an_unchanged_policy_finds_its_own_samples_as_likely_as_it_drew_them() {
    for (dtype, k3_limit, largest_limit) in [(Dtype::F32, 1e-9, 1e-3), (Dtype::Bf16, 1e-4, 0.3)] {
        for device in devices(dtype) {
            let policy = Policy::load(&folder("../models/quickstart"), &device).unwrap();
            let (k3, largest) = of_samples(&policy, &policy);
            assert!(k3 < k3_limit && largest < largest_limit);
        }
    }
}

#[test]
fn samples_in_int8_are_about_as_likely_in_f32() {
    let [int8, exact] = [Precision::Int8, Precision::F32].map(|precision| {
        let device = Device::flex().with_precision(precision);
        Policy::load(&folder("../models/quickstart"), &device).unwrap()
    });
    let (k3, largest) = of_samples(&int8, &exact);
    assert!((1e-7..1e-3).contains(&k3) && largest < 0.5);
}

/// [`mismatch`] of samples of `sampled` and their scores by `scoring`.
fn of_samples(sampled: &Policy, scoring: &Policy) -> (f64, f64) {
    let (requests, drawn) = rollouts(sampled);
    let groups = requests.iter().zip(&drawn).map(|(request, responses)| Group {
        prompt: &request.prompt,
        responses: responses.iter().map(|response| &response.tokens[..]).collect(),
    });
    let groups: Vec<Group> = groups.collect();
    let scored = logprobs(scoring, &groups, 2048).unwrap();
    let (k3, largest) = mismatch(&drawn, &scored);
    let device = sampled.device().describe();
    println!("{device}: k3 {k3:e}, largest |ln r| {largest:e}");
    (k3, largest)
}

#[test]
fn saved_files_have_the_values_that_were_loaded() {
    let source = folder("../models/quickstart");
    let weights = |dir: &Path| std::fs::read(dir.join("model.safetensors")).unwrap();
    let loaded = weights(&source);
    let loaded = SafeTensors::deserialize(&loaded).unwrap();
    for device in devices(Dtype::Bf16) {
        let saved = tempfile::tempdir().unwrap();
        let policy = Policy::load(&source, &device).unwrap();
        logits(&policy, &[vec![5, 6, 7]]).unwrap();
        policy.save(saved.path()).unwrap();
        let saved = weights(saved.path());
        let saved = SafeTensors::deserialize(&saved).unwrap();
        assert_eq!(saved.len(), loaded.len());
        for (name, tensor) in loaded.tensors() {
            assert_eq!(saved.tensor(&name).unwrap(), tensor, "{name}");
        }
    }
}

#[derive(Deserialize)]
struct Reference {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    prompt: Vec<u32>,
    /// Most likely next token after every position.
    argmax: Vec<usize>,
}

/// The two largest of a position's logits.
fn best(row: &[f32]) -> (usize, f32) {
    let mut order: Vec<usize> = (0..row.len()).collect();
    order.sort_by(|a, b| row[*b].total_cmp(&row[*a]));
    (order[0], row[order[0]] - row[order[1]])
}

/// How the most likely tokens agree with the reference's.
#[derive(Clone, Copy)]
struct Agreement {
    positions: usize,
    /// Share of all positions.
    all: f64,
    /// Share of the positions that rounding does not decide.
    clear: f64,
    /// Root mean square of what rounding changes a logit by, as a share of the logits' own.
    noise: f64,
}

/// Rounding moves each logit by `sigma` (root mean square), so a margin between two by `sqrt(2) sigma`. A position
/// whose margin is above `4 sigma` changes its best token only by a deviation of 2.8 times that: rarer than 1 in 300
/// for normal errors. The margins are those of the policy in f32, which equals the reference (`parity.rs`).
fn agreement(source: &Path, mixed: &Device) -> Agreement {
    let reference: Reference = serde_json::from_slice(&std::fs::read(source.join("reference.json")).unwrap()).unwrap();
    let prompts: Vec<Vec<u32>> = reference.cases.iter().map(|c| c.prompt.clone()).collect();
    let [exact, mixed] = [&Device::flex(), mixed].map(|device| {
        let policy = Policy::load(source, device).unwrap();
        (logits(&policy, &prompts).unwrap().concat(), policy.vocab_size())
    });
    let ((exact, vocab), (mixed, _)) = (exact, mixed);
    let square = |x: f32| f64::from(x).powi(2);
    let errors: f64 = exact.iter().zip(&mixed).map(|(a, b)| square(a - b)).sum();
    let sigma = (errors / exact.len() as f64).sqrt();
    let size = exact.iter().map(|x| square(*x)).sum::<f64>() / exact.len() as f64;
    let argmax: Vec<usize> = reference.cases.iter().flat_map(|c| c.argmax.clone()).collect();
    let rows = exact.chunks_exact(vocab).zip(mixed.chunks_exact(vocab));
    let positions: Vec<(bool, bool)> = rows
        .zip(&argmax)
        .map(|((exact, mixed), reference)| {
            let margin = f64::from(best(exact).1);
            (margin > 4.0 * sigma, best(mixed).0 == *reference)
        })
        .collect();
    assert_eq!(positions.len(), argmax.len());
    let share = |among: &[&(bool, bool)]| {
        let same = among.iter().filter(|(_, same)| *same).count();
        same as f64 / among.len() as f64
    };
    let clear: Vec<_> = positions.iter().filter(|(clear, _)| *clear).collect();
    assert!(
        clear.len() > positions.len() / 2,
        "{}: {} clear",
        source.display(),
        clear.len()
    );
    Agreement {
        positions: positions.len(),
        all: share(&positions.iter().collect::<Vec<_>>()),
        clear: share(&clear),
        noise: sigma / size.sqrt(),
    }
}

/// [`agreement`], of whose clear positions 99 % must agree.
fn agrees(source: &Path, device: &Device) -> Agreement {
    let found = agreement(source, device);
    let Agreement {
        positions,
        all,
        clear,
        noise,
    } = found;
    let name = source.display();
    println!(
        "{name}, {}: {:.2} % of all {positions} positions, {:.2} % of the clear ones, noise {:.2} %",
        device.describe(),
        100.0 * all,
        100.0 * clear,
        100.0 * noise,
    );
    assert!(clear >= 0.99, "{name}: {clear}");
    assert!(noise > 1e-4, "{name}: {noise}");
    found
}

#[test]
fn the_most_likely_tokens_are_those_of_transformers_in_f32() {
    for name in ["llama", "qwen2", "qwen2-tied", "qwen3", "qwen3-bias"] {
        for device in devices(Dtype::Bf16) {
            let found = agrees(&folder("tests/fixtures").join(name), &device);
            let Agreement {
                positions, all, noise, ..
            } = found;
            assert!(positions >= 1000, "{name}: {positions}");
            assert!(all >= 0.97 && noise < 0.02, "{name}: {all}, {noise}");
        }
    }
}

#[test]
fn those_of_a_real_model_are_so_too() {
    match std::env::var_os("SERL_PARITY_DIR") {
        Some(folder) => {
            agrees(Path::new(&folder), &Device::flex().with_precision(Dtype::Bf16));
            greedy_tokens_agree(Path::new(&folder));
        }
        None => println!("skipped: SERL_PARITY_DIR is not set"),
    }
}

/// The most likely token after each position, as a policy samples it in int8.
fn greedy_tokens_agree(source: &Path) {
    let reference: Reference = serde_json::from_slice(&std::fs::read(source.join("reference.json")).unwrap()).unwrap();
    let [int8, exact] = [Precision::Int8, Precision::F32].map(|precision| {
        let device = Device::flex().with_precision(precision);
        Policy::load(source, &device).unwrap()
    });
    let (prefix, params) = (
        |tokens: &[u32]| Request {
            prompt: tokens.to_vec(),
            seeds: vec![0],
            ..Request::default()
        },
        SamplingParams {
            temperature: 0.0,
            max_new_tokens: 1,
            ..SamplingParams::default()
        },
    );
    let of_case =
        |case: &Case| -> Vec<Request> { (1..=case.prompt.len()).map(|end| prefix(&case.prompt[..end])).collect() };
    let requests: Vec<Request> = reference.cases.iter().flat_map(of_case).collect();
    let argmax: Vec<usize> = reference.cases.iter().flat_map(|case| case.argmax.clone()).collect();
    let drawn = int8.sample(&requests, &params, &mut |_| {}).unwrap();
    let same = drawn
        .iter()
        .zip(&argmax)
        .filter(|(drawn, token)| drawn[0].tokens[0] as usize == **token);
    let share = same.count() as f64 / argmax.len() as f64;
    let (k3, _) = of_samples(&int8, &exact);
    println!(
        "{}, int8: {:.2} % of {} positions, k3 {k3:.4}",
        source.display(),
        100.0 * share,
        argmax.len()
    );
    assert!(share > 0.9 && k3 < 0.05, "{share}, {k3}");
}
