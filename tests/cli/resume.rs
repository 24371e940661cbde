//! Runs that were stopped: what is saved is used, and the result is the same to the byte.

use std::fs;
use std::path::Path;
use std::process::Child;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{FINISHED, Playground, TINY};

/// Digests of all tables and policies, by node.
fn outputs(place: &Playground) -> Vec<Value> {
    let report = place.json(&[&["run", "-q"], TINY].concat());
    let nodes = report["nodes"].as_array().unwrap();
    nodes
        .iter()
        .map(|node| serde_json::json!([node["id"], node["outputs"]]))
        .collect()
}

/// Names the first node that differs: the whole lists are long.
#[track_caller]
fn assert_same(made: &[Value], wanted: &[Value]) {
    assert_eq!(made.len(), wanted.len());
    for (made, wanted) in made.iter().zip(wanted) {
        assert_eq!(made, wanted);
    }
}

/// Waits until `seen` holds, but not for a `child` that has ended.
fn wait_until(child: &mut Child, seen: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(120);
    while !seen() && child.try_wait().unwrap().is_none() {
        assert!(Instant::now() < deadline, "nothing happened");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Whether a node of `stage` has something saved that is not a result yet.
fn is_amid(store: &Path, stage: &str, complete: usize) -> bool {
    let count = |name: &str| fs::read_dir(store.join("v1").join(name)).map_or(0, Iterator::count);
    let link = store.join("runs/tiny");
    let started = stage.is_empty() || link.exists();
    started && count("nodes") >= complete && count("work") > 0
}

fn killed_after(complete: usize) -> Playground {
    let place = Playground::new();
    let store = place.path(".serl");
    let mut child = place.start(&[&["run"], TINY].concat());
    wait_until(&mut child, || is_amid(&store, "", complete));
    child.kill().unwrap();
    let outcome = place.wait(child);
    assert_ne!(outcome.code, Some(0), "the run was over before it could be killed");
    place
}

#[test]
fn killed_in_the_baseline_the_run_ends_the_same() {
    assert_same(&outputs(&killed_after(0)), &outputs(&FINISHED));
}

#[test]
fn killed_in_the_first_vote_the_run_ends_the_same() {
    assert_same(&outputs(&killed_after(3)), &outputs(&FINISHED));
}

#[test]
fn killed_in_the_second_training_the_run_ends_the_same() {
    assert_same(&outputs(&killed_after(6)), &outputs(&FINISHED));
}

#[test]
fn the_number_of_threads_changes_no_result() {
    let place = Playground::new();
    place
        .run(&[&["run", "-q"], TINY, &["execution.threads=1"]].concat())
        .succeeded();
    assert_same(&outputs(&place), &outputs(&FINISHED));
}

#[test]
fn the_bounds_of_a_batch_change_no_result_on_a_cpu() {
    let place = Playground::new();
    let bounds = ["sampler.rows=3", "sampler.cache_gib=0.0001"];
    place.run(&[&["run", "-q"], TINY, &bounds].concat()).succeeded();
    assert_same(&outputs(&place), &outputs(&FINISHED));
}

#[test]
fn a_damaged_table_is_made_again() {
    let place = Playground::new();
    place.run(&[&["run", "--stage", "filter"], TINY].concat()).succeeded();
    let whole = outputs_of_filter(&place);
    let kept = fs::canonicalize(place.path(".serl/runs/tiny/1/filter/kept.parquet")).unwrap();
    fs::remove_file(&kept).unwrap();
    place.run(&[&["run", "--stage", "filter"], TINY].concat()).succeeded();
    assert_eq!(outputs_of_filter(&place), whole);
    assert!(kept.is_file());
}

fn outputs_of_filter(place: &Playground) -> Value {
    place.json(&[&["run", "-q", "--stage", "filter"], TINY].concat())["nodes"][1]["outputs"].clone()
}
