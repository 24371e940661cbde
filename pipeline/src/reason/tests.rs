//! Differences of nodes and their words.

use std::collections::BTreeMap;

use super::words::LONGEST;
use super::*;
use crate::graph::{KeyMaterial, NodeSpec};
use serde_json::json;

fn material() -> KeyMaterial {
    KeyMaterial {
        stage: "vote".to_owned(),
        code_version: 1,
        config: json!({"vote": {"n": 16, "top_p": 1.0}, "device": "flex"}),
        seed: 7,
        inputs: [("kept".to_owned(), Digest::of(b"kept"))].into(),
    }
}

fn words(old: &KeyMaterial, new: &KeyMaterial) -> Vec<String> {
    let reasons = differences(old, new);
    // What is noted in a manifest comes back as it was.
    let text = serde_json::to_string(&reasons).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Reason>>(&text).unwrap(), reasons);
    reasons.iter().map(Reason::to_string).collect()
}

#[test]
fn equal_material_has_no_differences() {
    let mut respelt = material();
    respelt.config = json!({"device": "flex", "vote": {"top_p": 1, "n": 16.0}});
    assert_eq!(respelt.key(), material().key());
    assert!(words(&material(), &respelt).is_empty());
}

#[test]
fn every_difference_is_told_with_both_values() {
    let mut new = material();
    new.code_version = 2;
    new.config = json!({"vote": {"n": 8, "top_k": 5}, "device": "flex"});
    new.seed = 8;
    new.inputs = [
        ("kept".to_owned(), Digest::of(b"other")),
        ("pool".to_owned(), Digest::of(b"pool")),
    ]
    .into();
    let told = words(&material(), &new);
    assert_eq!(
        told,
        [
            "code version of the stage changed from 1 to 2",
            "`vote.n` changed from 16 to 8",
            "`vote.top_k` is new: 5",
            "`vote.top_p` is gone, was 1.0",
            "seed changed from 7 to 8",
            "input `kept` has different content",
            "input `pool` is new",
        ]
    );
    assert_eq!(words(&new, &material()).last().unwrap(), "input `pool` is gone");
}

#[test]
fn numbers_are_shown_as_they_were_written_and_texts_are_cut() {
    assert_eq!(shown(&json!([0.2f32, 0.8f32])), "[0.2, 0.8]");
    assert_eq!(shown(&json!(1e-4)), "0.0001");
    assert_eq!(shown(&json!(u64::MAX)), u64::MAX.to_string());
    assert_eq!(shown(&json!("é".repeat(99))).chars().count(), LONGEST + 1);
}

#[test]
fn inputs_that_are_not_known_yet_are_no_reason() {
    let node = NodeSpec {
        id: "1/vote".into(),
        stage: "vote".to_owned(),
        iteration: 1,
        round: None,
        code_version: 1,
        config: material().config,
        seed: 7,
        inputs: BTreeMap::new(),
    };
    let unknown = [("kept".to_owned(), None)].into();
    assert!(changes(&material(), &node, &unknown).is_empty());
}
