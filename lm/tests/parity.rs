//! The policy against `transformers`: logits one by one and in a batch of unequal lengths, greedy tokens, saved
//! folders.
//!
//! The fixtures are tiny random models (`fixtures/make.py`). A real model is compared if `SERL_PARITY_DIR` names its
//! folder with a `reference.json` in it (`fixtures/reference.py`).

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serl_lm::{Device, Group, LmError, Policy, Request, Sampler, SamplingParams, logits, logprobs};

#[derive(Deserialize)]
struct Reference {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    prompt: Vec<u32>,
    /// Most likely next token after every position.
    argmax: Vec<usize>,
    /// After the last position.
    logits: Vec<f32>,
    greedy: Vec<u32>,
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

fn reference(folder: &Path) -> Reference {
    serde_json::from_slice(&std::fs::read(folder.join("reference.json")).unwrap()).unwrap()
}

fn argmax(values: &[f32]) -> usize {
    (0..values.len()).fold(0, |best, i| if values[i] > values[best] { i } else { best })
}

/// Largest difference to the reference's logits; panics where the most likely token differs.
fn compare(policy: &Policy, cases: &[Case], batched: bool) -> f32 {
    let prompts: Vec<Vec<u32>> = cases.iter().map(|case| case.prompt.clone()).collect();
    let all = if batched {
        logits(policy, &prompts).unwrap()
    } else {
        prompts
            .iter()
            .map(|prompt| logits(policy, std::slice::from_ref(prompt)).unwrap().remove(0))
            .collect()
    };
    let vocab = policy.vocab_size();
    let mut largest = 0.0f32;
    for (case, logits) in cases.iter().zip(all) {
        let best: Vec<usize> = logits.chunks_exact(vocab).map(argmax).collect();
        assert_eq!(best, case.argmax, "prompt of {} tokens", case.prompt.len());
        let last = &logits[logits.len() - vocab..];
        largest = last
            .iter()
            .zip(&case.logits)
            .fold(largest, |largest, (a, b)| largest.max((a - b).abs()));
    }
    largest
}

fn greedy(policy: &Policy, cases: &[Case]) -> Vec<Vec<u32>> {
    let requests: Vec<Request> = cases
        .iter()
        .map(|case| Request {
            prompt: case.prompt.clone(),
            seeds: vec![0],
            ..Request::default()
        })
        .collect();
    let longest = cases.iter().map(|case| case.greedy.len()).max().unwrap_or(1);
    let params = SamplingParams {
        temperature: 0.0,
        max_new_tokens: longest,
        ..SamplingParams::default()
    };
    let responses = policy.sample(&requests, &params, &mut |_| {}).unwrap();
    responses
        .into_iter()
        .map(|mut responses| responses.remove(0).tokens)
        .collect()
}

fn holds(folder: &Path, device: &Device, tolerance: f32) {
    let policy = Policy::load(folder, device).unwrap();
    let Reference { cases } = reference(folder);
    for batched in [false, true] {
        let difference = compare(&policy, &cases, batched);
        println!(
            "{}: batched {batched}: largest difference {difference:e}",
            folder.display()
        );
        assert!(difference < tolerance, "{}: {difference}", folder.display());
    }
    let expected: Vec<Vec<u32>> = cases.iter().map(|case| case.greedy.clone()).collect();
    assert_eq!(greedy(&policy, &cases), expected, "{}", folder.display());
}

/// Every family, with the embedding as head and without, weights in f32, f16 and bf16, in one file and in several.
const MODELS: [&str; 14] = [
    "llama",
    "llama-sharded",
    "qwen2",
    "qwen2-tied",
    "qwen3",
    "qwen3-bias",
    "mistral",
    "qwen2-window",
    "qwen3-yarn",
    "smollm3",
    "phi3",
    "olmo2",
    "olmo3",
    "gemma3",
];

#[test]
fn tiny_models_equal_transformers() {
    for name in MODELS {
        let positions: usize = reference(&fixture(name))
            .cases
            .iter()
            .map(|case| case.prompt.len())
            .sum();
        assert!(positions >= 1000, "{name}: {positions}");
        for device in [Device::flex(), Device::plain()] {
            holds(&fixture(name), &device, 1e-4);
        }
    }
}

#[test]
fn an_adapter_of_peft_adds_what_it_adds_there() {
    let folder = fixture("qwen3-bias-lora");
    let Reference { cases } = reference(&folder);
    for device in [Device::flex(), Device::plain()] {
        let base = Policy::load(&fixture("qwen3-bias"), &device).unwrap();
        let policy = base.with_adapter(&folder).unwrap();
        let difference = compare(&policy, &cases, true);
        println!("adapter: largest difference {difference:e}");
        assert!(difference < 1e-4, "{difference}");
    }
}

#[test]
fn a_real_model_equals_transformers() {
    match std::env::var_os("SERL_PARITY_DIR") {
        Some(folder) => holds(Path::new(&folder), &Device::flex(), 2e-3),
        None => println!("skipped: SERL_PARITY_DIR is not set"),
    }
}

#[test]
fn the_end_tokens_are_those_of_the_generation_config() {
    for name in MODELS {
        let policy = Policy::load(&fixture(name), &Device::flex()).unwrap();
        assert_eq!(policy.tokenizer().eos_ids(), [1, 3], "{name}");
    }
}

#[test]
fn saving_gives_back_every_tensor_and_file() {
    let (folder, saved) = (fixture("llama"), tempfile::tempdir().unwrap());
    Policy::load(&folder, &Device::flex())
        .unwrap()
        .save(saved.path())
        .unwrap();
    let [before, after] = [&folder, saved.path()].map(|dir| std::fs::read(dir.join("model.safetensors")).unwrap());
    let [before, after] = [&before, &after].map(|bytes| safetensors::SafeTensors::deserialize(bytes).unwrap());
    assert_eq!(before.len(), after.len());
    for (name, tensor) in before.tensors() {
        assert_eq!(after.tensor(&name).unwrap(), tensor, "{name}");
    }
    for name in ["tokenizer.json", "tokenizer_config.json", "generation_config.json"] {
        assert_eq!(
            std::fs::read(folder.join(name)).unwrap(),
            std::fs::read(saved.path().join(name)).unwrap()
        );
    }
}

#[test]
fn saved_policies_load_as_the_same_policy() {
    for name in MODELS {
        let saved = tempfile::tempdir().unwrap();
        let original = Policy::load(&fixture(name), &Device::flex()).unwrap();
        original.save(saved.path()).unwrap();
        let again = Policy::load(saved.path(), &Device::flex()).unwrap();
        let tokens = vec![vec![5, 6, 7]];
        assert_eq!(logits(&original, &tokens).unwrap(), logits(&again, &tokens).unwrap());
        let config = std::fs::read_to_string(saved.path().join("config.json")).unwrap();
        assert!(config.contains("\"float32\""), "{config}");
    }
}

#[test]
fn scores_are_the_log_softmax_of_the_logits() {
    let policy = Policy::load(&fixture("qwen2"), &Device::flex()).unwrap();
    let tokens: Vec<u32> = (2..30).collect();
    let all = logits(&policy, std::slice::from_ref(&tokens)).unwrap().remove(0);
    let (prompt, response) = tokens.split_at(3);
    let group = Group {
        prompt,
        responses: vec![response],
    };
    let scores = logprobs(&policy, &[group], 8).unwrap().remove(0);
    for (i, logprob) in scores.logprobs.iter().enumerate() {
        let row = &all[(i + 2) * 48..(i + 3) * 48];
        let sum: f64 = row.iter().map(|logit| f64::from(*logit).exp()).sum();
        let log = |token: usize| f64::from(row[token]) - sum.ln();
        let entropy: f64 = -(0..48).map(|token| log(token).exp() * log(token)).sum::<f64>();
        assert!((f64::from(*logprob) - log(tokens[i + 3] as usize)).abs() < 1e-5);
        assert!((f64::from(scores.entropies[i]) - entropy).abs() < 1e-5);
    }
}

/// A copy of a fixture to damage.
fn copy(name: &str) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(fixture(name)).unwrap().flatten() {
        std::fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
    }
    copy
}

