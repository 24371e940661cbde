//! The stream of a run: `metrics.jsonl` and `--log-format json`.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;

use serde_json::{Value, json};
use serl_artifacts::table;
use serl_artifacts::tables::{TrainFigure, TrainLog};

use crate::support::watched::Watched;
use crate::support::{FINISHED, Playground, TINY, TINY_NODES};

const STREAM: &str = ".serl/runs/tiny/metrics.jsonl";

fn parsed(text: &str) -> Vec<Value> {
    let line = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    text.lines().map(line).collect()
}

fn stream(place: &Playground) -> Vec<Value> {
    parsed(&fs::read_to_string(place.path(STREAM)).unwrap())
}

fn run(more: &[&'static str]) -> Vec<&'static str> {
    [&["run"], TINY, more].concat()
}

/// What was measured, without clocks: by node and step, `end` for the node as a whole. Fails at anything that is there
/// twice.
fn measured(lines: &[Value]) -> BTreeMap<(String, String), Value> {
    let clocks = ["time", "event", "seconds", "step_time", "tokens_per_second"];
    let mut found = BTreeMap::new();
    for line in lines {
        let step = match line["event"].as_str().unwrap() {
            "step" => line["step"].to_string(),
            "node_finished" | "node_cached" => "end".to_owned(),
            _ => continue,
        };
        let mut fields = line.as_object().unwrap().clone();
        clocks.iter().for_each(|clock| drop(fields.remove(*clock)));
        let base = ["run", "node", "key", "stage", "iteration", "round", "global_step"];
        let has_metrics = fields.keys().any(|field| !base.contains(&field.as_str()));
        if line["event"] == "node_cached" && !has_metrics {
            continue;
        }
        let place = (line["node"].as_str().unwrap().to_owned(), step);
        let known = found.insert(place.clone(), Value::Object(fields));
        assert_eq!(known, None, "{place:?} is there twice");
    }
    found
}

/// The steps of a run and the algorithm's figures of them, from its tables.
fn train_tables(place: &Playground) -> (Vec<TrainLog>, Vec<TrainFigure>) {
    let (mut log, mut figures) = (Vec::new(), Vec::new());
    for folder in ["1/train.0", "1/train.1", "2/train.0", "2/train.1"] {
        let read = |name: &str| fs::read(place.path(".serl/runs/tiny").join(folder).join(name)).unwrap();
        log.extend(table::decode::<TrainLog>(&read("train_log.parquet"), "log").unwrap());
        figures.extend(table::decode::<TrainFigure>(&read("train_figures.parquet"), "figures").unwrap());
    }
    (log, figures)
}

#[test]
fn steps_have_the_figures_of_the_tables_under_trls_names() {
    let lines = stream(&FINISHED);
    let steps: Vec<&Value> = lines.iter().filter(|line| line["event"] == "step").collect();
    let (log, figures) = train_tables(&FINISHED);
    assert!(!log.is_empty());
    assert_eq!(steps.len(), log.len());
    for (number, (step, row)) in steps.iter().zip(log).enumerate() {
        let of = |name: &str| {
            let place = (row.iteration, row.round, row.step, name);
            let found = figures
                .iter()
                .find(|f| (f.iteration, f.round, f.step, f.name.as_str()) == place);
            found.map(|figure| figure.value)
        };
        assert_eq!(step["global_step"], json!(number + 1));
        for (metric, value) in [
            ("iteration", Some(f64::from(row.iteration))),
            ("round", Some(f64::from(row.round))),
            ("step", Some(f64::from(row.step))),
            ("loss", Some(row.loss)),
            ("reward", Some(row.reward_mean)),
            ("kl", row.kl),
            ("entropy", row.entropy),
            ("grad_norm", Some(row.grad_norm)),
            ("learning_rate", Some(row.lr)),
            ("clip_ratio/region_mean", of("clip_fraction")),
            ("advantage_std", of("advantage_std")),
            (
                "completions/mean_length",
                Some(row.tokens as f64 / f64::from(row.responses)),
            ),
        ] {
            assert!(value.is_some(), "{metric}");
            assert_eq!(step[metric].as_f64(), value, "{metric} of {step}");
        }
    }
}

#[test]
fn nodes_have_their_figures() {
    let found = measured(&stream(&FINISHED)[..]);
    let ends = found.iter().filter(|((_, step), _)| step == "end");
    assert_eq!(ends.count(), TINY_NODES);
    let of = |node: &str, metric: &str| found[&(node.to_owned(), "end".to_owned())][metric].as_f64();
    let eval = FINISHED.json(&["inspect", "eval"]);
    let eval = eval.as_array().unwrap().iter();
    let rows: Vec<&Value> = eval.filter(|row| row["group"] == "all").collect();
    let all = rows.iter().find(|row| row["iteration"] == 2 && row["sampled"] == false);
    assert_eq!(of("2/evaluate", "eval/pass@1"), all.unwrap()["pass_at_1"].as_f64());
    let sampled = rows.iter().find(|row| row["iteration"] == 2 && row["k"] == 2);
    assert_eq!(of("2/evaluate", "eval/pass@2"), sampled.unwrap()["pass_at_k"].as_f64());
    assert!(of("1/vote.0", "r_mean").is_some_and(|mean| (0.0..=1.0).contains(&mean)));
    assert_eq!(of("1/vote.0", "rewards/majority/mean"), of("1/vote.0", "r_mean"));
    assert!(of("1/generate", "sampled_tokens").is_some_and(|tokens| tokens > 0.0));
    let tokens = ["1/respond.0", "1/respond.1", "2/respond.0"].map(|node| of(node, "num_tokens").unwrap());
    assert!(tokens[0] > 0.0 && tokens.is_sorted(), "{tokens:?}");
}

#[test]
fn a_run_begins_and_ends_and_is_told_once() {
    let place = Playground::new();
    place.run(&run(&["--stage", "filter", "-q"])).succeeded();
    let first = stream(&place);
    assert_eq!(first[0]["event"], "run_started");
    assert_eq!(first[0]["nodes"], json!(["1/generate", "1/filter"]));
    let last = &first[first.len() - 1];
    assert_eq!(
        [&last["event"], &last["ran"], &last["cached"]],
        [&json!("run_finished"), &json!(2), &json!(0)]
    );
    place.run(&run(&["--stage", "filter", "-q"])).succeeded();
    let both = stream(&place);
    let again: Vec<&str> = both[first.len()..]
        .iter()
        .map(|line| line["event"].as_str().unwrap())
        .collect();
    assert_eq!(again, ["run_started", "node_cached", "node_cached", "run_finished"]);
    let kept = both.iter().filter(|line| line.get("filter/kept").is_some());
    assert_eq!(kept.count(), 1);
}

#[test]
fn a_stream_that_was_lost_is_written_again_from_the_tables() {
    let place = Playground::after_finished();
    let before = measured(&stream(&place));
    fs::remove_dir_all(place.path(".serl/runs")).unwrap();
    place.run(&run(&["-q"])).succeeded();
    assert_eq!(measured(&stream(&place)), before);
}

#[test]
fn stderr_has_the_lines_of_the_file_and_nothing_else() {
    let place = Playground::new();
    let outcome = place.run(&run(&["--log-format", "json"])).succeeded();
    assert!(outcome.stdout.starts_with("iteration"), "{}", outcome.stdout);
    let told = parsed(&outcome.stderr);
    assert!(
        told.iter()
            .all(|line| line["time"].is_string() && line["event"].is_string())
    );
    let of_run: Vec<&Value> = told.iter().filter(|line| line.get("run").is_some()).collect();
    assert_eq!(of_run, stream(&place).iter().collect::<Vec<_>>());
    assert_eq!(measured(&told), measured(&stream(&FINISHED)));
}

#[test]
fn an_error_is_a_line_of_json_too() {
    let outcome = Playground::new().run(&["run", "--log-format", "json", "vote.n=0"]);
    assert_eq!(outcome.code, Some(2));
    let lines = parsed(&outcome.stderr);
    let last = lines.last().unwrap();
    assert_eq!(last["event"], "error");
    assert!(last["text"].as_str().unwrap().contains("vote.n"), "{last}");
    let quiet = FINISHED.run(&run(&["--log-format", "json", "-q"])).succeeded();
    assert_eq!(quiet.stderr, "");
}

#[test]
fn an_interrupted_run_goes_on_in_the_stream_without_repeating_a_step() {
    let place = Playground::new();
    let mut child = Watched::start(&place, &run(&["--log-format", "json"]));
    child.until("\"event\":\"step\"");
    child.signal("INT");
    assert_eq!(child.end().code, Some(130));
    let stopped = stream(&place);
    assert_eq!(stopped[stopped.len() - 1]["event"], "run_interrupted");
    // As if it had been killed while it wrote.
    let mut file = fs::OpenOptions::new().append(true).open(place.path(STREAM)).unwrap();
    file.write_all(br#"{"time":"2026-11-"#).unwrap();
    place.run(&run(&["-q"])).succeeded();
    assert_eq!(measured(&stream(&place)), measured(&stream(&FINISHED)));
}

#[test]
fn a_node_of_other_settings_has_another_key() {
    let place = Playground::after_finished();
    place.run(&run(&["-q", "train.lr=1e-5"])).succeeded();
    let lines = stream(&place);
    let keys: Vec<&Value> = lines
        .iter()
        .filter(|line| line["event"] == "node_finished" && line["node"] == "1/train.0")
        .map(|line| &line["key"])
        .collect();
    assert_eq!(keys.len(), 2);
    assert_ne!(keys[0], keys[1]);
}

#[test]
fn a_stream_that_cannot_be_written_stops_no_run() {
    let place = Playground::new();
    fs::create_dir_all(place.path(STREAM)).unwrap();
    let outcome = place.run(&run(&["--stage", "filter"])).succeeded();
    assert!(
        outcome.stderr.contains("metrics.jsonl cannot be written to"),
        "{}",
        outcome.stderr
    );
}
