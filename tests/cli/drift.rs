//! Drift by embeddings: a stage of its own, which nothing else reads.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Playground, TINY};

const ENABLED: &str = "drift.enabled=true";

/// A sentence encoder.
const ENCODER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/lm/tests/fixtures/encoders/bert-cls");

/// The nodes of a report that ran.
fn ran(report: &Value) -> Vec<&str> {
    let nodes = report["nodes"].as_array().unwrap().iter();
    nodes
        .filter(|node| node["status"] == "ran")
        .map(|node| node["id"].as_str().unwrap())
        .collect()
}

fn run(place: &Playground, more: &[&str]) -> Value {
    place.json(&[&["run", "-q"], TINY, &[ENABLED], more].concat())
}

#[test]
fn no_other_node_reads_it_and_each_instruction_is_embedded_once() {
    let place = Playground::after_finished();
    assert_eq!(ran(&run(&place, &[])), ["1/drift", "2/drift"]);
    let embedded = |node: &str| place.json(&["explain", "-q", node])["metrics"]["embedded"].clone();
    assert_eq!([embedded("1/drift"), embedded("2/drift")], [json!(506), json!(6)]);

    let rows = place.json(&["inspect", "drift"]);
    let value = |iteration: usize, name: &str| rows[iteration][name].as_f64();
    for name in ["seed_cosine_median", "centroid_cosine_mean", "coverage"] {
        for iteration in [0, 1] {
            let value = value(iteration, name).unwrap();
            assert!(value > 0.0 && value < 1.0, "{name}: {value}");
        }
    }
    assert_eq!(value(0, "seed_diversity"), value(1, "seed_diversity"));
    assert_eq!(value(0, "novelty"), None);
    assert!(value(1, "novelty").unwrap() > 0.0);
    // Machines round differently: no digits.
    let shown = place.run(&["inspect", "drift"]).succeeded().stdout;
    insta::assert_snapshot!(shown.replace(|c: char| c.is_ascii_digit(), "0"));
}

#[test]
fn the_content_of_an_encoder_counts_and_its_place_does_not() {
    let place = Playground::after_finished();
    let copy = |to: &str| {
        for entry in ["", "1_Pooling"] {
            let (from, to) = (Path::new(ENCODER).join(entry), place.path(to).join(entry));
            fs::create_dir_all(&to).unwrap();
            for file in fs::read_dir(from).unwrap().map(Result::unwrap) {
                if file.path().is_file() {
                    fs::copy(file.path(), to.join(file.file_name())).unwrap();
                }
            }
        }
    };
    copy("a");
    copy("b");
    assert_eq!(ran(&run(&place, &["drift.encoder=a"])), ["1/drift", "2/drift"]);
    assert!(ran(&run(&place, &["drift.encoder=b"])).is_empty());
    let explained = place.json(&["explain", "-q", "1/drift"]);
    assert_eq!(explained["configuration"]["drift.encoder"], "sentence_encoder");

    let pooling = place.path("b/1_Pooling/config.json");
    let text = fs::read_to_string(&pooling).unwrap();
    fs::write(&pooling, text.replace("\"cls\"", "\"mean\"")).unwrap();
    assert_eq!(ran(&run(&place, &["drift.encoder=b"])), ["1/drift", "2/drift"]);
}

#[test]
fn an_encoder_that_cannot_be_used_stops_the_run_before_its_first_node() {
    let place = Playground::new();
    let refused = |encoder: &str| {
        let encoder = format!("drift.encoder={encoder}");
        place.run(&[&["run"], TINY, &[ENABLED, &encoder]].concat()).refusal()
    };
    insta::assert_snapshot!(refused("nowhere"));
    let policy = concat!(env!("CARGO_MANIFEST_DIR"), "/models/quickstart");
    assert!(refused(policy).contains("model_type `llama` of a sentence encoder is not supported"));
}
