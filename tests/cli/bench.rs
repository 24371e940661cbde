//! `serl bench`, and `--profile` of every command that has it.

use std::fs;

use serde_json::Value;

use crate::support::{Playground, TINY, shipped};

/// Work that takes no time.
const LITTLE: &[&str] = &[
    "--repeat",
    "1",
    "--prompts",
    "2",
    "--samples",
    "2",
    "--prompt-tokens",
    "5..9",
    "--new-tokens",
    "2..6",
];

fn bench(place: &Playground, what: &str, rest: &[&str]) -> Value {
    place.json(&[&["bench", what], rest].concat())
}

/// Names of all values, nested ones with their path.
fn shape(value: &Value) -> String {
    fn walk(value: &Value, path: &str, names: &mut Vec<String>) {
        match value {
            Value::Object(fields) => fields
                .iter()
                .for_each(|(name, value)| walk(value, &format!("{path}.{name}"), names)),
            Value::Array(items) => items
                .iter()
                .take(1)
                .for_each(|item| walk(item, &format!("{path}[]"), names)),
            _ => names.push(path.trim_start_matches('.').to_owned()),
        }
    }
    let mut names = Vec::new();
    walk(value, "", &mut names);
    names.join("\n")
}

#[test]
fn every_benchmark_tells_times_counts_and_memory() {
    let place = Playground::new();
    let rollout = bench(&place, "rollout", LITTLE);
    insta::assert_snapshot!(shape(&rollout));
    assert_eq!(rollout["bench"], "rollout");
    assert_eq!(rollout["parameters"], 476_448);
    assert_eq!(
        rollout["workload"],
        serde_json::json!({"prompts": 2, "samples": 4, "prompt_tokens": 14, "new_tokens": 16})
    );
    assert_eq!(rollout["runs"][0]["tokens"], 16, "no sample ends early");
    assert!(rollout["seconds"]["median"].as_f64() > Some(0.0));
    assert!(rollout["peak_rss_bytes"].as_u64() > Some(4 * 476_448));
    let share = rollout["planned_bytes"].as_f64().unwrap() / rollout["peak_rss_bytes"].as_f64().unwrap();
    assert!(
        (0.75..1.35).contains(&share),
        "planned memory is {share} of what was measured"
    );
    for what in ["train", "step"] {
        let told = bench(&place, what, LITTLE);
        assert_eq!(told["workload"], rollout["workload"]);
        assert!(told["runs"][0]["grad_norm"].as_f64().unwrap().is_finite());
    }
    // The reference is the model as it was read: a policy that learns leaves it.
    let kl = |rest: &[&str]| bench(&place, "step", &[LITTLE, rest].concat())["runs"][0]["kl"].as_f64();
    assert_eq!(kl(&["--reference", "--lr", "0"]), Some(0.0));
    assert!(kl(&["--reference", "--lr", "1e-5"]).is_some_and(|kl| kl != 0.0));
    assert_eq!(kl(&["--unscored"]), None);
    let arguments = ["--repeat", "3", "--prompts", "3", "--prompt-tokens", "4"];
    let prefill = bench(&place, "prefill", &arguments);
    assert_eq!(prefill["runs"].as_array().unwrap().len(), 3);
    assert_eq!(prefill["runs"][2]["tokens"], 12);
    // The same work thrice, and random tokens are unlikely.
    assert_eq!(prefill["runs"][0]["mean_logprob"], prefill["runs"][2]["mean_logprob"]);
    assert!(prefill["runs"][0]["mean_logprob"].as_f64() < Some(-1.0));
    assert!(!place.path(".serl").exists(), "a benchmark makes no store");
}

#[test]
fn low_rank_pairs_are_trained_on_a_frozen_policy() {
    let place = Playground::new();
    let adapted = [LITTLE, &["--lora-rank", "4"]].concat();
    for what in ["train", "step"] {
        let told = bench(&place, what, &adapted);
        assert_eq!(told["workload"]["lora_rank"], 4);
        assert_eq!(told["parameters"], 476_448);
    }
    // While `B` is next to zero, nearly all of the gradient is `B`'s, which `alpha` scales.
    let norm = |alpha: &str| {
        let told = bench(&place, "train", &[&adapted[..], &["--lora-alpha", alpha]].concat());
        told["runs"][0]["grad_norm"].as_f64().unwrap()
    };
    let whole = bench(&place, "train", LITTLE)["runs"][0]["grad_norm"].as_f64();
    let (once, twice) = (norm("8"), norm("16"));
    assert!((twice / once - 2.0).abs() < 0.01 && Some(once) != whole);
    for wrong in ["0", "nan", "much"] {
        let arguments = [&["bench", "train", "--lora-alpha", wrong], LITTLE].concat();
        assert_eq!(place.run(&arguments).code, Some(2), "{wrong}");
    }
}

