//! The program as a user runs it.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

type Outcome = Result<(), Box<dyn Error>>;

fn run(folder: &Path, arguments: &str) -> Result<Output, Box<dyn Error>> {
    let program = env!("CARGO_BIN_EXE_serl-quickstart");
    Ok(Command::new(program)
        .current_dir(folder)
        .args(arguments.split(' '))
        .output()?)
}

fn rows(path: &Path) -> Result<Vec<Value>, Box<dyn Error>> {
    let rows = fs::read_to_string(path)?;
    Ok(rows.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
}

/// Three questions, of which one is there twice and one has no answer.
const QUESTIONS: &str = r#"{"problem": "Mia has 12 apples. She throws away 7 apples. How many apples are left?"}
{"text": "Mia has 12 apples. She throws away 7 apples. How many apples are left?"}

{"question": "Mia has 12 apples. She throws away 13 apples. How many apples are left?"}
"#;

#[test]
fn gold_has_a_row_for_each_question_that_has_an_answer() -> Outcome {
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("asked.jsonl"), QUESTIONS)?;
    let told = run(folder.path(), "gold asked.jsonl -o gold.jsonl")?;
    let told: Value = serde_json::from_slice(&told.stdout)?;
    let expected = json!({
        "questions": 3, "repeated": 1, "solved": 1, "unsolved": 1, "reasons": {"value out of range": 1},
    });
    assert_eq!(told, expected);
    let question = "Mia has 12 apples. She throws away 7 apples. How many apples are left?";
    let gold = rows(&folder.path().join("gold.jsonl"))?;
    assert_eq!(gold, [json!({"problem": question, "answer": "5"})]);
    Ok(())
}

#[test]
fn coherence_counts_and_lists_what_is_not_coherent() -> Outcome {
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("asked.jsonl"), QUESTIONS)?;
    let told = run(folder.path(), "coherence asked.jsonl --list")?;
    let counts: Value = serde_json::from_slice(&told.stdout)?;
    assert_eq!((&counts["questions"], &counts["coherent"]), (&json!(3), &json!(2)));
    assert!(String::from_utf8(told.stderr)?.starts_with("value out of range: Mia has 12 apples."));
    Ok(())
}

#[test]
fn noisy_seeds_are_those_of_the_build_but_for_the_rows_of_the_list() -> Outcome {
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("small.json"), r#"{"seeds": 40, "batches": 1}"#)?;
    run(folder.path(), "build --out built --recipe small.json")?;
    let told = run(
        folder.path(),
        "seeds --out noisy --recipe small.json --noise 0.5 --kinds object,cut-off",
    )?;
    assert_eq!(String::from_utf8(told.stdout)?, "noisy: 20 of 40 seeds are spoilt\n");
    let mut restored = rows(&folder.path().join("noisy/seeds.jsonl"))?;
    for spoilt in rows(&folder.path().join("noisy/noise.jsonl"))? {
        let row = spoilt["row"].as_u64().ok_or("no row")? as usize;
        assert_eq!(restored[row]["problem"], spoilt["after"]);
        assert!(spoilt["kind"] == "object" || spoilt["kind"] == "cut-off");
        restored[row]["problem"] = spoilt["before"].clone();
    }
    assert_eq!(restored, rows(&folder.path().join("built/seeds.jsonl"))?);
    Ok(())
}

#[test]
fn a_mistake_is_named_with_exit_code_2() -> Outcome {
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("odd.json"), r#"{"domain": "algebra"}"#)?;
    let cases = [
        (
            "build --out x --recipe odd.json",
            "there is no domain `algebra`; there are arithmetic, calendar",
        ),
        ("gold missing.jsonl -o x", "cannot read missing.jsonl"),
        ("coherence - --domain algebra", "the domains are arithmetic, calendar"),
        ("seeds --out x --noise 2", "it must be a number from 0 to 1"),
        ("seeds --out x --kinds typo", "cut-off"),
    ];
    for (arguments, expected) in cases {
        let told = run(folder.path(), arguments)?;
        let message = String::from_utf8(told.stderr)?;
        assert_eq!(told.status.code(), Some(2), "{message}");
        assert!(message.contains(expected), "{message}");
    }
    Ok(())
}
