//! `serl inspect`, `eval`, `sft` and `env`.

use serde_json::{Value, json};

use serl_artifacts::table;
use serl_artifacts::tables::{Instruction, Unparsed, Vote};
use serl_quickstart::check::solve;

use crate::support::{FINISHED, Playground, TINY, shipped};

fn keys(row: &Value) -> Vec<&str> {
    row.as_object().unwrap().keys().map(String::as_str).collect()
}

fn column<'a>(rows: &'a Value, name: &str) -> Vec<&'a Value> {
    rows.as_array().unwrap().iter().map(|row| &row[name]).collect()
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
fn inspect_answers_has_a_row_per_vote_and_evaluation() {
    let answers = FINISHED.json(&["inspect", "answers"]);
    let nodes = &answers["nodes"];
    assert_eq!(column(nodes, "iteration"), [0, 1, 1, 1, 2, 2, 2]);
    insta::assert_snapshot!(keys(&nodes[0]).join(" "));
    for node in nodes.as_array().unwrap() {
        let count = |name: &str| node[name].as_u64().unwrap();
        let parsed = node["parsed"].as_f64().unwrap() * count("responses") as f64;
        assert_eq!(
            parsed.round() as u64 + count("no_answer") + count("over_budget"),
            count("responses")
        );
    }
}

#[test]
fn what_the_policy_writes_without_an_answer_is_shown() {
    let place = Playground::new();
    let changes = ["answers.order=[\"boxed\"]", "iterations=1", "rounds=1"];
    place.run(&[&["run", "-q"], TINY, &changes].concat()).succeeded();
    let answers = place.json(&["inspect", "answers"]);
    assert!(!answers["unparsed"].as_array().unwrap().is_empty());
    assert_eq!(column(&answers["nodes"], "parsed"), [0.0, 0.0, 0.0]);
    let shown = place.run(&["inspect", "answers"]).succeeded().stdout;
    assert!(shown.contains("no_answer"), "{shown}");
    let table = place.path(".serl/runs/tiny/1/vote.0/unparsed.parquet");
    let rows: Vec<Unparsed> = table::decode(&std::fs::read(table).unwrap(), "unparsed").unwrap();
    assert!(rows.is_sorted_by_key(|row| std::cmp::Reverse(row.count)));
    let votes = place.path(".serl/runs/tiny/1/vote.0/votes.parquet");
    let votes: Vec<Vote> = table::decode(&std::fs::read(votes).unwrap(), "votes").unwrap();
    let responses: u32 = votes.iter().map(|vote| vote.n).sum();
    assert_eq!(rows.iter().map(|row| row.count).sum::<u32>(), responses);
}

/// The instructions that were voted on, each with the answer that the domain's own solver gives.
fn solved() -> String {
    let mut lines = String::new();
    for iteration in 1..=2 {
        let kept = FINISHED.path(&format!(".serl/runs/tiny/{iteration}/filter/kept.parquet"));
        let kept: Vec<Instruction> = table::decode(&std::fs::read(kept).unwrap(), "kept").unwrap();
        for problem in kept.iter().filter_map(|i| Some((&i.text, solve(&i.text).ok()?.answer))) {
            lines += &json!({"problem": problem.0, "answer": problem.1}).to_string();
            lines.push('\n');
        }
    }
    lines
}

#[test]
fn inspect_alignment_holds_votes_against_known_answers() {
    let place = Playground::new();
    place.write("solved.jsonl", solved());
    let gold = place.path("solved.jsonl");
    let gold = gold.to_str().unwrap();
    let rows = FINISHED.json(&["inspect", "alignment", "--gold", gold]);
    assert_eq!(column(&rows, "iteration"), [1, 1, 2, 2]);
    insta::assert_snapshot!(keys(&rows[0]).join(" "));
    let sum = |name: &str| -> u64 { column(&rows, name).iter().map(|n| n.as_u64().unwrap()).sum() };
    assert!(0 < sum("matched") && sum("matched") <= sum("instructions"), "{rows}");
    for row in rows.as_array().unwrap().iter().filter(|row| row["matched"] != 0) {
        for name in ["label_accuracy", "reward_accuracy"] {
            assert!((0.0..=1.0).contains(&row[name].as_f64().unwrap()), "{row}");
        }
    }
}

