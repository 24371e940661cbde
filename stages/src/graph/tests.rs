use std::collections::BTreeMap;

use serde_json::json;
use serl_artifacts::Digest;
use serl_lm::Dtype;

use super::*;
use crate::config::{DriftConfig, KeepPolicies, SampleDtype};
use crate::registry;
use crate::stage::wires::External;
use crate::vote::reward::{Judge, RewardConfig};

fn externals() -> Externals {
    let external = |name: &str| External {
        digest: Digest::of(name.as_bytes()),
        path: name.into(),
        tree: None,
    };
    Externals {
        policy: external("p"),
        seeds: external("s"),
        problems: Some(external("e")),
        encoder: None,
        evidence: BTreeMap::new(),
    }
}

fn nodes(config: &Config) -> Vec<NodeSpec> {
    let sampler = json!({"kind": "local", "device": config.model.device, "dtype": config.model.sampled_in()});
    graph(config, &externals(), &sampler).unwrap().nodes().to_vec()
}

fn one_iteration() -> Config {
    Config {
        iterations: 1,
        ..Config::default()
    }
}

/// The stages of one iteration whose nodes differ.
fn changed(change: impl FnOnce(&mut Config)) -> Vec<String> {
    let base = one_iteration();
    let mut other = base.clone();
    change(&mut other);
    let (a, b) = (nodes(&base), nodes(&other));
    let differ = a.iter().zip(&b).filter(|(a, b)| a.iteration == 1 && a != b);
    differ.map(|(a, _)| a.stage.clone()).collect()
}

#[test]
fn ids_follow_from_the_configuration_alone() {
    let mut config = one_iteration();
    config.rounds = 2;
    config.drift.enabled = true;
    config.eval.path = "problems.jsonl".to_owned();
    let ids: Vec<NodeId> = nodes(&config).into_iter().map(|node| node.id).collect();
    assert_eq!(node_ids(&config).unwrap(), ids);
    config.eval.path = String::new();
    assert!(node_ids(&config).unwrap().len() < ids.len());
}

#[test]
fn models_are_where_weights_are_computed_with() {
    let mut config = one_iteration();
    config.rounds = 1;
    config.drift.enabled = true;
    config.eval.baseline = false;
    let models = |config: &Config| -> Vec<(String, Vec<&'static str>)> {
        let of = |node: &NodeSpec| (node.stage.clone(), registry::models(node).unwrap());
        nodes(config).iter().map(of).collect()
    };
    let mut wanted: Vec<(String, Vec<&'static str>)> = vec![
        ("generate".to_owned(), vec!["policy"]),
        ("filter".to_owned(), vec![]),
        ("drift".to_owned(), vec!["policy"]),
        ("respond".to_owned(), vec!["policy"]),
        ("vote".to_owned(), vec![]),
        ("train".to_owned(), vec!["policy", "reference"]),
        ("solve".to_owned(), vec!["policy"]),
        ("evaluate".to_owned(), vec![]),
    ];
    assert_eq!(models(&config), wanted);
    config.drift.encoder = "encoder".to_owned();
    config.reward = RewardConfig::Judge(Judge::default());
    (wanted[2].1, wanted[4].1) = (vec![], vec!["policy"]);
    assert_eq!(models(&config), wanted);
}

#[test]
fn an_iteration_is_generate_filter_rounds_evaluate() {
    let config = Config {
        iterations: 2,
        rounds: 2,
        ..Config::default()
    };
    let ids: Vec<String> = nodes(&config).iter().map(|n| n.id.to_string()).collect();
    let iteration = [
        "generate",
        "filter",
        "respond.0",
        "vote.0",
        "train.0",
        "respond.1",
        "vote.1",
        "train.1",
        "solve",
        "evaluate",
    ];
    let mut want = vec!["0/solve".to_owned(), "0/evaluate".to_owned()];
    want.extend((1..=2).flat_map(|t| iteration.map(|stage| format!("{t}/{stage}"))));
    assert_eq!(ids, want);
}

