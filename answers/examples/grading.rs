//! Grades pairs without the rest of the workspace.
//!
//! `grading PAIRS.jsonl` reads lines of `{"gold": "…", "pred": "…", "choices": ["…", …]}`, as `serl grade` does, and
//! prints each row with `pred_answer`, `method`, `status` and `equal`.

use std::error::Error;
use std::io::{BufWriter, Write};

use serde_json::{Value, json};
use serl_answers::{DEFAULT_ORDER, grade};

fn graded(line: &str) -> Result<Value, Box<dyn Error>> {
    let mut row: Value = serde_json::from_str(line)?;
    let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
    let choices: Vec<String> = serde_json::from_value(row["choices"].clone()).unwrap_or_default();
    let grade = grade(&text("gold"), &text("pred"), &choices, &DEFAULT_ORDER);
    for (name, value) in [
        ("pred_answer", json!(grade.pred_answer)),
        ("method", json!(grade.method)),
        ("status", json!(grade.status)),
        ("equal", json!(grade.equal)),
    ] {
        row[name] = value;
    }
    Ok(row)
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("usage: grading PAIRS.jsonl")?;
    let mut output = BufWriter::new(std::io::stdout().lock());
    for line in std::fs::read_to_string(path)?.lines() {
        writeln!(output, "{}", graded(line)?)?;
    }
    Ok(())
}
