//! Data files as users have them; docs/src/data.md lists all shapes, and the tests of the readers go through them.

use std::fs;

use serde_json::{Value, json};

use crate::support::{Playground, TINY};

/// The first lines of stderr of `serl plan` with these changes to the small quickstart.
fn planned(place: &Playground, changes: &[&str]) -> String {
    let outcome = place.run(&[&["plan"], TINY, changes].concat()).succeeded();
    outcome.stderr
}

fn seeds(numbers: std::ops::Range<u32>) -> String {
    let seed = |n| json!({"problem": format!("Sam has {n} cups and gets {} more. How many cups has he?", n + 1)});
    numbers.map(|n| seed(n).to_string() + "\n").collect()
}

#[test]
fn shards_are_the_same_seeds_as_one_file() {
    let place = Playground::new();
    fs::create_dir(place.path("data")).unwrap();
    place.write("whole.jsonl", seeds(0..8));
    place.write("data/train-0.jsonl", seeds(0..5));
    place.write("data/train-1.jsonl", seeds(5..8));
    let ran = |path: &str| {
        let path = format!("seeds.path={path}");
        let json = place.json(&[&["run", "-q", "--stage", "generate"], TINY, &[&path]].concat());
        let nodes = json["nodes"].as_array().unwrap();
        nodes.iter().map(|node| node["status"].clone()).collect::<Vec<_>>()
    };
    assert!(ran("whole.jsonl").contains(&json!("ran")));
    for path in ["data", "data/train-*"] {
        assert_eq!(ran(path), ["cached"], "{path}");
    }
}

#[test]
fn what_is_left_out_is_said_once() {
    let place = Playground::new();
    place.write("seeds.jsonl", seeds(0..8) + "{\"problem\": null}\n");
    let problem =
        json!({"passage": "Sam has 2 cups.", "question": "How many?", "choices": ["1", "2", "3"], "answer": 1});
    place.write("problems.jsonl", problem.to_string());
    let changes = [
        "seeds.path=seeds.jsonl",
        "eval.path=problems.jsonl",
        "eval.answer_kind=index0",
    ];
    let stderr = planned(&place, &changes);
    let notes: Vec<&str> = stderr.lines().filter(|line| line.contains(".jsonl: ")).collect();
    insta::assert_snapshot!(notes.join("\n"));
}

#[test]
fn options_are_shown_and_answered_by_letter_or_text() {
    let place = Playground::new();
    place.copy_policy("policy");
    place.write(
        "problems.jsonl",
        json!({"question": "1 + 1?", "choices": ["2", "1", "3"], "answer": "2"}).to_string(),
    );
    let outcome = place.run(&[
        "eval",
        "-q",
        "policy",
        "problems.jsonl",
        "-c",
        "builtin:quickstart",
        "eval.k=0",
    ]);
    // Of these options, `2` is the text of the first, and the number of the second or third.
    insta::assert_snapshot!(outcome.refusal());
    let changes = ["eval.answer_kind=text", "eval.k=0", "-c", "builtin:quickstart"];
    let rows: Value = place.json(&[&["eval", "policy", "problems.jsonl"], &changes[..]].concat());
    assert_eq!(rows[0]["n"], 1);
}

#[test]
fn a_file_that_is_no_data_is_called_by_its_name() {
    let place = Playground::new();
    place.write("seeds.jsonl", b"\x89PNG\r\n\x1a\n");
    insta::assert_snapshot!(
        place
            .run(&[&["plan", "-q"], TINY, &["seeds.path=seeds.jsonl"]].concat())
            .refusal()
    );
}
