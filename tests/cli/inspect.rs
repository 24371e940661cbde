//! `serl inspect`: rows of rollouts, training, filter and times, and the choice of rows.

use serde_json::Value;

use crate::support::{FINISHED, Playground, TINY};

fn rows(arguments: &[&str]) -> Vec<Value> {
    let shown = FINISHED.json(&[&["inspect"], arguments].concat());
    shown.as_array().unwrap().clone()
}

fn number(row: &Value, name: &str) -> f64 {
    row[name].as_f64().unwrap_or_else(|| panic!("{name} of {row}"))
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let values: Vec<f64> = values.collect();
    values.iter().sum::<f64>() / values.len() as f64
}

#[test]
fn rounds_are_what_their_rollouts_are() {
    let rounds = rows(&["rollouts"]);
    let votes = rows(&["r-mean"]);
    assert_eq!(rounds.len(), votes.len());
    for round in &rounds {
        let condition = format!("iteration = {} and round = {}", round["iteration"], round["round"]);
        let each = rows(&["rollouts", "--each", "--where", &condition]);
        assert_eq!(round["responses"], each.len());
        let sum: f64 = each.iter().map(|rollout| number(rollout, "tokens")).sum();
        assert_eq!(number(round, "tokens"), sum);
        let truncated = mean(each.iter().map(|rollout| f64::from(rollout["finish"] == "length")));
        assert!((number(round, "truncated") - truncated).abs() < 1e-12, "{round}");
        let parsed = mean(
            each.iter()
                .map(|rollout| f64::from(rollout["parse_status"] == "parsed")),
        );
        assert!((number(round, "parsed") - parsed).abs() < 1e-12, "{round}");
        let reward = mean(each.iter().map(|rollout| number(rollout, "reward")));
        assert!((number(round, "reward") - reward).abs() < 1e-6, "{round}");
        let binned: u64 = round["histogram"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Value::as_u64)
            .sum();
        assert_eq!(round["responses"], binned);
    }
}

#[test]
fn iterations_are_those_that_the_run_ended_with() {
    let ended = Playground::after_finished().json(&[&["run"], TINY].concat());
    assert_eq!(ended["iterations"], FINISHED.json(&["inspect", "iterations"]));
    assert_eq!(
        rows(&["iterations", "--where", "iteration = 2"]),
        [ended["iterations"][2].clone()]
    );
}

#[test]
fn settings_are_nested_as_in_a_configuration() {
    let settings = &rows(&["settings"])[0];
    assert_eq!(settings["name"], "tiny");
    assert_eq!(settings["vote"]["n"], 4);
    assert_eq!(settings["train"]["bounds"], serde_json::json!([0.0, 1.0]));
    let table = FINISHED.run(&["inspect", "settings"]).succeeded().stdout;
    let lines: Vec<Vec<&str>> = table.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["name", "\"tiny\""]);
    assert!(lines.contains(&vec!["vote.n", "4"]), "{table}");
    assert!(lines.contains(&vec!["train.on_empty", "\"skip\""]), "{table}");
}

#[test]
fn rollouts_that_were_not_judged_yet_are_shown() {
    let place = Playground::new();
    place
        .run(&[&["run", "-q", "--stage", "respond"], TINY, &["rounds=1"]].concat())
        .succeeded();
    let each = place.json(&["inspect", "rollouts", "--each"]);
    assert!(!each.as_array().unwrap().is_empty());
    assert!(
        each.as_array()
            .unwrap()
            .iter()
            .all(|rollout| rollout["reward"].is_null())
    );
    let unjudged = [
        "inspect",
        "rollouts",
        "--each",
        "--where",
        "reward is null and answer is null",
    ];
    assert_eq!(place.json(&unjudged), each);
    assert!(place.json(&["inspect", "rollouts"])[0]["reward"].is_null());
}

#[test]
fn iterations_of_training_are_what_their_steps_are() {
    let (iterations, steps) = (rows(&["train"]), rows(&["train", "--each"]));
    for iteration in &iterations {
        let own: Vec<&Value> = steps
            .iter()
            .filter(|step| step["iteration"] == iteration["iteration"])
            .collect();
        assert_eq!(iteration["steps"], own.len());
        for name in ["responses", "tokens"] {
            let sum: f64 = own.iter().map(|step| number(step, name)).sum();
            assert_eq!(number(iteration, name), sum);
        }
        let weighted = |name: &str, weight: &str| {
            let sum: f64 = own.iter().map(|step| number(step, name) * number(step, weight)).sum();
            sum / own.iter().map(|step| number(step, weight)).sum::<f64>()
        };
        assert!((number(iteration, "reward") - weighted("reward_mean", "responses")).abs() < 1e-9);
        assert!((number(iteration, "kl") - weighted("kl", "tokens")).abs() < 1e-9);
        let ratio = mean(own.iter().map(|step| number(&step["figures"], "ratio_max")));
        assert!((number(&iteration["figures"], "ratio_max") - ratio).abs() < 1e-9);
    }
    assert_eq!(iterations.len(), 2);
}

#[test]
fn the_filter_counts_its_candidates() {
    let iterations = rows(&["filter"]);
    for iteration in &iterations {
        for (reason, count) in iteration["decided"].as_object().unwrap() {
            let condition = format!("iteration = {} and reason = '{reason}'", iteration["iteration"]);
            let own = rows(&["filter", "--each", "--where", &condition]);
            assert_eq!(*count, own.len(), "{reason}");
        }
    }
    let shown = FINISHED.run(&["inspect", "filter"]).succeeded().stdout;
    insta::assert_snapshot!(
        shown
            .lines()
            .filter_map(|line| line.split("  ").next())
            .collect::<Vec<_>>()
            .join("\n")
    );
}

