//! Models and data sets in the cache of the Hugging Face hub.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use crate::support::inventory::Inventory;
use crate::support::{Playground, TINY, shipped};

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// Puts the files of `folder` into the cache as the hub's tools do: links to blobs, in a folder for the commit.
fn download(place: &Playground, repository: &str, folder: PathBuf) -> PathBuf {
    let repository = place.path("hub").join(repository);
    let snapshot = repository.join("snapshots").join(COMMIT);
    for made in [&snapshot, &repository.join("blobs"), &repository.join("refs")] {
        fs::create_dir_all(made).unwrap();
    }
    fs::write(repository.join("refs/main"), COMMIT).unwrap();
    for (number, file) in fs::read_dir(folder).unwrap().map(Result::unwrap).enumerate() {
        if file.path().is_file() {
            fs::copy(file.path(), repository.join("blobs").join(number.to_string())).unwrap();
            symlink(format!("../../blobs/{number}"), snapshot.join(file.file_name())).unwrap();
        }
    }
    snapshot
}

fn downloaded() -> Playground {
    let place = Playground::new();
    download(&place, "models--org--tiny", shipped(""));
    download(&place, "datasets--org--problems", shipped("data"));
    place
}

const SHORT: &[&str] = &["iterations=1", "rounds=1"];

#[test]
fn a_run_is_the_same_wherever_its_model_and_data_are() {
    let place = downloaded();
    let run = |changes: &[&str]| place.run(&[&["run"], TINY, SHORT, changes].concat()).succeeded();
    run(&[]);
    let first = Inventory::of(&place.path(".serl"));
    place.copy_policy("mine");
    let snapshot = format!("model.path=hub/models--org--tiny/snapshots/{COMMIT}");
    let dated = format!("model.path=org/tiny@{COMMIT}");
    for model in [
        "model.path=org/tiny",
        "model.path=org/tiny@main",
        dated.as_str(),
        "model.path=hf://org/tiny",
        "model.path=hub/models--org--tiny",
        snapshot.as_str(),
        "model.path=mine",
    ] {
        let data = [
            "seeds.path=hf://datasets/org/problems/seeds.jsonl",
            "eval.path=hf://datasets/org/problems@main/eval.jsonl",
        ];
        let outcome = run(&[&[model], &data[..]].concat());
        assert!(outcome.stderr.contains("nothing to do"), "{model}: {}", outcome.stderr);
    }
    assert_eq!(Inventory::of(&place.path(".serl")), first);
}

#[test]
fn a_configuration_above_names_models_by_id() {
    let place = downloaded();
    let text = "[model]\npath = \"org/tiny\"\n[seeds]\npath = \"hf://datasets/org/problems/seeds.jsonl\"\n";
    place.write("serl.toml", text);
    fs::create_dir_all(place.path("below/it")).unwrap();
    let mut command = place.command(&["plan", "generate.max_new_tokens=64", "vote.max_new_tokens=64"]);
    let outcome = place.outcome(command.current_dir(place.path("below/it"))).succeeded();
    assert!(
        outcome.stderr.contains("configuration ../../serl.toml"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn commands_that_take_a_model_take_its_id() {
    let place = downloaded();
    let prompt = place.run(&["prompt", "org/tiny", "How many?"]).succeeded();
    assert_eq!(
        prompt.stdout,
        place
            .run(&["prompt", "builtin:quickstart", "How many?"])
            .succeeded()
            .stdout
    );
    let problems = "hf://datasets/org/problems/eval.jsonl";
    let measured = place.run(&[
        "eval",
        "org/tiny",
        problems,
        "eval.limit=2",
        "eval.k=0",
        "eval.max_new_tokens=8",
    ]);
    measured.succeeded();
    place.write(
        "documents.jsonl",
        "{\"prompt\": \"What is 1 + 1?\", \"completion\": \"#### 2\"}\n",
    );
    place
        .run(&[
            "sft",
            "--out",
            "warmed",
            "model.path=org/tiny",
            "data.path=documents.jsonl",
        ])
        .succeeded();
    let written = place
        .run(&["init", "--model", "org/tiny", "--print"])
        .succeeded()
        .stdout;
    assert!(written.contains("\npath = \"org/tiny\"\n"), "{written}");
}

#[test]
fn what_was_not_downloaded_is_told_with_the_command_that_does() {
    let place = downloaded();
    let refused = |arguments: &[&str]| place.run(&[&["plan"], arguments].concat()).refusal();
    insta::assert_snapshot!(
        [
            refused(&["model.path=org/other"]),
            refused(&["model.path=org/tiny@v2"]),
            refused(&["seeds.path=hf://datasets/org/other/seeds.jsonl"]),
            refused(&["seeds.path=hf://datasets/org/problems/train.jsonl"]),
            refused(&["eval.path=hf://problems"]),
        ]
        .join("\n")
    );
}

#[test]
fn a_card_names_the_model_that_the_run_began_with() {
    let place = downloaded();
    place
        .run(&[&["run"], TINY, SHORT, &["model.path=org/tiny@main"]].concat())
        .succeeded();
    place.run(&["export", "out"]).succeeded();
    let card = fs::read_to_string(place.path("out/README.md")).unwrap();
    assert!(card.contains("\nbase_model: \"org/tiny\"\n"), "{card}");
    assert!(card.contains("org/tiny was trained"), "{card}");
}
