//! `execution.keep_policies`: which policies a run keeps, and how the others come back.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::support::inventory::Inventory;
use crate::support::{FINISHED, Playground, TINY, TINY_NODES};

const ITERATIONS: &str = "execution.keep_policies=iterations";
const LAST: &str = "execution.keep_policies=last";
const ALL: &str = "execution.keep_policies=all";

/// Each mode with the train nodes whose policies it keeps.
const MODES: [(&str, &[&str]); 3] = [
    (ALL, &["1/train.0", "1/train.1", "2/train.0", "2/train.1"]),
    (ITERATIONS, &["1/train.1", "2/train.1"]),
    (LAST, &["2/train.1"]),
];

fn run(place: &Playground, changes: &[&str]) -> Value {
    place.json(&[&["run", "-q"], TINY, changes].concat())
}

fn kept(place: &Playground) -> Vec<&'static str> {
    let is_there = |node: &&str| {
        let policy = place.path(&format!(".serl/runs/tiny/{node}/policy"));
        let weights = policy.join("model.safetensors").is_file();
        assert_eq!(policy.is_dir(), weights, "{node}");
        weights
    };
    MODES[0].1.iter().copied().filter(is_there).collect()
}

/// Digests of all outputs, by node.
fn outputs(report: &Value) -> BTreeMap<String, Value> {
    let nodes = report["nodes"].as_array().unwrap().iter();
    nodes
        .map(|node| (node["id"].as_str().unwrap().to_owned(), node["outputs"].clone()))
        .collect()
}

fn with_status(nodes: &Value, status: &str) -> Vec<String> {
    let nodes = nodes.as_array().unwrap().iter();
    let found = nodes.filter(|node| node["status"] == status);
    found.map(|node| node["id"].as_str().unwrap().to_owned()).collect()
}

fn sorted(mut ids: Vec<String>) -> Vec<String> {
    ids.sort_unstable();
    ids
}

fn bytes(place: &Playground) -> u64 {
    place.json(&["gc"])["kept"]["bytes"].as_u64().unwrap()
}

fn garbage(place: &Playground) -> Value {
    place.json(&["gc", "--older-than", "0s"])["garbage"].clone()
}

#[test]
fn each_mode_keeps_what_it_says_and_the_results_are_the_same() {
    let wanted = outputs(&run(&Playground::after_finished(), &[]));
    let mut sizes = Vec::new();
    for (mode, policies) in MODES {
        let place = Playground::new();
        let report = run(&place, &[mode]);
        assert_eq!(outputs(&report), wanted, "{mode}");
        assert_eq!(kept(&place), policies, "{mode}");
        place.run(&["fsck"]).succeeded();
        assert_eq!(garbage(&place), serde_json::json!({}), "{mode}");
        sizes.push(bytes(&place));

        let again = run(&place, &[mode]);
        assert_eq!(with_status(&again["nodes"], "cached").len(), TINY_NODES);
        assert_eq!(outputs(&again), wanted, "{mode}");
        assert_eq!(again["policy"], report["policy"], "{mode}");
    }
    assert!(sizes[0] > sizes[1] && sizes[1] > sizes[2], "{sizes:?}");
}

#[test]
fn what_is_kept_can_be_lessened_later_and_is_told() {
    let place = Playground::after_finished();
    let outcome = place.run(&[&["run"], TINY, &[LAST]].concat()).succeeded();
    let told = outcome.stderr.lines().filter(|line| line.contains("dropped"));
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            "1/train.0: policy and trainer dropped (execution.keep_policies)",
            "1/train.1: policy and trainer dropped (execution.keep_policies)",
            "2/train.0: policy and trainer dropped (execution.keep_policies)",
        ],
        "{}",
        outcome.stderr
    );
    assert_eq!(kept(&place), ["2/train.1"]);
    let state = place.run(&["runs"]).succeeded().stdout;
    assert!(state.contains("complete, 6 outputs dropped"), "{state}");
    assert_eq!(place.json(&["runs"])[0]["dropped"], 6);
    place.run(&["inspect", "r-mean"]).succeeded();
    let whole = outputs(&run(&FINISHED, &[]));
    assert_eq!(outputs(&run(&place, &[ALL])), whole, "nothing runs again");
    assert_eq!(kept(&place), ["2/train.1"]);
}

