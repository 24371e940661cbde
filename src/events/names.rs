//! The names of metrics: those that TRL's `GRPOTrainer` logs for the same thing, and names of our own for the rest.
//!
//! docs/src/events.md lists them with their meanings; a test holds it against what a run writes.

use std::collections::BTreeMap;

use serde_json::Value;
use serl_pipeline::Manifest;
use serl_stages::{Evaluate, Filter, Generate, Respond, Solve, Stage, Train, Vote};

use super::entry::Metrics;

/// Columns of the table `train_log` and figures of algorithms that TRL has another name for.
const OF_STEPS: [(&str, &str); 3] = [
    ("reward_mean", "reward"),
    ("lr", "learning_rate"),
    ("clip_fraction", "clip_ratio/region_mean"),
];

/// The metrics of an optimizer step from its figures.
pub(super) fn of_step(figures: &BTreeMap<String, f64>) -> Metrics {
    let named = |(name, value): (&String, &f64)| {
        let known = OF_STEPS.iter().find(|(ours, _)| ours == name);
        (known.map_or(name.as_str(), |(_, theirs)| theirs).to_owned(), *value)
    };
    let mut metrics: Metrics = figures.iter().map(named).collect();
    if let (Some(tokens), Some(responses)) = (figures.get("tokens"), figures.get("responses")) {
        metrics.insert("completions/mean_length".to_owned(), tokens / responses.max(1.0));
    }
    metrics
}

/// The metrics of a complete node of `stage`.
pub(super) fn of_node(stage: &str, manifest: &Manifest) -> Metrics {
    let summary = &manifest.metrics;
    let of = |pointer: &str| summary.pointer(pointer).and_then(Value::as_f64);
    let share = |part: &str, whole: &str| Some(of(part)? / of(whole).filter(|&whole| whole > 0.0)?);
    let mut metrics = Metrics::new();
    let mut put = |name: &str, value: Option<f64>| {
        metrics.extend(value.map(|value| (name.to_owned(), value)));
    };
    match stage {
        Generate::NAME => {
            put("generate/instructions", of("/instructions"));
            put("generate/pool", of("/pool"));
            put("generate/mean_length", of("/lengths/mean"));
            put("generate/clipped_ratio", of("/lengths/truncated"));
        }
        Filter::NAME => {
            put("filter/candidates", of("/candidates"));
            put("filter/kept", of("/kept"));
        }
        Respond::NAME => {
            put("completions/mean_length", of("/lengths/mean"));
            put("completions/min_length", of("/lengths/min"));
            put("completions/max_length", of("/lengths/max"));
            put("completions/mean_terminated_length", of("/lengths/mean_ended"));
            put("completions/clipped_ratio", of("/lengths/truncated"));
        }
        Vote::NAME => {
            put("r_mean", of("/r_mean"));
            put(&format!("rewards/{}/mean", reward(manifest)), of("/reward/mean"));
            put("reward_std", of("/reward/std"));
            put("frac_reward_zero_std", of("/reward/zero_std_groups"));
            put("parsed", share("/n_parsed", "/n_responses"));
        }
        Train::NAME => {
            put("selected", share("/selected", "/instructions"));
            put("steps", of("/steps"));
        }
        Solve::NAME => {
            put("solve/mean_length", of("/lengths/mean"));
            put("solve/clipped_ratio", of("/lengths/truncated"));
        }
        Evaluate::NAME => {
            let k = manifest.material.config["k"].as_u64().unwrap_or_default();
            put("eval/pass@1", of("/pass_at_1"));
            // Of one sample, this would be another figure of the same name.
            if k > 1 {
                put(&format!("eval/pass@{k}"), of("/pass_at_k"));
                put(&format!("eval/maj@{k}"), of("/maj_at_k"));
            }
            put("eval/problems", of("/n"));
            put("parsed", share("/n_parsed", "/n_responses"));
        }
        _ => {}
    }
    let tokens = of("/sampled_tokens");
    put("sampled_tokens", tokens);
    let timed = !manifest.resumed && manifest.seconds > 0.0;
    put(
        "tokens_per_second",
        tokens.filter(|_| timed).map(|tokens| tokens / manifest.seconds),
    );
    metrics
}

/// The kind of reward that a vote node gave.
fn reward(manifest: &Manifest) -> &str {
    manifest.material.config["reward"]["kind"]
        .as_str()
        .unwrap_or("majority")
}

/// Tokens of prompts and responses that a node sampled, as TRL counts them: a prompt once per response.
pub(super) fn seen_tokens(manifest: &Manifest) -> Option<f64> {
    let of = |name: &str| manifest.metrics.get(name).and_then(Value::as_f64);
    Some(of("prompt_tokens")? + of("sampled_tokens")?)
}

/// Steps that a train node took.
pub(super) fn steps(manifest: &Manifest) -> u64 {
    manifest.metrics.get("steps").and_then(Value::as_u64).unwrap_or(0)
}
