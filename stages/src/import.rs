//! Reading the user's seeds and benchmarks into tables.
//!
//! Only the instruction column of a seeds file is read: its other columns, above all answers, cannot reach training.

use std::collections::HashSet;
use std::path::Path;

use serde_json::Value;
use serl_artifacts::InstructionId;
use serl_artifacts::dataset::{self, Record};
use serl_artifacts::tables::{Instruction, Problem, Source};

use crate::config::{EvalConfig, SeedsConfig};
use crate::error::StageError;

const TEXT_COLUMNS: &[&str] = &["problem", "question", "instruction", "prompt", "text"];
const ANSWER_COLUMNS: &[&str] = &["answer", "solution", "target"];

/// The seed instructions of a JSONL or Parquet file, in the file's order, repeated texts once.
///
/// # Errors
/// A file that cannot be read, a bad line (named), a missing column (the existing ones are named), no row at all.
pub fn seeds(path: &Path, config: &SeedsConfig) -> Result<Vec<Instruction>, StageError> {
    let source = Columns::open(path, config.limit)?;
    let column = source.column("seeds.column", &config.column, TEXT_COLUMNS)?;
    let mut known = HashSet::new();
    let mut instructions = Vec::new();
    for record in &source.records {
        let text = source.text(record, &column)?;
        let id = InstructionId::of(&text);
        if known.insert(id.clone()) {
            let (few_shot, completion_id) = (Vec::new(), None);
            instructions.push(Instruction {
                id,
                iteration: 0,
                source: Source::Seed,
                text,
                few_shot,
                completion_id,
            });
        }
    }
    Ok(instructions)
}

/// The held-out problems of a JSONL or Parquet file; the benchmark is named after the file.
///
/// # Errors
/// As for [`seeds`].
pub fn problems(path: &Path, config: &EvalConfig) -> Result<Vec<Problem>, StageError> {
    let source = Columns::open(path, config.limit)?;
    let problem = source.column("eval.problem_column", &config.problem_column, TEXT_COLUMNS)?;
    let gold_answer = source.column("eval.answer_column", &config.answer_column, ANSWER_COLUMNS)?;
    let benchmark = path
        .file_stem()
        .map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    let problem = |(row, record): (usize, &Record)| {
        Ok(Problem {
            benchmark: benchmark.clone(),
            id: row.to_string(),
            problem: source.text(record, &problem)?,
            gold_answer: source.text(record, &gold_answer)?,
            subject: label(record, &["subject", "type", "data_topic"]),
            level: label(record, &["level"]),
            choices: choices(record),
        })
    };
    source.records.iter().enumerate().map(problem).collect()
}

struct Columns<'a> {
    path: &'a Path,
    records: Vec<Record>,
}

impl<'a> Columns<'a> {
    fn open(path: &'a Path, limit: u32) -> Result<Self, StageError> {
        let mut records = dataset::read(path)?;
        if limit > 0 {
            records.truncate(limit as usize);
        }
        if records.is_empty() {
            let reason = "the file has no rows; give one JSON object per line".into();
            return Err(StageError::File {
                path: path.into(),
                line: None,
                reason,
            });
        }
        Ok(Self { path, records })
    }

    /// The column `wanted`, or the first of the usual ones.
    fn column(&self, key: &str, wanted: &str, usual: &[&str]) -> Result<String, StageError> {
        let first = &self.records[0].fields;
        let mut candidates = if wanted.is_empty() {
            usual.to_vec()
        } else {
            vec![wanted]
        };
        candidates.retain(|name| first.contains_key(*name));
        if let Some(found) = candidates.first() {
            return Ok((*found).to_owned());
        }
        let has = first.keys().map(|k| format!("`{k}`")).collect::<Vec<_>>().join(", ");
        let sought = if wanted.is_empty() {
            usual.iter().map(|c| format!("`{c}`")).collect()
        } else {
            vec![format!("`{wanted}`")]
        };
        let reason = format!(
            "no column {}; it has {has}; name the column with `{key}=…`",
            sought.join(", ")
        );
        Err(StageError::File {
            path: self.path.into(),
            line: None,
            reason,
        })
    }

    fn text(&self, record: &Record, column: &str) -> Result<String, StageError> {
        let fault = |reason: String| StageError::File {
            path: self.path.into(),
            line: Some(record.line),
            reason,
        };
        match record.fields.get(column) {
            Some(Value::String(text)) if !text.trim().is_empty() => Ok(text.trim().to_owned()),
            Some(Value::Number(number)) => Ok(number.to_string()),
            Some(Value::String(_)) => Err(fault(format!("column `{column}` is empty"))),
            Some(other) => Err(fault(format!("column `{column}` must be a text, not {}", kind(other)))),
            None => Err(fault(format!("no column `{column}`"))),
        }
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn label(record: &Record, columns: &[&str]) -> Option<String> {
    columns.iter().find_map(|column| match record.fields.get(*column)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

fn choices(record: &Record) -> Vec<String> {
    let list = record.fields.get("choices").and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .filter_map(|choice| choice.as_str().map(str::to_owned))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> tempfile::TempPath {
        let path = tempfile::Builder::new()
            .suffix(".jsonl")
            .tempfile()
            .unwrap()
            .into_temp_path();
        std::fs::write(&path, text).unwrap();
        path
    }

    #[test]
    fn seeds_lose_their_answers_and_their_doubles() {
        let path = file("{\"problem\": \"1+1?\", \"answer\": \"2\"}\n{\"problem\": \" 1+1? \"}\n");
        let seeds = seeds(&path, &SeedsConfig::default()).unwrap();
        assert_eq!(seeds.iter().map(|s| s.text.as_str()).collect::<Vec<_>>(), ["1+1?"]);
    }

    #[test]
    fn a_missing_column_names_those_there_are() {
        let path = file("{\"task\": \"1+1?\", \"n\": 1}\n");
        let error = seeds(&path, &SeedsConfig::default()).unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("no column `problem`, `question`") && text.contains("it has `task`, `n`"),
            "{text}"
        );
        assert!(error.is_user_error());
    }

    #[test]
    fn a_bad_value_names_its_line() {
        let path = file("{\"problem\": \"1+1?\"}\n{\"problem\": [1]}\n");
        let text = seeds(&path, &SeedsConfig::default()).unwrap_err().to_string();
        assert!(
            text.ends_with("line 2: column `problem` must be a text, not a list"),
            "{text}"
        );
    }

    #[test]
    fn an_empty_file_is_an_error() {
        let text = seeds(&file(""), &SeedsConfig::default()).unwrap_err().to_string();
        assert!(text.contains("no rows"), "{text}");
    }
}