fn error(folder: &Path) -> String {
    let error: LmError = Policy::load(folder, &Device::flex()).unwrap_err();
    assert!(error.is_user_error());
    error.to_string()
}

#[test]
fn damaged_folders_are_refused_by_name() {
    let folder = copy("llama-sharded");
    let shard = folder.path().join("model-00002-of-00003.safetensors");
    let bytes = std::fs::read(&shard).unwrap();
    for cut in [bytes.len() - 1, 100, 3] {
        std::fs::write(&shard, &bytes[..cut]).unwrap();
        let message = error(folder.path());
        assert!(
            message.contains("model-00002-of-00003") && message.contains("truncated"),
            "{message}"
        );
    }
    std::fs::remove_file(&shard).unwrap();
    assert!(error(folder.path()).contains("model-00002-of-00003"));

    let folder = copy("llama");
    let path = folder.path().join("config.json");
    let config = std::fs::read_to_string(&path).unwrap();
    std::fs::write(
        &path,
        config.replace("\"intermediate_size\": 40", "\"intermediate_size\": 44"),
    )
    .unwrap();
    let message = error(folder.path());
    assert!(
        message.contains("mlp.gate_proj.weight") && message.contains("[40, 24]"),
        "{message}"
    );
    std::fs::write(
        &path,
        config.replace("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3"),
    )
    .unwrap();
    assert!(error(folder.path()).contains("layers.2"));
    std::fs::write(
        &path,
        config.replace("\"model_type\": \"llama\"", "\"model_type\": \"gpt2\""),
    )
    .unwrap();
    assert!(error(folder.path()).contains("gpt2"));
    assert!(error(Path::new("/nowhere")).contains("config.json"));
}
