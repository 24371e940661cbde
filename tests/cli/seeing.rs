//! Looking into a run: `serl check`, `serl show`, `serl trace`, and tables that fit the terminal.

use std::sync::LazyLock;

use serde_json::Value;

use crate::support::{FINISHED, Playground, TINY};

fn rows(arguments: &[&str]) -> Vec<Value> {
    let shown = FINISHED.json(arguments);
    shown.as_array().unwrap().clone()
}

#[test]
fn findings_answer_four_questions_with_figures_of_the_tables() {
    let outcome = FINISHED.run(&["check", "--json"]);
    let findings: Vec<Value> = serde_json::from_str(&outcome.stdout).unwrap();
    let fails = findings.iter().any(|finding| finding["verdict"] == "fail");
    assert_eq!(outcome.code, Some(i32::from(fails)));
    let learned = &findings[0];
    assert_eq!(learned["id"], "learned");
    let measured = rows(&["inspect", "eval"]);
    let pass = |row: &Value| row["pass_at_1"].as_f64();
    let all: Vec<&Value> = measured
        .iter()
        .filter(|row| row["group"] == "all" && row["sampled"] == false)
        .collect();
    assert_eq!(learned["figures"]["pass_at_1_first"].as_f64(), pass(all[0]));
    assert_eq!(learned["figures"]["pass_at_1_last"].as_f64(), pass(all[all.len() - 1]));
    let text = FINISHED.run(&["check"]).stdout;
    for question in [
        "Did it learn?",
        "Can it be trusted?",
        "What did it write?",
        "What next?",
    ] {
        assert!(text.contains(question), "{text}");
    }
    // The end of a run has them too.
    let run: Value = FINISHED.json(&[&["run"], TINY].concat());
    assert_eq!(run["findings"], Value::from(findings));
}

#[test]
fn warnings_fail_where_they_are_asked_to() {
    // A run that measured nothing cannot say whether it learned.
    let place = Playground::new();
    place
        .run(&[&["run", "-q", "--stage", "filter"], TINY].concat())
        .succeeded();
    place.run(&["check"]).succeeded();
    let strict = place.run(&["check", "--strict"]);
    assert_eq!(strict.code, Some(1));
    assert!(strict.stdout.contains("eval.path"), "{}", strict.stdout);
    assert!(!strict.stderr.contains("error"), "{}", strict.stderr);
}

#[test]
fn instructions_are_shown_with_their_votes() {
    let votes = rows(&["show", "--limit", "0"]);
    let told = FINISHED.run(&["show", "--limit", "1"]).succeeded();
    assert!(
        told.stdout.starts_with(votes[0]["id"].as_str().unwrap()),
        "{}",
        told.stdout
    );
    assert!(told.stderr.contains("(`--limit 0` shows all)"), "{}", told.stderr);
    for vote in &votes {
        let answers = vote["answers"].as_array().unwrap();
        let count: u64 = answers.iter().map(|answer| answer["count"].as_u64().unwrap()).sum();
        assert_eq!(vote["n"].as_u64(), Some(count), "{vote}");
        let majority = answers.iter().find(|answer| answer["majority"] == true);
        assert_eq!(majority.is_some(), vote["majority"].is_string(), "{vote}");
        if let Some(majority) = majority {
            let share = majority["count"].as_f64().unwrap() / count as f64;
            assert!((share - vote["r_mean"].as_f64().unwrap()).abs() < 1e-6, "{vote}");
        }
    }
    let r_mean = |row: &Value| row["r_mean"].as_f64().unwrap();
    let sorted = rows(&["show", "--limit", "0", "--sort", "r-mean", "--reverse"]);
    assert!(sorted.is_sorted_by(|a, b| r_mean(a) >= r_mean(b)));
    let within = rows(&["show", "--limit", "0", "--r-mean", "0.3", "0.6"]);
    let expected = votes.iter().filter(|row| (0.3..=0.6).contains(&r_mean(row))).count();
    assert_eq!(within.len(), expected);
    let selected = rows(&["show", "--limit", "0", "--reason", "selected"]);
    assert!(selected.iter().all(|row| row["reason"] == "selected"));
    let word = votes[0]["text"]
        .as_str()
        .unwrap()
        .split_whitespace()
        .next()
        .unwrap()
        .to_uppercase();
    let found = rows(&["show", "--find", &word]);
    assert!(found.iter().any(|row| row["id"] == votes[0]["id"]));
}

