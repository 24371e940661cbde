//! `serl run`: the whole loop on the shipped policy with tiny counts.

use std::time::{Duration, Instant};

use serl_artifacts::table;
use serl_artifacts::tables::Instruction;
use serl_quickstart::check::solve;

use crate::support::{FINISHED, Playground, TINY, TINY_NODES};

fn ids(report: &serde_json::Value) -> Vec<&str> {
    report["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| node["id"].as_str().unwrap())
        .collect()
}

#[test]
fn a_run_ends_with_a_row_per_iteration_and_says_where_things_are() {
    let outcome = FINISHED.run(&[&["run"], TINY].concat()).succeeded();
    let rows: Vec<Vec<&str>> = outcome
        .stdout
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    let header = "iteration generated kept r_mean q1 median q3 selected reward KL Pass@1 Pass@2 Maj@2 seconds";
    assert_eq!(rows[0].join(" "), header);
    assert_eq!(rows[1..4].iter().map(|row| row[0]).collect::<Vec<_>>(), ["0", "1", "2"]);
    assert!(rows[1..4].iter().all(|row| row.len() == 13), "{}", outcome.stdout);
    let caption = rows[4..].iter().map(|row| row.join(" ")).collect::<Vec<_>>();
    insta::assert_snapshot!(caption.join("\n"));
    assert!(FINISHED.path(".serl/runs/tiny/2/train.1/policy/config.json").is_file());
    assert!(
        outcome.stderr.contains(".serl/runs/tiny/2/train.1/policy"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn the_same_command_again_does_nothing_and_is_quick() {
    let started = Instant::now();
    let outcome = FINISHED.run(&[&["run"], TINY].concat()).succeeded();
    assert!(
        started.elapsed() < Duration::from_secs(5),
        "a cached run must not compute"
    );
    assert!(
        outcome
            .stderr
            .contains(&format!("all {TINY_NODES} nodes cached, nothing to do")),
        "{}",
        outcome.stderr
    );
}

#[test]
fn json_holds_the_table_the_nodes_and_the_policy() {
    let report = FINISHED.json(&[&["run", "-q"], TINY].concat());
    let nodes = ids(&report);
    assert_eq!(nodes.len(), TINY_NODES);
    assert_eq!(nodes[..4], ["0/solve", "0/evaluate", "1/generate", "1/filter"]);
    assert!(
        report["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .all(|node| node["status"] == "cached")
    );
    assert_eq!(report["iterations"].as_array().unwrap().len(), 3);
    let policy = report["policy"].as_str().unwrap();
    assert!(FINISHED.path(policy).join("model.safetensors").is_file(), "{policy}");
}

#[test]
fn quiet_leaves_data_alone() {
    let outcome = FINISHED.run(&[&["run", "-q"], TINY].concat()).succeeded();
    assert_eq!(outcome.stderr, "");
    assert!(outcome.stdout.starts_with("iteration"));
}

#[test]
fn a_stage_runs_what_it_needs_and_no_more() {
    let place = Playground::new();
    let report = place.json(&[&["run", "--stage", "filter"], TINY].concat());
    assert_eq!(ids(&report), ["1/generate", "1/filter"]);
    assert_eq!(report["policy"], serde_json::Value::Null);
}

#[test]
fn an_unknown_stage_is_answered_with_those_there_are() {
    let outcome = Playground::new().run(&[&["run", "--stage", "fliter"], TINY].concat());
    assert_eq!(outcome.code, Some(2), "{}", outcome.stderr);
    assert!(
        outcome.stderr.contains("fliter") && outcome.stderr.contains("filter"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn a_dry_run_says_what_would_run_and_runs_nothing() {
    let place = Playground::new();
    let outcome = place
        .run(&[&["run", "--dry-run", "--stage", "filter"], TINY].concat())
        .succeeded();
    insta::assert_snapshot!(outcome.stdout);
    assert!(!place.path(".serl/runs").exists());
}

#[test]
fn only_what_a_changed_value_touches_would_run_again() {
    let changed = ["run", "--dry-run", "train.bounds=[0.1, 1.0]"];
    let plan = FINISHED.json(&[&changed[..2], TINY, &changed[2..]].concat());
    let nodes = plan.as_array().unwrap();
    let cached: Vec<&str> = nodes
        .iter()
        .filter(|n| n["status"] == "cached")
        .map(|n| n["id"].as_str().unwrap())
        .collect();
    let before = [
        "0/solve",
        "0/evaluate",
        "1/generate",
        "1/filter",
        "1/respond.0",
        "1/vote.0",
    ];
    assert_eq!(cached, before);
}

#[test]
fn most_questions_of_the_shipped_policy_are_strictly_coherent() {
    let place = Playground::new();
    let counts = ["generate.prompts=24", "generate.batch_prompts=24"];
    place
        .run(&[&["run", "-q", "--stage", "generate"], TINY, &counts].concat())
        .succeeded();
    let path = place.path(".serl/runs/tiny/1/generate/instructions.parquet");
    let bytes = std::fs::read(path).unwrap();
    let written: Vec<Instruction> = table::decode(&bytes, "instructions").unwrap();
    let coherent = written.iter().filter(|i| solve(&i.text).is_ok()).count();
    assert!(written.len() >= 24, "{} questions", written.len());
    assert!(
        2 * coherent >= written.len(),
        "{coherent} of {} questions",
        written.len()
    );
}

#[test]
fn the_most_recent_run_is_the_one_that_was_run_last() {
    let place = Playground::after_finished();
    let other = ["name=other", "--stage", "filter", "--iteration", "1"];
    place.run(&[&["run", "-q"], TINY, &other].concat()).succeeded();
    let inspected = || place.run(&["inspect", "eval"]).succeeded().stderr;
    assert!(inspected().starts_with("run `other` in"), "{}", inspected());
    // Nothing of it has to be computed.
    place.run(&[&["run", "-q"], TINY].concat()).succeeded();
    assert!(inspected().starts_with("run `tiny` in"), "{}", inspected());
}
