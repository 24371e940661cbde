//! Following a run: `serl watch`, `serl metrics`, event files for TensorBoard, estimates.

use std::fs;

use serde_json::{Value, json};

use crate::support::watched::Watched;
use crate::support::{FINISHED, Playground, TINY, TINY_NODES, host, process};

fn run(more: &[&'static str]) -> Vec<&'static str> {
    [&["run"], TINY, more].concat()
}

fn count(nodes: &Value, state: &str) -> usize {
    let nodes = nodes.as_array().unwrap().iter();
    nodes.filter(|node| node["state"] == state).count()
}

#[test]
fn a_finished_run_is_shown_at_a_glance() {
    for columns in ["80", "60"] {
        let output = FINISHED.command(&["watch"]).env("COLUMNS", columns).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success());
        let width: usize = columns.parse().unwrap();
        assert!(text.lines().all(|line| line.chars().count() <= width), "{text}");
        assert!(text.starts_with("tiny  complete, 2 of 2 iterations"), "{text}");
        for part in ["  respond ■■", "reward ", "r_mean ", "KL ", "entropy ", "Pass@1 "] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
    let shown = FINISHED.json(&["watch"]);
    assert_eq!(shown["state"], json!({"state": "complete"}));
    assert_eq!(count(&shown["nodes"], "complete"), TINY_NODES);
    let check = FINISHED.run(&["check", "--json"]).stdout;
    assert_eq!(shown["findings"], serde_json::from_str::<Value>(&check).unwrap());
}

#[test]
fn another_process_follows_a_run() {
    let place = Playground::new();
    let mut child = Watched::start(
        &place,
        &run(&["--log-format", "json", "eval.k=2000", "eval.baseline=false"]),
    );
    child.until("\"event\":\"node_started\",\"node\":\"1/solve\"");
    let shown = place.json(&["watch"]);
    assert_eq!(shown["state"]["state"], "running");
    assert_eq!(shown["state"]["process"], process(child.pid()));
    let runs = place.json(&["runs"]);
    assert_eq!(
        (&runs[0]["host"], &runs[0]["pid"]),
        (&host().into(), &child.pid().into())
    );
    let runs = place.run(&["runs"]).succeeded().stdout;
    assert!(
        runs.contains(&format!("running by {} at 1/solve", process(child.pid()))),
        "{runs}"
    );
    assert_eq!(shown["at"]["id"], "1/solve");
    assert_eq!(
        (count(&shown["nodes"], "complete"), count(&shown["nodes"], "running")),
        (8, 1)
    );
    assert!(shown["remaining"]["seconds"].is_number());
    child.signal("INT");
    assert_eq!(child.end().code, Some(130));
    let text = place.run(&["watch", "--once"]).succeeded().stdout;
    assert!(text.starts_with("tiny  interrupted, 0 of 2 iterations"), "{text}");
    assert!(text.contains("solve ✗"), "{text}");
}

#[test]
fn a_run_without_a_stream_is_shown_from_its_tables() {
    let place = Playground::after_finished();
    let with = place.json(&["metrics"]);
    fs::remove_file(place.path(".serl/runs/tiny/metrics.jsonl")).unwrap();
    let without = place.json(&["metrics"]);
    let timeless = |rows: &Value| {
        let mut rows = rows.as_array().unwrap().clone();
        for row in &mut rows {
            row.as_object_mut().unwrap().remove("step_time");
        }
        rows
    };
    assert_eq!(timeless(&with), timeless(&without));
    assert_eq!(count(&place.json(&["watch"])["nodes"], "complete"), TINY_NODES);
}

#[test]
fn metrics_are_a_table_csv_and_json() {
    let rows = FINISHED.json(&["metrics"]);
    let rows = rows.as_array().unwrap();
    let steps: Vec<&Value> = rows.iter().filter(|row| !row["step"].is_null()).collect();
    assert!(!steps.is_empty());
    assert!(steps.iter().zip(1..).all(|(row, number)| row["global_step"] == number));
    let csv = FINISHED.run(&["metrics", "--csv"]).succeeded().stdout;
    let header: Vec<&str> = csv.lines().next().unwrap().split(',').collect();
    assert_eq!(header[..4], ["global_step", "node", "stage", "iteration"]);
    let at = header.iter().position(|name| *name == "reward").unwrap();
    let rewards = csv.lines().skip(1).map(|line| line.split(',').nth(at).unwrap());
    let rewards: Vec<f64> = rewards.filter_map(|cell| cell.parse().ok()).collect();
    let wanted: Vec<f64> = steps.iter().map(|row| row["reward"].as_f64().unwrap()).collect();
    assert_eq!(rewards, wanted);
    assert!(csv.lines().all(|line| line.split(',').count() == header.len()));
    let table = FINISHED.run(&["metrics"]).succeeded().stdout;
    let shown = ["reward", "r_mean", "selected", "eval/pass@1"];
    let wanted = rows
        .iter()
        .filter(|row| shown.iter().any(|name| row.get(*name).is_some()));
    assert_eq!(table.lines().count(), wanted.count() + 1, "{table}");
}

/// Tags and steps in an event file, by a reader of its own: lengths, and the fields of `Event`.
fn scalars(path: &std::path::Path) -> Vec<(String, u64)> {
    let bytes = fs::read(path).unwrap();
    let (mut found, mut at) = (Vec::new(), 0);
    while at < bytes.len() {
        let length = u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap()) as usize;
        let event = &bytes[at + 12..at + 12 + length];
        let mut step = 0;
        for (number, value) in fields(event) {
            match (number, value) {
                (2, Field::Varint(value)) => step = value,
                (5, Field::Bytes(summary)) => {
                    for (_, value) in fields(summary) {
                        let Field::Bytes(value) = value else { panic!() };
                        let Field::Bytes(tag) = fields(value)[0].1 else {
                            panic!()
                        };
                        found.push((String::from_utf8(tag.to_vec()).unwrap(), step));
                    }
                }
                _ => {}
            }
        }
        at += 16 + length;
    }
    found
}

#[derive(Clone, Copy)]
enum Field<'a> {
    Varint(u64),
    Fixed,
    Bytes(&'a [u8]),
}

fn fields(mut message: &[u8]) -> Vec<(u8, Field<'_>)> {
    fn varint(message: &mut &[u8]) -> u64 {
        let end = message.iter().position(|byte| byte & 0x80 == 0).unwrap();
        let value = message[..=end]
            .iter()
            .rev()
            .fold(0, |value, byte| value << 7 | u64::from(byte & 0x7f));
        *message = &message[end + 1..];
        value
    }
    let mut found = Vec::new();
    while let Some((&key, rest)) = message.split_first() {
        message = rest;
        let field = match key & 7 {
            0 => Field::Varint(varint(&mut message)),
            wire @ (1 | 5) => {
                message = &message[if wire == 1 { 8 } else { 4 }..];
                Field::Fixed
            }
            _ => {
                let length = varint(&mut message) as usize;
                let (bytes, rest) = message.split_at(length);
                message = rest;
                Field::Bytes(bytes)
            }
        };
        found.push((key >> 3, field));
    }
    found
}

fn event_files(place: &Playground) -> Vec<std::path::PathBuf> {
    let files = fs::read_dir(place.path("logs/tiny")).unwrap();
    files.map(|file| file.unwrap().path()).collect()
}

#[test]
fn event_files_hold_the_same_whether_written_live_or_after() {
    let place = Playground::new();
    place
        .run(&run(&["-q", "--tensorboard", "logs", "--iteration", "1"]))
        .succeeded();
    // The second run shows what the first has measured, in one file.
    place.run(&run(&["-q", "--tensorboard", "logs"])).succeeded();
    let files = event_files(&place);
    assert_eq!(files.len(), 1);
    let live = scalars(&files[0]);
    let told = place.run(&["metrics", "--tensorboard", "logs"]).succeeded();
    assert!(told.stderr.contains("tensorboard --logdir logs"), "{}", told.stderr);
    let files = event_files(&place);
    assert_eq!(files.len(), 1);
    let after = scalars(&files[0]);
    let sorted = |scalars: &[(String, u64)]| {
        // The first `serl run` timed steps that the second found complete.
        let mut scalars = scalars.to_vec();
        scalars.sort();
        scalars
    };
    assert_eq!(sorted(&live), sorted(&after));
    let steps = |tag: &str| {
        live.iter()
            .filter(|(found, _)| found == tag)
            .map(|(_, step)| *step)
            .collect::<Vec<_>>()
    };
    assert!(steps("reward").is_sorted() && steps("reward").len() > 2, "{live:?}");
    assert_eq!(steps("eval/pass@1").len(), 3);
    assert_eq!(steps("r_mean").len(), 4);
}

#[test]
fn a_plan_estimates_tokens_and_after_a_run_time() {
    let place = Playground::new();
    let plan = |place: &Playground, more: &[&'static str]| place.run(&[&["plan"], TINY, more].concat()).succeeded();
    let before = plan(&place, &[]).stderr.replace('\n', " ");
    assert!(
        before.contains("at most ") && before.contains(" tokens to sample; how long that takes is known once"),
        "{before}"
    );
    let rows = place.json(&[&["plan"], TINY].concat());
    let respond = rows
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["id"] == "1/respond.0")
        .unwrap();
    // 6 instructions in 2 rounds, 4 responses each.
    let most = respond["estimate"]["tokens"].as_u64().unwrap();
    assert_eq!((most % 12, &respond["estimate"]["seconds"]), (0, &Value::Null));
    let after = FINISHED
        .run(&[&["plan"], TINY, &["seed=2"]].concat())
        .succeeded()
        .stderr;
    let told = after.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("as measured on this device in tiny"), "{after}");
    let rows = FINISHED.json(&[&["plan"], TINY, &["seed=2"]].concat());
    let rows = rows.as_array().unwrap();
    let solve = rows.iter().find(|row| row["id"] == "1/solve").unwrap();
    assert!(
        solve["estimate"]["seconds"]
            .as_f64()
            .is_some_and(|seconds| seconds > 0.0)
    );
    let cached = FINISHED.json(&[&["plan"], TINY].concat());
    assert!(cached.as_array().unwrap().iter().all(|row| row["estimate"].is_null()));
}

#[test]
fn an_unknown_run_is_answered_with_those_there_are() {
    for command in ["watch", "metrics"] {
        let outcome = FINISHED.run(&[command, "tyni"]);
        assert_eq!(outcome.code, Some(2));
        assert!(outcome.stderr.contains("tiny"), "{}", outcome.stderr);
        let outcome = Playground::new().run(&[command]);
        assert_eq!(outcome.code, Some(2));
        assert!(outcome.stderr.contains("serl run"), "{}", outcome.stderr);
    }
}
