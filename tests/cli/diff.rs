//! `serl diff`: equal, different, and what cannot be compared.

use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::support::{FINISHED, Playground, TINY};

/// The finished run, a twin of it, and one with fewer votes that ends with the first iteration's last vote.
static RUNS: LazyLock<Playground> = LazyLock::new(|| {
    let place = Playground::after_finished();
    let twin = ["name=twin", "execution.threads=1"];
    place.run(&[&["run", "-q"], TINY, &twin].concat()).succeeded();
    let fewer = ["name=fewer", "vote.n=3", "--stage", "vote"];
    place.run(&[&["run", "-q"], TINY, &fewer].concat()).succeeded();
    place
});

fn difference(a: &str, b: &str, more: &[&str]) -> Value {
    let outcome = RUNS.run(&[&["diff", a, b, "--json"], more].concat());
    assert_eq!(outcome.code, Some(1), "{}", outcome.stderr);
    assert_eq!(outcome.stderr, "");
    serde_json::from_str(&outcome.stdout).unwrap()
}

fn table<'a>(difference: &'a Value, output: &str) -> &'a Value {
    let tables = difference["tables"].as_array().unwrap();
    let found = tables.iter().find(|table| table["output"] == output);
    found.unwrap_or_else(|| panic!("no {output} in {tables:?}"))
}

#[test]
fn equal_runs_iterations_and_nodes_end_well() {
    for (a, b) in [
        ("tiny", "twin"),
        ("tiny@1", "twin@1"),
        ("tiny@2/train.1", "twin@2/train.1"),
    ] {
        let outcome = RUNS.run(&["diff", a, b]).succeeded();
        assert_eq!(outcome.stdout, format!("{a} and {b} are equal\n"));
        assert_eq!(RUNS.json(&["diff", a, b])["equal"], true);
    }
}

#[test]
fn another_number_of_votes_is_found_as_setting_and_in_the_rows() {
    let sampled = difference("tiny@1/respond.0", "fewer@1/respond.0", &[]);
    assert_eq!(
        sampled["settings"],
        json!([{"what": "vote.n", "is_input": false, "follows": false, "a": "4", "b": "3", "nodes": ["respond"]}])
    );
    let found = difference("tiny@1/vote.0", "fewer@1/vote.0", &["--rows", "2"]);
    let votes = table(&found, "vote/votes.parquet");
    assert_eq!(votes["rows_a"], votes["changed"]);
    assert_eq!(votes["changed_columns"][0], json!(["n", votes["changed"]]));
    assert_eq!(votes["examples"].as_array().unwrap().len(), 2);
    assert_eq!(
        votes["examples"][0]["cells"][0],
        json!({"column": "n", "a": "4", "b": "3"})
    );
    assert_eq!(votes["statistics"][1]["name"], "r_mean median");
    let responses = table(&sampled, "respond/responses.parquet");
    assert_eq!(
        (&responses["added"], &responses["removed"]),
        (&json!(0), &votes["rows_a"])
    );
}

#[test]
fn differences_are_shown_as_tables() {
    let outcome = RUNS.run(&["diff", "tiny@1/vote.0", "fewer@1/vote.0", "--rows", "1"]);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (Some(1), ""));
    let votes: Vec<&str> = outcome
        .stdout
        .split("\nvote/")
        .filter(|part| !part.starts_with("rewards"))
        .collect();
    // Entropies are made with logarithms, whose last digit depends on the machine.
    let votes = votes.join("\n\nvote/");
    let steady: Vec<&str> = votes.lines().filter(|line| !line.contains("  entropy  ")).collect();
    insta::assert_snapshot!(steady.join("\n"));
}

#[test]
fn runs_differ_in_nodes_settings_tables_and_policies() {
    let found = difference("tiny", "fewer", &[]);
    assert!(found["only_a"].as_array().unwrap().contains(&json!("2/generate")));
    assert_eq!(found["settings"][0]["what"], "vote.n");
    assert_eq!(found["settings"][0]["nodes"], json!(["1/respond.0", "1/respond.1"]));
    let trained = &found["trees"][0];
    assert_eq!(trained["output"], "1/train.0/policy");
    assert_eq!(trained["files"][0]["name"], "model.safetensors");
    let text = RUNS.run(&["diff", "tiny", "fewer", "--all"]).stdout;
    assert!(text.contains("only in tiny: 0/evaluate, 0/solve"), "{text}");
    assert!(text.contains("  model.safetensors"), "{text}");
    assert!(text.contains("  mean reward"), "{text}");
}

#[test]
fn runs_are_told_apart_by_their_causes() {
    let found = difference("tiny", "fewer", &[]);
    let settings = found["settings"].as_array().unwrap();
    let causes: Vec<&Value> = settings.iter().filter(|setting| setting["follows"] == false).collect();
    assert_eq!(causes.len(), 1, "{settings:?}");
    assert!(settings.len() > 1);
    let effects = found["effects"].as_array().unwrap();
    assert_eq!(effects[1]["kept_by_a"], 0);
    assert_eq!(effects[1]["b"]["pass_at_1"], Value::Null);
    let text = RUNS.run(&["diff", "tiny", "fewer"]).stdout;
    let inputs = settings.len() - 1;
    assert!(
        text.contains(&format!("From 1/respond.0 on, {inputs} inputs, ")),
        "{text}"
    );
    assert!(text.contains("what it did, tiny → fewer"), "{text}");
    assert!(!text.contains("input "), "{text}");
}

#[test]
fn iterations_differ_in_what_they_made_and_not_in_their_number() {
    let found = difference("tiny@1", "tiny@2", &["--rows", "0"]);
    let settings = found["settings"].as_array().unwrap();
    assert!(settings.iter().all(|setting| setting["what"] != "iteration"));
    let drift = table(&found, "filter/drift.parquet");
    assert_eq!((&drift["added"], &drift["removed"]), (&json!(0), &json!(0)));
    let columns = drift["changed_columns"].as_array().unwrap();
    assert!(columns.iter().all(|column| column[0] == "value"), "{columns:?}");
    assert!(
        table(&found, "evaluate/eval_summary.parquet")["statistics"][0]["name"]
            .as_str()
            .unwrap()
            .ends_with("Pass@1")
    );
}

#[test]
fn what_is_not_there_is_answered_with_what_is() {
    let told: Vec<String> = [["tiny", "other"], ["tiny@9", "tiny"], ["tiny", "tiny@1"]]
        .iter()
        .map(|[a, b]| FINISHED.run(&["diff", a, b]).refusal())
        .collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn a_damaged_table_is_no_difference() {
    let place = Playground::after_finished();
    let other = ["name=other", "filter.max_kept=3", "--stage", "filter"];
    place.run(&[&["run", "-q"], TINY, &other].concat()).succeeded();
    let node = place.json(&["explain", "-q", "1/filter", "--run", "other"]);
    let digest = node["outputs"][1]["digest"].as_str().unwrap();
    let path = place.path(".serl/v1/objects").join(&digest[..2]).join(&digest[2..]);
    std::fs::remove_file(&path).unwrap();
    std::fs::write(path, "not what it was").unwrap();
    let outcome = place.run(&["diff", "tiny@1/filter", "other@1/filter"]);
    assert_eq!(outcome.code, Some(2), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("cannot compare"), "{}", outcome.stderr);
}