#[test]
fn candidates_problems_and_flips_are_shown() {
    let kept = rows(&["show", "tiny@1", "--candidates", "--reason", "kept", "--limit", "0"]);
    assert!(kept.iter().all(|row| row["kept"] == true));
    let all = rows(&["show", "tiny@1", "--candidates", "--limit", "0"]);
    let run = FINISHED.json(&[&["run"], TINY].concat());
    assert_eq!(run["iterations"][1]["generated"].as_u64(), Some(all.len() as u64));
    assert_eq!(run["iterations"][1]["kept"].as_u64(), Some(kept.len() as u64));

    let before = rows(&["show", "tiny@0", "--problems", "--limit", "0"]);
    let after = rows(&["show", "--problems", "--limit", "0"]);
    let flips = rows(&["show", "--flips", "--limit", "0"]);
    let changed = before.iter().zip(&after).filter(|(a, b)| a["correct"] != b["correct"]);
    assert_eq!(changed.count(), flips.len());
    let wrong = rows(&["show", "--problems", "--wrong", "--limit", "0"]);
    assert_eq!(wrong.len(), after.iter().filter(|row| row["correct"] == false).count());
    // Nothing flips from a policy to itself, here and in another run.
    assert!(rows(&["show", "--flips", "tiny@2"]).is_empty());
}

#[test]
fn an_instruction_is_traced_from_its_examples_to_its_descendants() {
    let kept = rows(&["show", "tiny@1", "--candidates", "--reason", "kept", "--limit", "0"]);
    let id = kept[0]["id"].as_str().unwrap();
    let trace = FINISHED.json(&["trace", &id[..12]]);
    assert_eq!(trace["text"], kept[0]["text"]);
    assert_eq!(trace["origins"][0]["policy"], 0);
    let parents = trace["origins"][0]["few_shot"].as_array().unwrap();
    assert!(!parents.is_empty());
    assert_eq!(trace["verdicts"][0]["reason"], "kept");
    assert_eq!(trace["votes"].as_array().unwrap().len(), 1);
    // Its examples know it as a descendant.
    let parent = FINISHED.json(&["trace", parents[0]["id"].as_str().unwrap()]);
    assert_eq!(parent["seed"], true);
    let descendants = parent["descendants"].as_array().unwrap();
    assert!(descendants.iter().any(|named| named["id"] == id), "{parent}");
    let told = FINISHED.run(&["trace", id]).succeeded().stdout;
    assert!(
        told.contains("written in iteration 1, by the policy of iteration 0"),
        "{told}"
    );
}

