//! Reading the user's seeds and benchmarks into tables. docs/src/data.md lists the shapes of data that are understood.
//!
//! Only what is asked is read from a seeds file: its other columns, above all answers, cannot reach training.

mod answers;
mod columns;
mod gold;
mod notes;
mod options;
mod places;
mod question;
mod text;

use std::collections::HashSet;
use std::path::Path;

use serde_json::Value;
use serl_artifacts::InstructionId;
use serl_artifacts::dataset::{self, Record, Rows, Wanted};
use serl_artifacts::tables::{Instruction, Problem, Source};

use self::answers::{ANSWER, Answered, accepted, answered, right_options};
use self::columns::{Data, Keys, fault, shown, value};
use self::notes::Notes;
use self::options::{LETTERED, Options};
use self::question::{Asked, Question};
use crate::config::{AnswerKind, Benchmark, EvalConfig, SeedsConfig};
use crate::error::StageError;

const SUBJECT: [&str; 5] = ["subject", "type", "data_topic", "category", "subject_name"];

/// Rows that are looked at to find out how gold answers are meant, even if fewer are used.
const LOOKED_AT: usize = 200;

const SEED_KEYS: Keys = Keys {
    text: "seeds.column",
    choices: "seeds.choices_column",
    answer: "",
    kind: "",
};

const EVAL_KEYS: Keys = Keys {
    text: "eval.problem_column",
    choices: "eval.choices_column",
    answer: "eval.answer_column",
    kind: "eval.answer_kind",
};

const REWARD_KEYS: Keys = Keys {
    text: "reward.problem_column",
    choices: "reward.choices_column",
    answer: "reward.answer_column",
    kind: "reward.answer_kind",
};

/// The rows of a data set, and what the user should know about them.
#[derive(Debug, Clone)]
pub struct Imported<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// One sentence each: rows that were left out, columns that are not shown.
    pub notes: Vec<String>,
}

