//! Rows of gold answers and responses by kind, with the verdict that is right: `kinds.jsonl`.

use serde_json::Value;
use serl_answers::{DEFAULT_ORDER, grade};

#[test]
fn every_row_has_its_verdict() {
    let mut wrong = Vec::new();
    for line in include_str!("kinds.jsonl").lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| row[name].as_str().unwrap_or_default();
        let choices: Vec<String> = serde_json::from_value(row["choices"].clone()).unwrap_or_default();
        let grade = grade(text("gold"), text("pred"), &choices, &DEFAULT_ORDER);
        if row["expected"] != grade.equal {
            wrong.push(format!("{line} {:?}", grade.pred_answer));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
