//! `serl explain`: what is known of one node.

use crate::support::{FINISHED, Playground, TINY};

/// Without what differs between machines and days: digests, times, lengths of encoded tables.
fn steady(text: &str) -> String {
    let word = |word: &str| match word {
        digits if digits.len() >= 12 && digits.chars().all(|c| c.is_ascii_hexdigit()) => "[digest]".to_owned(),
        length if length.parse().is_ok_and(|bytes: u64| bytes >= 100) => "[bytes]".to_owned(),
        other => other.to_owned(),
    };
    let line = |line: &str| match line.split_whitespace().next() {
        Some(name @ ("ran" | "on")) => format!("{name} …"),
        _ => line.split_whitespace().map(word).collect::<Vec<_>>().join(" "),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_node_is_told_whole() {
    let outcome = FINISHED.run(&["explain", "1/filter"]).succeeded();
    insta::assert_snapshot!(steady(&outcome.stdout));
}

#[test]
fn json_has_the_same_and_a_key_finds_the_node() {
    let by_id = FINISHED.json(&["explain", "2/respond.1", "--run", "tiny"]);
    let keys: Vec<&String> = by_id.as_object().unwrap().keys().collect();
    insta::assert_snapshot!(keys.iter().map(|k| k.as_str()).collect::<Vec<_>>().join(" "));
    assert_eq!(by_id["configuration"]["vote.n"], 4);
    assert_eq!(by_id["state"], "complete");
    assert_eq!(by_id["inputs"][1]["producer"], "2/train.0");
    let key = by_id["key"].as_str().unwrap();
    assert_eq!(FINISHED.json(&["explain", &key[..10]]), by_id);
}

#[test]
fn a_node_that_lost_an_output_says_so() {
    let place = Playground::after_finished();
    let object = place.json(&["explain", "-q", "1/filter"])["outputs"][0]["digest"].clone();
    let object = object.as_str().unwrap();
    let path = place.path(".serl/v1/objects").join(&object[..2]).join(&object[2..]);
    std::fs::remove_file(path).unwrap();
    let outcome = place.run(&["explain", "1/filter"]).succeeded();
    let state: Vec<&str> = outcome.stdout.lines().skip(2).take(2).map(str::trim).collect();
    assert_eq!(
        state,
        [
            "state     complete, but will run again",
            "its output drift.parquet is missing or damaged"
        ]
    );
}

#[test]
fn a_node_that_is_not_complete_is_explained_too() {
    let place = Playground::new();
    place
        .run(&[&["run", "-q", "--stage", "filter"], TINY].concat())
        .succeeded();
    let outcome = place.run(&["explain", "1/respond.0"]).succeeded();
    assert!(outcome.stdout.contains("not complete, will run"), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("never ran"), "{}", outcome.stdout);
}

#[test]
fn an_unknown_node_is_answered_with_those_there_are() {
    insta::assert_snapshot!(FINISHED.run(&["explain", "1/vote.7"]).refusal());
}

#[test]
fn an_unknown_key_says_where_keys_are() {
    insta::assert_snapshot!(FINISHED.run(&["explain", "00000000"]).refusal());
}

#[test]
fn an_empty_store_is_not_made() {
    let place = Playground::new();
    assert_eq!(place.run(&["explain", "1/vote.0"]).code, Some(2));
    assert!(!place.path(".serl").exists());
}