#[test]
fn what_is_not_there_is_answered_with_what_is() {
    let refusals = [
        &["show", "tiny@7"][..],
        &["show", "tiny@x"],
        &["show", "--reason", "too_similar"],
        &["show", "--candidates", "--reason", "selected"],
        &["show", "--flips", "5"],
        &["trace", "zzzz"],
        &["check", "tin"],
        &["run", "--train.lr=1e-5"],
    ];
    let told: Vec<String> = refusals
        .iter()
        .map(|arguments| FINISHED.run(arguments).refusal())
        .collect();
    insta::assert_snapshot!(told.join("\n---\n"));
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    let commands: &[&[&str]] = &[
        &["check"],
        &["show"],
        &["show", "--candidates"],
        &["show", "--problems"],
        &["runs"],
        &["inspect", "r-mean"],
        &["explain", "1/train.0"],
        &["explain", "1/generate"],
        &["diff", "tiny@1", "tiny@2"],
        &["diff", "tiny@1/vote.0", "tiny@2/vote.0"],
        &["inspect", "rollouts"],
        &["inspect", "rollouts", "--each"],
        &["inspect", "filter"],
        &["inspect", "filter", "--each"],
        &["inspect", "train"],
        &["inspect", "train", "--each"],
        &["inspect", "timing"],
        &["inspect", "timing", "--each"],
        &["inspect", "eval"],
        &["inspect", "curve"],
        &["inspect", "drift"],
        &["inspect", "answers"],
        &["inspect", "warnings"],
        &["compare", "tiny"],
        &["compare", "tiny", "--against-iteration", "0"],
        &[&["run"], TINY].concat(),
        &[&["plan"], TINY].concat(),
        &["watch"],
        &["metrics"],
        &["env"],
        &[&["plan", "--all", "train.bounds=[0.1, 0.9]"], TINY].concat(),
    ];
    for columns in [60_usize, 80] {
        for command in commands {
            let mut process = FINISHED.command(command);
            let output = process.env("COLUMNS", columns.to_string()).output().unwrap();
            let text = String::from_utf8(output.stdout).unwrap();
            assert!(!text.trim().is_empty(), "{command:?}");
            let text = text + &String::from_utf8(output.stderr).unwrap();
            for line in text.lines() {
                assert!(line.chars().count() <= columns, "{command:?} at {columns}:\n{line}");
            }
        }
    }
}

/// A finished run whose first votes were made anew with another setting.
static MIXED: LazyLock<Playground> = LazyLock::new(|| {
    let place = Playground::after_finished();
    let part = ["vote.temperature=0.9", "--stage", "vote", "--iteration", "1"];
    place.run(&[&["run", "-q"], TINY, &part].concat()).succeeded();
    place
});

#[test]
fn a_run_of_two_settings_is_not_complete() {
    let row = &MIXED.json(&["runs"])[0];
    assert_eq!(row["state"], "partial");
    assert!(row["stale"].as_u64().unwrap() > 0, "{row}");
    assert!(row["progress"]["iterations_done"].as_u64().unwrap() < 2, "{row}");
    let told = MIXED.run(&["runs"]).succeeded().stdout;
    assert!(told.contains("stale"), "{told}");
    let noted = MIXED.run(&["inspect", "r-mean"]).succeeded().stderr;
    assert!(noted.contains("made with other settings"), "{noted}");
}

#[test]
fn a_run_that_goes_back_to_its_settings_is_complete_again() {
    let place = Playground::after_finished();
    let part = ["vote.temperature=0.9", "--stage", "vote", "--iteration", "1"];
    place.run(&[&["run", "-q"], TINY, &part].concat()).succeeded();
    place.run(&[&["run", "-q"], TINY].concat()).succeeded();
    let row = &place.json(&["runs"])[0];
    assert_eq!(
        (&row["state"], &row["stale"]),
        (&Value::from("complete"), &Value::from(0))
    );
}

#[test]
fn the_environment_names_store_threads_and_configuration() {
    let place = Playground::new();
    let run = |arguments: &[&str], variables: &[(&str, &str)]| {
        let output = place
            .command(arguments)
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr))
    };
    let store = ("SERL_STORE", "elsewhere");
    let part = [&["run", "-q", "--stage", "generate"], TINY].concat();
    assert_eq!(run(&part, &[store]).0, Some(0));
    assert!(place.path("elsewhere/v1").is_dir() && !place.path(".serl").exists());
    let listed = run(&["runs"], &[store]).1;
    assert!(listed.contains("tiny"), "{listed}");
    // Arguments count more.
    let here = [&part[..], &["execution.store=.serl"]].concat();
    assert_eq!(run(&here, &[store]).0, Some(0));
    assert!(place.path(".serl/v1").is_dir());
    let (code, _, told) = run(&part, &[("SERL_THREADS", "many")]);
    assert_eq!(code, Some(2));
    assert!(told.contains("environment variable SERL_THREADS"), "{told}");
    let (code, _, told) = run(&["plan"], &[("SERL_CONFIG", "nowhere.toml")]);
    assert_eq!(code, Some(2));
    assert!(told.contains("nowhere.toml"), "{told}");
}