/// The seed instructions of a data set, in its order, repeated texts once. Multiple-choice questions have their
/// options.
///
/// # Errors
/// A file that cannot be read, a bad row (named), a missing column (the existing ones are named), no usable row.
pub fn seeds(path: &Path, config: &SeedsConfig) -> Result<Imported<Instruction>, StageError> {
    let names = question::names(&config.column)
        .into_iter()
        .chain(choices(&config.choices_column));
    let names: Vec<String> = names.collect();
    let wanted = Wanted::new(names.iter().map(String::as_str), "set `seeds.limit` to read fewer rows");
    let rows = read(path, &limited(wanted, config.limit as usize))?;
    let data = Data { path, rows: &rows };
    let question = Question::find(&data, SEED_KEYS, &config.column, &config.choices_column)?;
    let mut notes = Notes::default();
    let mut known = HashSet::new();
    let mut instructions = Vec::new();
    for record in &rows.records {
        let Some(asked) = question.of(record, &mut notes)? else {
            continue;
        };
        let text = shown_text(&asked);
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
    if instructions.is_empty() {
        return Err(data.fault(None, format!("no row has a text in column {}", shown(question.main()))));
    }
    let notes = notes.told(path, SEED_KEYS, question.main(), "");
    Ok(Imported {
        rows: instructions,
        notes,
    })
}

/// The held-out problems of a data set; the benchmark is named after its file or folder, or as `eval.preset` says.
///
/// # Errors
/// As for [`seeds`]; gold answers of multiple-choice problems that can mean different options.
pub fn problems(path: &Path, config: &EvalConfig) -> Result<Imported<Problem>, StageError> {
    let Some(benchmark) = config.preset.benchmark() else {
        return with_answers(path, config, EVAL_KEYS);
    };
    // All of it is read even with a limit: that the first rows are the benchmark's can only be told by their number.
    let whole = EvalConfig {
        limit: 0,
        ..filled(config, &benchmark)
    };
    let mut imported = with_answers(path, &whole, EVAL_KEYS)?;
    imported
        .rows
        .iter_mut()
        .for_each(|problem| problem.benchmark = benchmark.name.to_owned());
    let found = imported.rows.len();
    if found != benchmark.problems {
        imported.notes.push(format!(
            "{}: {} has {} problems, but this file has {found}; figures can be compared with published ones only on \
             the same problems ({})",
            path.display(),
            benchmark.name,
            benchmark.problems,
            benchmark.source
        ));
    }
    if config.limit > 0 {
        imported.rows.truncate(config.limit as usize);
    }
    Ok(imported)
}

/// `config` with the benchmark's way of reading wherever it has none of its own.
fn filled(config: &EvalConfig, benchmark: &Benchmark) -> EvalConfig {
    let mut filled = config.clone();
    if filled.problem_column.is_empty() {
        filled.problem_column = benchmark.problem_column.to_owned();
    }
    if filled.answer_kind == AnswerKind::Auto {
        filled.answer_kind = benchmark.answer_kind;
    }
    filled
}

/// The instructions of a data set with their gold answers, for a reward whose section has the keys of columns.
///
/// # Errors
/// As for [`problems`].
pub fn golds(path: &Path, columns: &EvalConfig) -> Result<Imported<Problem>, StageError> {
    let mut imported = with_answers(path, columns, REWARD_KEYS)?;
    // The name of the file is no part of what is known.
    imported.rows.iter_mut().for_each(|problem| problem.benchmark.clear());
    Ok(imported)
}

fn with_answers(path: &Path, config: &EvalConfig, keys: Keys) -> Result<Imported<Problem>, StageError> {
    let limit = match config.limit as usize {
        0 => usize::MAX,
        limit => limit,
    };
    let names = question::names(&config.problem_column)
        .into_iter()
        .chain(choices(&config.choices_column));
    let labels = ANSWER
        .iter()
        .chain(&SUBJECT)
        .chain(&["level"])
        .map(|name| (*name).to_owned());
    let names: Vec<String> = names.chain(labels).chain([config.answer_column.clone()]).collect();
    let part = config.preset.benchmark().and_then(|benchmark| benchmark.rows);
    let names = names.into_iter().chain(part.map(|(column, _)| column.to_owned()));
    let names: Vec<String> = names.collect();
    let wanted = Wanted::new(names.iter().map(String::as_str), "set `eval.limit` to read fewer rows");
    let wanted = match part {
        None => wanted.first(limit.max(LOOKED_AT)),
        // Rows of a part may be anywhere.
        Some(_) => wanted,
    };
    let mut rows = read(path, &wanted)?;
    if let Some((column, values)) = part {
        keep(path, &mut rows, column, values)?;
    }
    let data = Data { path, rows: &rows };
    let question = Question::find(&data, keys, &config.problem_column, &config.choices_column)?;
    let mut notes = Notes::default();
    let asked = answered(&data, &question, config, keys, limit, &mut notes)?;
    let kind = match question.right() {
        // A column for the right option alone has its text.
        Some(right) if right == asked.column => AnswerKind::Text,
        _ => config.answer_kind,
    };
    let rights = right_options(&asked.rows, &asked.column, (kind, keys), &mut notes)?;
    let benchmark = dataset::name(path);
    let problems = asked.rows.iter().zip(rights).filter(|(row, _)| row.id < limit);
    let problem = |(row, right): (&Answered<'_>, Option<usize>)| {
        let (gold_answer, accepted) = match (&row.asked.options, right) {
            (Some(options), Some(right)) if options.texts.len() > LETTERED => {
                (options.texts[right].clone(), Vec::new())
            }
            (Some(_), Some(right)) => (options::letters().nth(right).unwrap_or('A').to_string(), Vec::new()),
            _ => accepted(&row.answer)
                .map_err(|reason| fault(row.record, format!("column {} {reason}", shown(&asked.column))))?,
        };
        Ok(Problem {
            benchmark: benchmark.clone(),
            id: row.id.to_string(),
            problem: shown_text(&row.asked),
            gold_answer,
            accepted,
            subject: label(row.record, &SUBJECT),
            level: label(row.record, &["level"]),
            choices: row.asked.options.as_ref().map(Options::lettered).unwrap_or_default(),
        })
    };
    let problems = problems.map(problem).collect::<Result<Vec<_>, StageError>>()?;
    if problems.is_empty() {
        let (text, answer) = (shown(question.main()), shown(&asked.column));
        return Err(data.fault(
            None,
            format!("no row has both a text in column {text} and an answer in {answer}"),
        ));
    }
    let notes = notes.told(path, keys, question.main(), &asked.column);
    Ok(Imported { rows: problems, notes })
}

/// The options in a value of any shape that data sets have them in, with their letters; none if there are more than
/// ten.
///
/// # Errors
/// What is wrong with the value.
pub fn lettered(value: &Value) -> Result<Vec<String>, String> {
    let options = Options::of(value)?;
    Ok(options.map_or_else(Vec::new, |options| options.lettered()))
}

/// Keeps the rows whose `column` has one of `values`.
fn keep(path: &Path, rows: &mut Rows, column: &str, values: &[&str]) -> Result<(), StageError> {
    let of = |record: &Record| label(record, &[column]);
    let mut found: Vec<String> = rows.records.iter().filter_map(of).collect();
    rows.records
        .retain(|record| of(record).is_some_and(|value| values.contains(&value.as_str())));
    if !rows.records.is_empty() {
        return Ok(());
    }
    found.sort_unstable();
    found.dedup();
    let found = match found.len() {
        0 => format!("there is no column {}", shown(column)),
        _ => format!("{} has {}", shown(column), found.join(", ")),
    };
    Err(Data { path, rows }.fault(
        None,
        format!(
            "no row belongs to the benchmark of `eval.preset`, which are those with {column} {}; {found}",
            values.join(", ")
        ),
    ))
}

fn choices(wanted: &str) -> Vec<String> {
    let parts = wanted.split(',').map(|name| name.trim().to_owned());
    let named = parts.chain([wanted.to_owned()]).filter(|name| !name.is_empty());
    places::names().into_iter().chain(named).collect()
}

fn limited(wanted: Wanted, limit: usize) -> Wanted {
    match limit {
        0 => wanted,
        limit => wanted.first(limit),
    }
}

fn read(path: &Path, wanted: &Wanted) -> Result<Rows, StageError> {
    let rows = dataset::read(path, wanted)?;
    match rows.records.is_empty() {
        true => Err(Data { path, rows: &rows }.fault(None, "there are no rows".into())),
        false => Ok(rows),
    }
}

fn shown_text(asked: &Asked) -> String {
    match &asked.options {
        Some(options) => options.shown_with(&asked.text),
        None => asked.text.clone(),
    }
}

fn label(record: &Record, columns: &[&str]) -> Option<String> {
    columns.iter().find_map(|column| match value(record, column)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

#[cfg(test)]
mod tests;
