//! `serl grade`: rows of every kind, and those that cannot be graded.

use std::fs;

use serde_json::{Value, json};
use serl_artifacts::table::{self, Table};

use crate::support::{Outcome, Playground};

const PAIRS: &str = r#"{"id": 1, "gold": "\\frac{1}{2}", "pred": "Half of it is \\boxed{0.5}.", "more": {"x": 1.50}}
{"gold": "3 + 4 = 7\n#### 7", "pred": "The total is 7 apples", "id": 2}

{"id": 12345678901234567890123, "gold": "x^2+1", "pred": "x^2 + 1"}
{"id": 4, "gold": 2.50, "pred": 2.5}
{"id": 5, "gold": "Evelyn", "pred": "I cannot say\nwho it was."}
{"id": 6, "gold": "", "pred": null}
"#;

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What is printed for rows of JSON on standard input.
fn piped(rows: impl AsRef<[u8]>, arguments: &[&str]) -> Outcome {
    Playground::new().run_with(rows, &[&["grade"], arguments].concat())
}

#[test]
fn a_pipe_gets_the_rows_in_order_with_their_columns_as_they_were() {
    let outcome = piped(PAIRS, &[]).succeeded();
    insta::assert_snapshot!(format!("{}\n{}", outcome.stdout, outcome.stderr));
}

#[test]
fn files_are_graded_alike_and_quietly() {
    let place = Playground::new();
    place.write("pairs.jsonl", PAIRS);
    let arguments = ["grade", "-q", "--input", "pairs.jsonl", "--output", "out.jsonl"];
    let outcome = place.run(&arguments).succeeded();
    assert_eq!((&*outcome.stdout, &*outcome.stderr), ("", ""));
    let written = fs::read_to_string(place.path("out.jsonl")).unwrap();
    assert_eq!(written, piped(PAIRS, &[]).stdout);
}

#[test]
fn options_are_letters_or_texts() {
    let choices = ["(A) maintain it", "(B) cut it", "(C) 1/2"];
    let row = |gold: &str, pred: &str| json!({"gold": gold, "pred": pred, "choices": choices}).to_string();
    let rows = [
        row("B", "Cut it."),
        row("0.5", "The answer is (C)."),
        row("maintain it", "So it is\n\nA"),
        row("A", "(B) cut it"),
    ];
    let equal: Vec<Value> = lines(&piped(rows.join("\n"), &[]).succeeded().stdout)
        .into_iter()
        .map(|row| row["equal"].clone())
        .collect();
    assert_eq!(equal, [true, true, true, false]);
}

#[test]
fn the_last_mark_of_the_methods_asked_for_is_the_answer() {
    let row = json!({"gold": "5", "pred": "\\boxed{4}\n#### 5"}).to_string();
    let method = |arguments: &[&str]| {
        let rows = lines(&piped(&row, arguments).succeeded().stdout);
        (rows[0]["method"].clone(), rows[0]["equal"].clone())
    };
    assert_eq!(method(&[]), ("hash".into(), true.into()));
    assert_eq!(method(&["--order", "boxed"]), ("boxed".into(), false.into()));
    let refusal = piped(&row, &["--order", "hash,box"]).refusal();
    assert!(refusal.starts_with("exit code 2\n"), "{refusal}");
    assert!(refusal.contains("unknown extraction method \"box\""), "{refusal}");
}

#[test]
fn graded_rows_can_be_graded_again() {
    let once = piped(PAIRS, &[]).succeeded().stdout;
    assert_eq!(piped(&once, &[]).succeeded().stdout, once);
}

#[test]
fn what_is_too_large_is_counted() {
    let rows = json!({"gold": "9".repeat(5000), "pred": "9".repeat(5000)}).to_string();
    let outcome = piped(rows, &[]).succeeded();
    assert_eq!(lines(&outcome.stdout)[0]["status"], "over_budget");
    insta::assert_snapshot!(outcome.stderr);
}

#[test]
fn half_a_character_does_not_stop_a_million_rows() {
    let rows = b"{\"gold\": \"5\", \"pred\": \"\\ud800 so #### 5\", \"x\": \"\\ude00\"}\n";
    insta::assert_snapshot!(piped(rows, &[]).succeeded().stdout);
}

#[test]
fn no_rows_are_no_error() {
    let outcome = piped("", &[]).succeeded();
    assert_eq!(outcome.stdout, "");
    insta::assert_snapshot!(outcome.stderr);
}

