//! Training of low-rank adapters, and merging one.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{Playground, TINY, shipped};

/// One iteration that trains adapters.
const ADAPTED: &[&str] = &[
    "train.lora.rank=2",
    "train.lora.targets=[\"q_proj\", \"v_proj\", \"down_proj\"]",
    "train.carry_optimizer=false",
    "train.lr=1e-2",
    "iterations=1",
    "rounds=1",
    "eval.path=",
];

fn arguments() -> Vec<&'static str> {
    [&["run", "-q"], TINY, ADAPTED].concat()
}

fn outputs_of_training(place: &Playground) -> Value {
    let report = place.json(&arguments());
    let nodes = report["nodes"].as_array().unwrap();
    let train = nodes.iter().find(|node| node["id"] == "1/train.0").unwrap();
    train["outputs"].clone()
}

fn weights(folder: &Path) -> Vec<u8> {
    fs::read(folder.join("model.safetensors")).unwrap()
}

#[test]
fn a_round_passes_on_its_policy_with_the_adapter_merged() {
    let place = Playground::new();
    place.run(&arguments()).succeeded();
    let (base, trained) = (shipped(""), ".serl/runs/tiny/1/train.0");
    let adapter = format!("{trained}/adapter");
    let policy = place.path(&format!("{trained}/policy"));
    assert_ne!(weights(&policy), weights(&base));
    assert!(!policy.join("adapter_config.json").exists());
    let config = fs::read(place.path(&adapter).join("adapter_config.json")).unwrap();
    let config: Value = serde_json::from_slice(&config).unwrap();
    assert_eq!((&config["peft_type"], &config["r"]), (&"LORA".into(), &2.into()));

    let merge = ["merge", &base.display().to_string(), &adapter, "--out", "merged"];
    assert_eq!(place.run(&merge).succeeded().stdout, "merged\n");
    assert_eq!(weights(&place.path("merged")), weights(&policy));
    insta::assert_snapshot!(place.run(&merge).refusal());
}

#[test]
fn sft_writes_its_adapter_beside_the_policy_that_has_it_merged() {
    let place = Playground::new();
    place.write("documents.jsonl", "{\"text\": \"1+1=2\"}\n");
    let base = shipped("").display().to_string();
    let model = format!("model.path={base}");
    let sft = [
        "sft",
        "-q",
        "-o",
        "trained",
        &model,
        "data.path=documents.jsonl",
        "sft.lr=1e-2",
    ];
    let adapted = [&sft[..], &["sft.lora.rank=2"]].concat();
    assert_eq!(place.run(&adapted).succeeded().stdout, "trained\n");
    let trained = weights(&place.path("trained"));
    assert_ne!(trained, weights(&shipped("")));
    let merge = ["merge", &base, "trained/adapter", "--out", "merged"];
    place.run(&merge).succeeded();
    assert_eq!(trained, weights(&place.path("merged")));

    let broken = ["sft.lora.targets=[]", "sft.lora.alpha=0"];
    insta::assert_snapshot!(place.run(&[&adapted[..], &broken].concat()).refusal());
}

#[test]
fn training_of_an_adapter_that_was_killed_ends_the_same() {
    let whole = Playground::new();
    let killed = Playground::new();
    let mut child = killed.start(&arguments());
    let deadline = Instant::now() + Duration::from_secs(120);
    while !has_checkpoint(&killed.path(".serl/v1/work")) && child.try_wait().unwrap().is_none() {
        assert!(Instant::now() < deadline, "no checkpoint was written");
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    killed.wait(child);
    assert_eq!(outputs_of_training(&killed), outputs_of_training(&whole));
}

fn has_checkpoint(work: &Path) -> bool {
    let nodes = fs::read_dir(work).into_iter().flatten().flatten();
    let mut folders = nodes.map(|node| node.path().join("checkpoints"));
    folders.any(|folder| fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()))
}

#[test]
fn a_folder_that_is_no_adapter_is_refused() {
    let place = Playground::new();
    place.write("adapter_config.json", "{\"peft_type\": \"LORA\"}");
    let base = shipped("").display().to_string();
    let refused = |adapter: &str| place.run(&["merge", &base, adapter, "--out", "merged"]).refusal();
    insta::assert_snapshot!([refused("nowhere"), refused(".")].join("\n"));
}

#[test]
fn moments_cannot_be_carried_beyond_an_adapter() {
    let place = Playground::new();
    insta::assert_snapshot!(
        place
            .run(&["run", "train.lora.rank=8", "train.lora.targets=[]"])
            .refusal()
    );
}

#[test]
fn a_target_that_does_not_exist_is_answered_with_those_there_are() {
    let place = Playground::new();
    insta::assert_snapshot!(place.run(&["run", "train.lora.targets=[\"q\"]"]).refusal());
}