#[test]
fn inspect_alignment_says_that_nothing_matches() {
    let place = Playground::new();
    place.write("other.jsonl", "{\"problem\": \"1 + 1?\", \"answer\": 2}\n");
    let gold = place.path("other.jsonl");
    let arguments = ["inspect", "alignment", "--gold", gold.to_str().unwrap()];
    let outcome = FINISHED.run(&arguments).succeeded();
    assert!(outcome.stderr.contains("instructions are in"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("\n0 of "), "{}", outcome.stderr);
    let rows = FINISHED.json(&arguments);
    assert_eq!(column(&rows, "matched"), [0, 0, 0, 0]);
    assert!(column(&rows, "cosine").iter().all(|cosine| cosine.is_null()));
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
    // All problems, then those that were sampled.
    assert_eq!(column(&rows, "iteration"), [0, 0, 1, 1, 2, 2]);
    assert_eq!(column(&rows, "n"), [6, 3, 6, 3, 6, 3]);
    insta::assert_snapshot!(keys(&rows[0]).join(" "));
}

#[test]
fn inspect_curve_ends_at_the_figures_at_k() {
    let curve = FINISHED.json(&["inspect", "curve"]);
    let results = FINISHED.json(&["inspect", "eval"]);
    let sampled: Vec<&Value> = results.as_array().unwrap().iter().filter(|row| row["k"] != 0).collect();
    let ends = curve
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["k"] == sampled[0]["k"]);
    let ends: Vec<&Value> = ends.collect();
    assert_eq!(ends.len(), 3);
    for (end, result) in ends.iter().zip(sampled) {
        for figure in [
            "iteration",
            "n",
            "pass_at_k",
            "maj_at_k",
            "maj_at_k_low",
            "pass_at_k_high",
        ] {
            assert_eq!(end[figure], result[figure], "{figure}");
        }
    }
}

#[test]
fn inspect_warnings_has_a_row_per_iteration() {
    let rows = FINISHED.json(&["inspect", "warnings", "--worked", "[0-9]"]);
    assert_eq!(column(&rows, "iteration"), [0, 1, 2]);
    insta::assert_snapshot!(serde_json::to_string_pretty(&rows).unwrap());
    let pattern = FINISHED.run(&["inspect", "warnings", "--worked", "("]).refusal();
    assert!(pattern.contains("unclosed group"), "{pattern}");
}

#[test]
fn inspect_says_why_a_table_is_empty() {
    let place = Playground::new();
    place
        .run(&[&["run", "-q"], TINY, &["--stage", "generate", "eval.path="]].concat())
        .succeeded();
    for (what, why) in [
        ("r-mean", "nothing was voted on yet"),
        ("drift", "no instructions were generated and filtered"),
        ("eval", "if `eval.path` names held-out problems"),
        ("curve", "`eval.k` above 0"),
    ] {
        let told = place.run(&["inspect", what]).succeeded().stderr;
        assert!(told.contains(why), "{what}: {told}");
        assert_eq!(place.json(&["inspect", what]), serde_json::json!([]));
    }
    place.write("other.jsonl", "{\"problem\": \"1 + 1?\", \"answer\": 2}\n");
    let gold = place.path("other.jsonl");
    let arguments = ["inspect", "warnings", "--gold", gold.to_str().unwrap()];
    let told = FINISHED.run(&arguments).succeeded().stderr;
    assert!(told.contains("there is nothing to compare"), "{told}");
}

#[test]
fn inspect_shows_tables_with_aligned_columns() {
    for what in ["r-mean", "answers", "drift", "eval", "curve", "warnings"] {
        let outcome = FINISHED.run(&["inspect", what]).succeeded();
        assert!(outcome.stdout.starts_with("iteration"), "{}", outcome.stdout);
        assert!(outcome.stderr.starts_with("run `tiny` in .serl"), "{}", outcome.stderr);
    }
}

#[test]
fn inspect_without_a_run_says_how_to_get_one() {
    insta::assert_snapshot!(Playground::new().run(&["inspect", "eval"]).refusal());
}

#[test]
fn inspect_of_an_unknown_run_names_those_there_are() {
    insta::assert_snapshot!(FINISHED.run(&["inspect", "eval", "--run", "other"]).refusal());
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
fn the_text_of_an_option_is_as_good_as_its_letter() {
    let problems = std::fs::read_to_string(shipped("data/eval.jsonl")).unwrap();
    // The questions list their options, so the policy is asked the same with and without the column of options.
    let (bare, lettered): (String, String) = problems
        .lines()
        .map(|line| {
            let mut problem: Value = serde_json::from_str(line).unwrap();
            let question = problem["question"].as_str().unwrap();
            let right = problem["answer"].as_str().unwrap().to_owned();
            problem["question"] = format!("(A) none of these (B) {right}. {question}").into();
            let bare = problem.to_string() + "\n";
            problem["choices"] = json!(["none of these", right]);
            problem["answer"] = "B".into();
            (bare, problem.to_string() + "\n")
        })
        .unzip();
    let place = Playground::new();
    place.copy_policy("policy");
    // Under one name: samples are drawn by the name of the benchmark.
    let share = |problems: &str| {
        place.write("problems.jsonl", problems);
        let changes = ["-c", "builtin:quickstart", "eval.limit=12", "eval.k=4"];
        let rows = place.json(&[&["eval", "policy", "problems.jsonl"], &changes[..]].concat());
        ["pass_at_1", "pass_at_k", "maj_at_k"].map(|name| rows[0][name].clone())
    };
    let bare = share(&bare);
    assert!(bare[0].as_f64() > Some(0.0), "{bare:?}");
    assert_eq!(share(&lettered), bare);
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
    place.json(&[&["eval", "trained", "builtin:quickstart/eval.jsonl"], &changes[..]].concat());
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
    place.write("documents.jsonl", "{\"text\": \"fine\"}\n{\"txt\": \"not\"}\n");
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