#[test]
fn times_of_stages_are_those_of_their_nodes() {
    let (stages, nodes) = (rows(&["timing"]), rows(&["timing", "--each"]));
    let seconds = |rows: &[Value]| rows.iter().map(|row| number(row, "seconds")).sum::<f64>();
    assert!((seconds(&stages) - seconds(&nodes)).abs() < 1e-6);
    assert!((stages.iter().map(|row| number(row, "share")).sum::<f64>() - 1.0).abs() < 1e-9);
    let votes: Vec<&Value> = stages.iter().filter(|row| row["stage"] == "vote").collect();
    assert!(votes.iter().all(|row| row["nodes"] == 2), "{votes:?}");
    for node in nodes
        .iter()
        .filter(|node| ["train", "respond"].contains(&node["stage"].as_str().unwrap()))
    {
        let rate = number(node, "tokens") / number(node, "seconds");
        assert!((number(node, "tokens_per_second") / rate - 1.0).abs() < 1e-9, "{node}");
    }
}

#[test]
fn rows_are_chosen_sorted_and_cut() {
    let all = rows(&["rollouts", "--each", "--sort", "tokens,sample", "--reverse"]);
    let keys: Vec<(u64, u64)> = all
        .iter()
        .map(|row| (row["tokens"].as_u64().unwrap(), row["sample"].as_u64().unwrap()))
        .collect();
    assert!(keys.is_sorted_by(|a, b| a >= b));
    let first = rows(&[
        "rollouts",
        "--each",
        "--sort",
        "tokens,sample",
        "--reverse",
        "--limit",
        "3",
    ]);
    assert_eq!(first, all[..3]);
    // A table is short unless it is asked not to be, and says so.
    let table = FINISHED.run(&["inspect", "rollouts", "--each"]).succeeded();
    assert_eq!(
        table.stdout.lines().filter(|line| line.starts_with("        ")).count(),
        20
    );
    let note = format!("20 of {} rows; `--limit 0` shows all", all.len());
    assert!(table.stderr.contains(&note), "{}", table.stderr);
    let none = FINISHED.run(&["inspect", "train", "--where", "reward > 1"]).succeeded();
    assert!(none.stderr.contains("no row meets the condition"), "{}", none.stderr);
}

#[test]
fn values_with_commas_are_read_back() {
    let json = rows(&["train", "--each"]);
    let csv = FINISHED
        .run(&["inspect", "train", "--each", "--csv"])
        .succeeded()
        .stdout;
    let mut lines = csv.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    assert!(names.contains(&"figures.ratio_max"), "{names:?}");
    for (line, row) in lines.by_ref().zip(&json) {
        for (name, cell) in names.iter().zip(line.split(',')) {
            let value = row.pointer(&format!("/{}", name.replace('.', "/"))).unwrap();
            assert_eq!(serde_json::from_str::<Value>(cell).unwrap(), *value, "{name}");
        }
    }
    assert_eq!(csv.lines().count(), json.len() + 1);
    // Without rows there are still the names.
    let none = ["inspect", "train", "--each", "--csv", "--where", "step > 1000"];
    assert_eq!(
        FINISHED.run(&none).succeeded().stdout.lines().next(),
        csv.lines().next()
    );
}

#[test]
fn several_runs_stand_side_by_side() {
    let place = Playground::new();
    for name in ["name=one", "name=two"] {
        place
            .run(&[&["run", "-q", "--iteration", "1"], TINY, &[name, "iterations=1"]].concat())
            .succeeded();
    }
    let both = ["--run", "one", "--run", "two"];
    let json = place.json(&[&["inspect", "r-mean"], &both[..]].concat());
    let runs: Vec<&str> = json
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|row| row["run"].as_str())
        .collect();
    assert_eq!(runs, ["one", "one", "two", "two"]);
    for what in [&["rollouts", "--each"][..], &["settings"], &["eval"], &["timing"]] {
        let only = place.json(&[&["inspect"], what, &both[..], &["--where", "run = 'two'"]].concat());
        let alone = place.json(&[&["inspect"], what, &["--run", "two"]].concat());
        let mut only = only.as_array().unwrap().clone();
        only.iter_mut()
            .for_each(|row| drop(row.as_object_mut().unwrap().remove("run")));
        assert_eq!(Value::from(only), alone, "{what:?}");
    }
    let drift = place
        .run(&[&["inspect", "drift"], &both[..]].concat())
        .succeeded()
        .stdout;
    assert!(
        drift.lines().next().unwrap().contains("one@1") && drift.contains("two@1"),
        "{drift}"
    );
    let twice = place
        .run(&["inspect", "eval", "--run", "one", "--run", "one"])
        .refusal();
    assert!(twice.contains("run `one` is named twice"), "{twice}");
}

#[test]
fn wrong_choices_are_answered_with_what_there_is() {
    let cases: [&[&str]; 7] = [
        &["train", "--where", "rewrad > 0.5"],
        &["train", "--sort", "rewrad"],
        &["filter", "--each", "--where", "reason = kept"],
        &["filter", "--each", "--where", "rouge_l_max = 'high'"],
        &["r-mean", "--where", "round ="],
        &["eval", "--where", "group ="],
        &["eval", "--csv", "--json"],
    ];
    let told = cases.map(|case| {
        let told = FINISHED.run(&[&["inspect"], case].concat()).refusal();
        format!("$ serl inspect {}\n{told}", case.join(" "))
    });
    insta::assert_snapshot!(told.join("\n\n"));
}