/// Measuring otherwise needs the policy of every iteration again, and with it all before.
#[test]
fn what_is_needed_again_is_made_again_with_the_same_bytes() {
    let place = Playground::after_finished();
    run(&place, &[LAST]);
    let changed = ["eval.k=3", LAST];
    let told = place.run(&[&["plan"], TINY, &changed].concat()).succeeded();
    insta::assert_snapshot!(format!("{}\n{}", told.without_estimate(), told.stdout));
    let planned = place.json(&[&["plan", "-q"], TINY, &changed].concat());
    let report = run(&place, &changed);
    assert_eq!(with_status(&planned, "will run"), with_status(&report["nodes"], "ran"));
    let wanted = run(&Playground::after_finished(), &["eval.k=3"]);
    assert_eq!(outputs(&report), outputs(&wanted));
    assert_eq!(kept(&place), ["2/train.1"]);
    let explained = place.json(&["explain", "-q", "1/train.0"]);
    let reason = &explained["ran_because"]["reasons"][0];
    assert_eq!(reason["reason"], "output_dropped");
    assert_eq!(reason["needed_by"], "1/train.1");
    place.run(&["fsck"]).succeeded();
}

#[test]
fn other_bounds_run_what_depends_on_them_whatever_was_dropped() {
    let changed = "train.bounds=[0.6, 1.0]";
    let wanted = outputs(&run(&Playground::after_finished(), &[changed]));
    for (mode, policies) in &MODES[1..] {
        let place = Playground::after_finished();
        run(&place, &[mode]);
        let planned = place.json(&[&["plan", "-q"], TINY, &[changed, mode]].concat());
        let report = run(&place, &[changed, mode]);
        assert_eq!(outputs(&report), wanted, "{mode}");
        assert_eq!(kept(&place), *policies, "{mode}");
        let ran = with_status(&report["nodes"], "ran");
        let expected = [with_status(&planned, "will run"), with_status(&planned, "may run")].concat();
        assert_eq!(sorted(expected), sorted(ran.clone()), "{mode}");
        assert_eq!(ran[0], "1/train.0", "{mode}");
        place.run(&["fsck"]).succeeded();
    }
}

#[test]
fn who_looks_for_a_dropped_policy_is_told_how_to_get_it_back() {
    let place = Playground::after_finished();
    run(&place, &[LAST]);
    let policy = ".serl/runs/tiny/1/train.1/policy";
    let problems = "builtin:quickstart/eval.jsonl";
    insta::assert_snapshot!(place.run(&["eval", policy, problems]).refusal());
    let start = format!("model.path={policy}");
    let refused = place.run(&[&["run", "-q"], TINY, &["name=on", &start]].concat());
    insta::assert_snapshot!(refused.refusal());
    let explained = place.run(&["explain", "1/train.1"]).succeeded().stdout;
    assert!(explained.contains("dropped (execution.keep_policies)"), "{explained}");
    assert!(explained.contains("rebuilds it"), "{explained}");

    let back = ["--iteration", "1", "--stage", "train", ALL];
    let report = run(&place, &back);
    assert_eq!(with_status(&report["nodes"], "ran"), ["1/train.0", "1/train.1"]);
    assert_eq!(kept(&place), ["1/train.0", "1/train.1", "2/train.1"]);
    place.run(&["fsck"]).succeeded();
}

/// A share of the calls to the disk, so that some lie within a drop.
#[test]
fn a_run_that_drops_and_is_killed_ends_like_one_that_was_left_alone() {
    let wanted = Playground::new();
    run(&wanted, &[LAST]);
    let wanted = Inventory::of(&wanted.path(".serl"));
    for at in [40, 56, 64, 72] {
        let place = Playground::after_finished();
        let fault = format!("crash-after:{at}");
        let killed = place.run_on_failing_disk(&fault, &[&["run", "-q"], TINY, &[LAST]].concat());
        assert_eq!(killed.code, None, "{at}: {}", killed.stderr);
        place.run(&["fsck"]);
        run(&place, &[LAST]);
        assert_eq!(Inventory::of(&place.path(".serl")), wanted, "{at}");
        place.run(&["fsck"]).succeeded();
    }
}

#[test]
fn a_word_that_is_no_mode_is_refused_with_those_there_are() {
    let refused = FINISHED.run(&[&["plan"], TINY, &["execution.keep_policies=none"]].concat());
    insta::assert_snapshot!(refused.refusal());
}

#[test]
fn a_run_that_shares_nodes_and_keeps_them_loses_nothing() {
    let place = Playground::after_finished();
    run(&place, &["name=twin", LAST]);
    assert_eq!(kept(&place), MODES[0].1);
    assert!(Path::new(&place.path(".serl/runs/twin/1/train.0/policy")).exists());
}
