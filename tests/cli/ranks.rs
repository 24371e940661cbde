//! Data-parallel training.

use serde_json::Value;

use crate::support::{Playground, TINY};

/// One iteration whose steps have several micro-batches.
const TRAINED: &[&str] = &[
    "iterations=1",
    "rounds=1",
    "eval.path=",
    "train.lr=1e-2",
    "train.micro_batch_tokens=64",
];

/// The outputs of training with these settings besides.
fn outputs(place: &Playground, settings: &[&str]) -> Value {
    let report = place.json(&[&["run", "-q"], TINY, TRAINED, settings].concat());
    let nodes = report["nodes"].as_array().unwrap();
    let train = nodes.iter().find(|node| node["id"] == "1/train.0").unwrap();
    assert_eq!(train["status"], "ran", "{settings:?}");
    train["outputs"].clone()
}

#[test]
fn two_and_four_ranks_give_the_bytes_of_one() {
    let alone = outputs(&Playground::new(), &["train.data_parallel=4"]);
    let four: &[&str] = &["execution.ranks=4"];
    // Ranks wait for each other; with a single thread that computes, none may wait for good.
    for ranks in [
        &["execution.ranks=2"],
        four,
        &["execution.ranks=4", "execution.threads=1"],
    ] {
        let settings = [&["train.data_parallel=4"], ranks].concat();
        assert_eq!(outputs(&Playground::new(), &settings), alone, "{ranks:?}");
    }
    // The parts are in the key because they are in the bits.
    assert_ne!(outputs(&Playground::new(), &["train.data_parallel=2"]), alone);
}

#[test]
fn ranks_are_in_no_key_and_parts_are() {
    let place = Playground::new();
    outputs(&place, &["train.data_parallel=2"]);
    let again = [
        &["plan"],
        TINY,
        TRAINED,
        &["train.data_parallel=2", "execution.ranks=2"],
    ]
    .concat();
    let told = place.run(&again).succeeded().stderr;
    assert!(told.starts_with("all ") && told.contains("nothing to do"), "{told}");
    let told = place.run(&[&["plan"], TINY, TRAINED].concat()).succeeded().stderr;
    assert!(told.contains("train.data_parallel"), "{told}");
}

#[test]
fn ranks_that_cannot_share_the_parts_are_refused() {
    let place = Playground::new();
    let refused = |settings: &[&str]| place.run(&[&["run"], TINY, settings].concat()).refusal();
    let told = [
        refused(&["execution.ranks=2"]),
        refused(&["execution.ranks=3", "train.data_parallel=4"]),
        refused(&["train.data_parallel=6"]),
    ];
    insta::assert_snapshot!(told.join("\n"));
}