#[test]
fn drift_is_read_by_nothing_but_the_next_drift() {
    let without = Config::default();
    for encoder in ["", "a/folder"] {
        let mut with = without.clone();
        with.drift.enabled = true;
        with.drift.encoder = encoder.into();
        let (drift, others): (Vec<NodeSpec>, Vec<NodeSpec>) =
            nodes(&with).into_iter().partition(|node| node.stage == "drift");
        assert_eq!(others, nodes(&without));
        let folder = if encoder.is_empty() { "policy" } else { "encoder" };
        let names = |node: &NodeSpec| node.inputs.keys().cloned().collect::<Vec<_>>();
        let mut expected = vec![folder, "kept", "seeds", "vectors.0", "vectors.1"];
        expected.sort_unstable();
        assert_eq!(names(&drift[2]), expected);
        assert_eq!(drift[0].inputs.len(), 3);
    }
    let no_candidates = Config {
        instructions: Instructions::Seeds,
        drift: DriftConfig {
            enabled: true,
            ..DriftConfig::default()
        },
        ..without
    };
    assert!(nodes(&no_candidates).iter().all(|node| node.stage != "drift"));
}

#[test]
fn execution_settings_change_no_node() {
    let base = Config::default();
    let mut other = base.clone();
    other.name = "other".into();
    other.execution.store = "elsewhere".into();
    other.execution.remote = "s3://bucket".into();
    other.execution.checkpoint_steps = 1;
    other.execution.threads = 1;
    other.execution.keep_policies = KeepPolicies::Last;
    other.execution.gradient_checkpointing = true;
    assert_eq!(nodes(&base), nodes(&other));
}

#[test]
fn settings_of_adapters_count_where_there_are_adapters() {
    let with = |rank: u32, alpha: f64| {
        let mut config = Config::default();
        (config.train.lora.rank, config.train.lora.alpha) = (rank, alpha);
        nodes(&config)
    };
    assert_eq!(with(0, 32.0), with(0, 16.0));
    assert_ne!(with(8, 32.0), with(8, 16.0));
    assert_ne!(with(8, 32.0), with(0, 32.0));
}

#[test]
fn the_precision_changes_all_that_the_policy_computes() {
    let stages = changed(|config| config.model.dtype = Dtype::Bf16);
    assert_eq!(stages, ["generate", "respond", "train", "solve"]);
}

#[test]
fn the_precision_of_sampling_changes_what_samples_and_not_how_it_is_trained() {
    let stages = changed(|config| config.model.sample_dtype = SampleDtype::Bf16);
    assert_eq!(stages, ["generate", "respond", "solve"]);
    assert_eq!(changed(|config| config.model.sample_dtype = SampleDtype::Int8), stages);
    assert!(changed(|config| config.model.sample_dtype = SampleDtype::F32).is_empty());
}

#[test]
fn what_is_read_from_answers_changes_no_sampling() {
    let order = |config: &mut Config| config.answers.order = vec!["hash".into(), "last_number".into()];
    assert_eq!(changed(order), ["vote", "evaluate"]);
}

#[test]
fn each_section_changes_the_stages_that_read_it() {
    assert_eq!(changed(|c| c.train.bounds = [0.1, 0.9]), ["train"]);
    assert_eq!(changed(|c| c.vote.n = 8), ["respond"]);
    assert_eq!(changed(|c| c.filter.max_words = 7), ["filter"]);
    assert_eq!(changed(|c| c.generate.prompts = 7), ["generate"]);
    assert_eq!(changed(|c| c.eval.temperature = 0.5), ["solve"]);
    assert_eq!(changed(|c| c.eval.k = 3), ["solve", "evaluate"]);
    assert_eq!(changed(|c| c.prompt.system = "Think.".into()), ["respond", "solve"]);
}

#[test]
fn only_what_draws_has_a_seed() {
    assert_eq!(changed(|c| c.seed = 2), ["generate", "respond", "train", "solve"]);
}