#[test]
fn bad_rows_are_named_by_file_line_and_key() {
    let good = "{\"gold\": 1, \"pred\": 1}\n";
    let cases: [(&str, &[u8]); 7] = [
        ("no gold", b"{\"pred\": 1, \"answer\": 2}"),
        ("no pred", b"{\"gold\": 1}"),
        ("a list", b"{\"gold\": [[1]], \"pred\": 1}"),
        ("options", b"{\"gold\": 1, \"pred\": 1, \"choices\": {\"first\": 1}}"),
        ("no JSON", b"{\"gold\": 1, \"pred\": "),
        ("no object", b"[1, 1]"),
        ("no UTF-8", b"{\"gold\": \"\xff\", \"pred\": 1}"),
    ];
    let mut told = String::new();
    for (name, line) in cases {
        let place = Playground::new();
        place.write("pairs.jsonl", [good.as_bytes(), line, b"\n", good.as_bytes()].concat());
        let arguments = ["grade", "--input", "pairs.jsonl", "--output", "out.jsonl"];
        told += &format!("{name}: {}", place.run(&arguments).refusal());
        let left: Vec<_> = fs::read_dir(place.path(".")).unwrap().collect();
        assert_eq!(left.len(), 1, "nothing half-written stays: {left:?}");
    }
    insta::assert_snapshot!(told);
}

#[test]
fn of_many_bad_rows_the_first_is_named() {
    let rows = "{\"gold\": 1, \"pred\": 1}\n".repeat(5000) + &"{}\n".repeat(200);
    let outcome = piped(rows, &[]);
    assert_eq!(outcome.code, Some(2));
    assert!(
        outcome.stderr.contains("standard input, line 5001: no `gold`"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn missing_files_and_folders_are_named() {
    let place = Playground::new();
    let absent = place.run(&["grade", "--input", "absent.jsonl"]).refusal();
    place.write("pairs.jsonl", PAIRS);
    let folder = place.run(&["grade", "--input", "pairs.jsonl", "--output", "no/out.jsonl"]);
    insta::assert_snapshot!(absent + &folder.refusal());
}

#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
struct Pair {
    gold: u32,
    pred: String,
    choices: Vec<String>,
    weight: f32,
}

impl Table for Pair {
    const NAME: &'static str = "pairs";
    const SCHEMA_VERSION: u32 = 1;
}

fn pair(gold: u32, pred: &str) -> Pair {
    Pair {
        gold,
        pred: pred.into(),
        choices: vec![],
        weight: 0.1,
    }
}

/// Rows and column types of a Parquet file, as Polars reads them.
fn frame(place: &Playground, name: &str) -> polars::prelude::DataFrame {
    use polars::prelude::{ParquetReader, SerReader};
    ParquetReader::new(fs::File::open(place.path(name)).unwrap())
        .finish()
        .unwrap()
}

#[test]
fn parquet_keeps_its_columns_and_their_types() {
    let place = Playground::new();
    let rows: Vec<Pair> = (0..3000).map(|i| pair(i, &format!("#### {}", i - i % 2))).collect();
    place.write("pairs.parquet", table::encode(&[rows]).unwrap());
    let arguments = ["grade", "--input", "pairs.parquet", "--output", "out.parquet"];
    let outcome = place.run(&arguments).succeeded();
    assert_eq!(
        outcome.stderr,
        "graded 3,000 pairs: 50.0% equal, 0 without an answer, 0 over budget (hash 100.0%)\n"
    );
    insta::assert_snapshot!(frame(&place, "out.parquet").head(Some(2)));

    let lines = place
        .run(&["grade", "-q", "--input", "pairs.parquet"])
        .succeeded()
        .stdout;
    assert_eq!(lines.lines().count(), 3000);
    insta::assert_snapshot!(lines.lines().next().unwrap());
    let bytes = fs::read(place.path("pairs.parquet")).unwrap();
    assert_eq!(piped(bytes, &[]).succeeded().stdout, lines);
}

#[test]
fn lines_become_parquet() {
    let place = Playground::new();
    let rows = "{\"gold\": 1, \"pred\": \"1\", \"n\": 1}\n{\"gold\": \"x\", \"pred\": \"y\", \"s\": [\"a\"]}\n";
    place.run_with(rows, &["grade", "--output", "out.parquet"]).succeeded();
    insta::assert_snapshot!(frame(&place, "out.parquet"));
}

#[test]
fn parquet_without_the_columns_is_refused() {
    let place = Playground::new();
    place.write(
        "x.parquet",
        table::encode::<serl_artifacts::tables::Drift>(&[]).unwrap(),
    );
    let absent = place.run(&["grade", "--input", "x.parquet"]).refusal();
    place.write("x.parquet", b"PAR1 and no more");
    let broken = place.run(&["grade", "--input", "x.parquet"]);
    assert_eq!(broken.code, Some(2));
    assert!(
        broken.stderr.contains("x.parquet: not readable as Parquet"),
        "{}",
        broken.stderr
    );
    insta::assert_snapshot!(absent);
}
