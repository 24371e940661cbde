//! `serl inspect`, `eval`, `sft` and `env`.

use serde_json::Value;

use crate::support::{FINISHED, Playground, shipped};

fn keys(row: &Value) -> Vec<&str> {
    row.as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

fn column<'a>(rows: &'a Value, name: &str) -> Vec<&'a Value> {
    rows.as_array()
        .unwrap()
        .iter()
        .map(|row| &row[name])
        .collect()
}

#[test]
fn inspect_r_mean_has_a_row_per_round() {
    let rows = FINISHED.json(&["inspect", "r-mean"]);
    assert_eq!(column(&rows, "iteration"), [1, 1, 2, 2]);
    assert_eq!(column(&rows, "round"), [0, 1, 0, 1]);
    insta::assert_snapshot!(keys(&rows[0]).join(" "));
    for row in rows.as_array().unwrap() {
        let voted: u64 = row["histogram"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Value::as_u64)
            .sum();
        assert_eq!(Some(voted), row["instructions"].as_u64());
    }
}

#[test]
fn inspect_drift_has_a_row_per_iteration() {
    let rows = FINISHED.json(&["inspect", "drift"]);
    assert_eq!(column(&rows, "iteration"), [1, 2]);
    insta::assert_snapshot!(keys(&rows[0]).join(" "));
}

#[test]
fn inspect_eval_has_a_row_per_iteration() {
    let rows = FINISHED.json(&["inspect", "eval", "--run", "tiny"]);
    assert_eq!(column(&rows, "iteration"), [0, 1, 2]);
    assert_eq!(column(&rows, "n"), [6, 6, 6]);
    insta::assert_snapshot!(keys(&rows[0]).join(" "));
}

#[test]
fn inspect_shows_tables_with_aligned_columns() {
    for what in ["r-mean", "drift", "eval"] {
        let outcome = FINISHED.run(&["inspect", what]).succeeded();
        assert!(
            outcome.stdout.starts_with("iteration"),
            "{}",
            outcome.stdout
        );
        assert!(
            outcome.stderr.starts_with("run `tiny` in .serl"),
            "{}",
            outcome.stderr
        );
    }
}

#[test]
fn inspect_without_a_run_says_how_to_get_one() {
    insta::assert_snapshot!(Playground::new().run(&["inspect", "eval"]).refusal());
}

#[test]
fn inspect_of_an_unknown_run_names_those_there_are() {
    insta::assert_snapshot!(
        FINISHED
            .run(&["inspect", "eval", "--run", "other"])
            .refusal()
    );
}

#[test]
fn eval_measures_a_folder_and_writes_the_responses() {
    let place = Playground::new();
    place.copy_policy("policy");
    let arguments = [
        "eval",
        "policy",
        "builtin:quickstart/eval.jsonl",
        "-c",
        "builtin:quickstart",
    ];
    let changes = ["--output", "responses.parquet", "eval.limit=3", "eval.k=2"];
    let rows = place.json(&[&arguments[..], &changes].concat());
    assert_eq!((&rows[0]["n"], &rows[0]["k"]), (&3.into(), &2.into()));
    assert!(place.path("responses.parquet").is_file());
}

#[test]
fn sft_writes_a_policy_that_can_be_measured_and_replaces_nothing() {
    let place = Playground::new();
    place.write(
        "documents.jsonl",
        "{\"prompt\": \"What is 1 + 1?\", \"completion\": \"#### 2\"}\n".repeat(4),
    );
    let policy = shipped("").display().to_string();
    let model = format!("model.path={policy}");
    let arguments = [
        "sft",
        "-o",
        "trained",
        &model,
        "data.path=documents.jsonl",
        "sft.batch_tokens=32",
    ];
    assert_eq!(place.run(&arguments).succeeded().stdout, "trained\n");
    let changes = ["-c", "builtin:quickstart", "eval.limit=1", "eval.k=0"];
    place.json(
        &[
            &["eval", "trained", "builtin:quickstart/eval.jsonl"],
            &changes[..],
        ]
        .concat(),
    );
    insta::assert_snapshot!(place.run(&arguments).refusal());
}

#[test]
fn sft_with_random_weights_needs_no_checkpoint() {
    let place = Playground::new();
    let policy = place.copy_policy("untrained");
    std::fs::remove_file(policy.join("model.safetensors")).unwrap();
    place.write("documents.jsonl", "{\"text\": \"1+1=2\"}\n");
    let arguments = [
        "sft",
        "-q",
        "-o",
        "trained",
        "model.path=untrained",
        "data.path=documents.jsonl",
    ];
    assert_eq!(
        place.run(&arguments).code,
        Some(2),
        "without weights the folder is no policy"
    );
    place
        .run(&[&arguments[..], &["model.random=true"]].concat())
        .succeeded();
    assert!(place.path("trained/model.safetensors").is_file());
}

#[test]
fn sft_names_the_bad_document() {
    let place = Playground::new();
    place.write(
        "documents.jsonl",
        "{\"text\": \"fine\"}\n{\"txt\": \"not\"}\n",
    );
    let model = format!("model.path={}", shipped("").display());
    insta::assert_snapshot!(
        place
            .run(&["sft", "-q", "-o", "x", &model, "data.path=documents.jsonl"])
            .refusal()
    );
}

#[test]
fn env_says_where_it_runs() {
    let environment = Playground::new().json(&["env"]);
    assert_eq!(environment["version"], env!("CARGO_PKG_VERSION"));
    insta::assert_snapshot!(keys(&environment).join(" "));
}

#[test]
fn colour_is_never_forced_on_a_pipe() {
    let place = Playground::new();
    assert!(!place.run(&["run", "foo"]).stderr.contains('\x1b'));
    assert!(
        place
            .run(&["run", "foo", "--color", "always"])
            .stderr
            .contains("\x1b[1;31merror\x1b[0m")
    );
}