#[test]
fn a_file_says_exactly_what_is_done() {
    let place = Playground::new();
    let file =
        r#"{"prompts": [[5, 6, 7], [8]], "new_tokens": [[2, 3], [1]], "responses": [[[9, 10], [11, 12, 13]], [[14]]]}"#;
    place.write("work.json", file);
    let arguments = ["--repeat", "1", "--prompts-file", "work.json"];
    let told = bench(&place, "train", &arguments);
    // Every sequence counts with its prompt: (3 + 2) + (3 + 3) + (1 + 1).
    assert_eq!(told["runs"][0]["tokens"], 13);
    let rollout = bench(&place, "rollout", &arguments);
    assert_eq!(rollout["workload"]["new_tokens"], 6);
    let prefill = bench(&place, "prefill", &arguments);
    assert_eq!(prefill["runs"][0]["tokens"], 4, "the prompts alone");
}

#[test]
fn people_get_lines() {
    let place = Playground::new();
    let folder = shipped("").display().to_string();
    let arguments = [&["bench", "rollout", "--model", &folder, "--random"], LITTLE].concat();
    let told = place.run(&arguments).succeeded().stdout;
    let names: Vec<&str> = told.lines().filter_map(|line| line.split_whitespace().next()).collect();
    let expected = ["bench", "model", "device", "runs", "seconds", "tokens/s", "memory"];
    assert_eq!(names, expected);
}

#[test]
fn what_cannot_be_measured_is_told() {
    let place = Playground::new();
    let refusal = |arguments: &[&str]| {
        place
            .run(&[&["bench", "rollout", "--repeat", "1"], arguments].concat())
            .refusal()
    };
    place.write("no.json", "{\"prompts\": [[5]]}");
    place.write("uneven.json", "{\"prompts\": [[5]], \"new_tokens\": []}");
    let refusals = [
        refusal(&["--prompt-tokens", "400..16"]),
        refusal(&["--new-tokens", "many"]),
        refusal(&["--new-tokens", "2000"]),
        refusal(&["--model", "absent"]),
        refusal(&["--device", "abacus"]),
        refusal(&["--prompts-file", "absent.json"]),
        refusal(&["--prompts-file", "no.json"]),
        refusal(&["--prompts-file", "uneven.json"]),
    ];
    assert!(refusals.iter().all(|told| told.starts_with("exit code 2\n")));
    insta::assert_snapshot!(refusals.join("\n"));
}

/// A table of times with its numbers blotted out, as wide as they may be.
fn without_times(table: &str) -> String {
    let row = |line: &str| {
        let cells: Vec<&str> = line.split_whitespace().collect();
        format!("{} {}", cells[0], cells[1])
    };
    table.lines().map(row).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_profile_is_a_table_of_sections_and_phases() {
    let place = Playground::new();
    let arguments = [&["bench", "step", "--profile"], LITTLE].concat();
    let outcome = place.run(&arguments).succeeded();
    insta::assert_snapshot!(without_times(&outcome.stderr));
}

/// The rows of a profile in a file, whose seconds must not exceed those that passed.
fn profile(place: &Playground, arguments: &[&str]) -> Vec<String> {
    place
        .run(&[arguments, &["--profile=profile.json"]].concat())
        .succeeded();
    let text = fs::read_to_string(place.path("profile.json")).unwrap();
    let profile: Value = serde_json::from_str(&text).unwrap();
    let rows = profile["rows"].as_array().unwrap();
    let sum: f64 = rows.iter().map(|row| row["seconds"].as_f64().unwrap()).sum();
    assert!(0.0 < sum && sum <= profile["seconds"].as_f64().unwrap());
    let mut sections: Vec<String> = rows
        .iter()
        .map(|row| row["section"].as_str().unwrap().to_owned())
        .collect();
    sections.dedup();
    sections
}

#[test]
fn run_eval_and_sft_write_profiles_as_json() {
    let place = Playground::new();
    let tiny = [&["run", "-q"], TINY, &["iterations=1"]].concat();
    let all = [
        "pack",
        "prefill",
        "decode",
        "sampling",
        "score",
        "forward",
        "loss",
        "backward",
        "optimizer",
    ];
    let sections = profile(&place, &tiny);
    assert!(
        all.iter().all(|name| sections.contains(&(*name).to_owned())),
        "{sections:?}"
    );

    let eval = ["eval", "builtin:quickstart", "builtin:quickstart/eval.jsonl", "-q"];
    let changes = ["-c", "builtin:quickstart", "eval.limit=2", "eval.k=0"];
    let sections = profile(&place, &[&eval[..], &changes].concat());
    assert_eq!(sections[..4], all[..4]);

    place.write("documents.jsonl", "{\"text\": \"1+1=2\"}\n");
    let model = format!("model.path={}", shipped("").display());
    let sft = ["sft", "-q", "-o", "trained", &model, "data.path=documents.jsonl"];
    let sections = profile(&place, &sft);
    assert_eq!(sections[..4], all[5..]);
}
