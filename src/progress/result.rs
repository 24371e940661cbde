//! What a node came to, in a few words.

use serde_json::Value;
use serl_pipeline::Manifest;
use serl_stages::{Evaluate, Filter, Generate, Respond, Solve, Stage, Train, Vote};

use super::details::figure;
use super::rate::count;

/// What came out of a complete node of `stage`, such as `r_mean 0.512`; empty for stages without figures.
pub(super) fn result(stage: &str, manifest: &Manifest) -> String {
    let summary = &manifest.metrics;
    let of = |name: &str| summary.get(name).and_then(Value::as_f64);
    let counted = |name: &str| of(name).map(|value| count(value as u64));
    let percent = |label: &str, name: &str| Some(format!("{label} {:.1}%", 100.0 * of(name)?));
    let parts = match stage {
        Generate::NAME => vec![
            counted("instructions").map(|n| format!("{n} instructions")),
            sampled(manifest),
        ],
        Filter::NAME => vec![
            counted("kept")
                .zip(counted("candidates"))
                .map(|(kept, all)| format!("{kept} of {all} kept")),
        ],
        Respond::NAME | Solve::NAME => vec![sampled(manifest)],
        Vote::NAME => vec![of("r_mean").map(|value| figure("r_mean", value))],
        Train::NAME => {
            // A round in which nothing was selected has no figures.
            let trained = of("steps").is_some_and(|steps| steps > 0.0);
            let figures = [("reward", "reward_mean"), ("kl", "kl")];
            let figures = figures.map(|(name, column)| of(column).filter(|_| trained).map(|value| figure(name, value)));
            let steps = counted("steps").map(|n| {
                if n == "1" {
                    format!("{n} step")
                } else {
                    format!("{n} steps")
                }
            });
            [steps].into_iter().chain(figures).collect()
        }
        Evaluate::NAME => {
            let k = manifest.material.config["k"].as_u64().unwrap_or_default();
            vec![
                percent("Pass@1", "pass_at_1"),
                percent(&format!("Pass@{k}"), "pass_at_k").filter(|_| k > 1),
                percent(&format!("Maj@{k}"), "maj_at_k").filter(|_| k > 1),
            ]
        }
        _ => Vec::new(),
    };
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// Tokens that a node sampled, and how fast; an attempt that continued another cannot say how fast.
fn sampled(manifest: &Manifest) -> Option<String> {
    let tokens = manifest.metrics.get("sampled_tokens")?.as_f64()?;
    let told = format!("{} tokens", count(tokens as u64));
    if manifest.resumed || manifest.seconds <= 0.0 {
        return Some(told);
    }
    Some(format!("{told}, {}/s", count((tokens / manifest.seconds) as u64)))
}
