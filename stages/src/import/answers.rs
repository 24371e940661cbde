//! The gold answers of problems: where they are, and which option they mean.

use std::collections::HashSet;

use serde_json::Value;
use serl_artifacts::dataset::Record;

use super::columns::{Data, Keys, fault, kind, shown, value};
use super::gold;
use super::notes::Notes;
use super::options;
use super::question::{Asked, Question};
use crate::config::{AnswerKind, EvalConfig};
use crate::error::StageError;
use crate::turns;

/// Rows that are looked at to find the column of gold answers.
const FIRST: usize = 200;

/// Columns that hold the gold answer.
pub(super) const ANSWER: [&str; 24] = [
    "answer",
    "answer_number",
    "final_answer",
    "expected_answer",
    "solution",
    "target",
    "answerkey",
    "answer_key",
    "reward_model.ground_truth",
    "ground_truth",
    "gold_answer",
    "correct_answer",
    "correct answer",
    "correct_option",
    "correct",
    "gold",
    "answers",
    "cop",
    "label",
    "answer_index",
    "final_ans",
    "output",
    "completion",
    "response",
];

/// A row with a question and an answer.
pub(super) struct Answered<'r> {
    /// Number of the row in its data set, counted from 0.
    pub(super) id: usize,
    pub(super) record: &'r Record,
    pub(super) asked: Asked,
    pub(super) answer: Value,
}

/// The rows with a question and an answer, and the column of the answer.
pub(super) struct AnsweredRows<'r> {
    pub(super) rows: Vec<Answered<'r>>,
    pub(super) column: String,
}

/// The rows of `data` that have a question and an answer. Those from `limit` on may help to understand the others.
///
/// # Errors
/// A row before `limit` without a column, or with something else in it.
pub(super) fn answered<'r>(
    data: &Data<'r>,
    question: &Question,
    config: &EvalConfig,
    keys: Keys,
    limit: usize,
    notes: &mut Notes,
) -> Result<AnsweredRows<'r>, StageError> {
    let wanted = match (config.answer_column.as_str(), question.right()) {
        ("", Some(right)) => right,
        (wanted, _) => wanted,
    };
    let column = data.column(keys.answer, wanted, &with_values(data));
    let mut unused = Notes::default();
    let mut rows = Vec::new();
    for (id, record) in data.rows.records.iter().enumerate() {
        // Rows beyond the limit only help to understand the others.
        let used = id < limit;
        let asked = match question.of(record, if used { notes } else { &mut unused }) {
            Ok(Some(asked)) => asked,
            Ok(None) => continue,
            Err(_) if !used => continue,
            Err(error) => return Err(error),
        };
        if used && asked.turns > 1 {
            let reason = format!(
                "the conversation in column {} has {} turns of the user, but a problem is one question",
                shown(question.main()),
                asked.turns
            );
            return Err(fault(record, reason));
        }
        let answer = match (&column, &asked.answer) {
            (Ok(column), _) => match value(record, column) {
                Some(answer) => answer.clone(),
                None if used => return Err(fault(record, format!("no column {}", shown(column)))),
                None => continue,
            },
            // A conversation may have the answer itself.
            (Err(_), Some(answer)) => Value::String(answer.clone()),
            (Err(_), None) => break,
        };
        match single(answer, asked.options.is_some()) {
            Some(answer) => rows.push(Answered {
                id,
                record,
                asked,
                answer,
            }),
            None if used => notes.unanswered += 1,
            None => {}
        }
    }
    match column {
        Err(error) if rows.is_empty() => Err(error),
        column => Ok(AnsweredRows {
            rows,
            column: column.unwrap_or_else(|_| question.main().to_owned()),
        }),
    }
}

/// The usual columns of gold answers, without those that are empty: MGSM has `answer` in its training set only.
fn with_values(data: &Data<'_>) -> Vec<&'static str> {
    let records = || data.rows.records.iter().take(FIRST);
    let is_filled = |name: &&str| records().any(|record| value(record, name).is_some_and(|value| !value.is_null()));
    let filled: Vec<&str> = ANSWER.into_iter().filter(is_filled).collect();
    if filled.is_empty() { ANSWER.to_vec() } else { filled }
}

/// An answer without a list around it; `None` if there is none. Test sets without labels have -1 in place of an option.
fn single(answer: Value, options: bool) -> Option<Value> {
    match answer {
        Value::Null => None,
        Value::String(text) if text.trim().is_empty() => None,
        Value::Number(number) if options && number.as_i64() == Some(-1) => None,
        Value::Array(mut items) if items.len() <= 1 && turns::role_of_first(&items).is_none() => {
            items.pop().and_then(|item| single(item, options))
        }
        answer => Some(answer),
    }
}

/// The position of the right option for each row; `None` for a row without options.
///
/// # Errors
/// An answer that means no option, or answers that can mean several.
pub(super) fn right_options(
    rows: &[Answered<'_>],
    column: &str,
    (given, keys): (AnswerKind, Keys),
    notes: &mut Notes,
) -> Result<Vec<Option<usize>>, StageError> {
    let with_options: Vec<&Answered<'_>> = rows.iter().filter(|row| row.asked.options.is_some()).collect();
    let mut questions = Vec::with_capacity(with_options.len());
    for row in &with_options {
        if !(row.answer.is_string() || row.answer.is_number()) {
            let reason = format!("column {} must be one option, not {}", shown(column), kind(&row.answer));
            return Err(fault(row.record, reason));
        }
        if let Some(options) = row.asked.options.clone() {
            let answer = &row.answer;
            questions.push(gold::Question { options, answer });
        }
    }
    let faulty = |(at, reason): gold::Fault| fault(with_options[at].record, reason);
    let reading = match given {
        AnswerKind::Auto if questions.is_empty() => return Ok(vec![None; rows.len()]),
        AnswerKind::Auto => {
            let (reading, note) = gold::reading(&questions, keys.kind).map_err(faulty)?;
            notes.reading = note;
            reading
        }
        kind => gold::Reading::As(kind),
    };
    let mut rights = questions.iter().enumerate().map(|(at, question)| {
        let right = reading.of(question).map_err(|reason| faulty((at, reason)))?;
        Ok(right)
    });
    let right = |row: &Answered<'_>| match &row.asked.options {
        Some(_) => rights.next().transpose(),
        None => Ok(None),
    };
    rows.iter().map(right).collect()
}

/// A gold answer, and others that count as well: of a text, a number, a list of them, or an assistant's turn.
///
/// # Errors
/// What the answer is instead.
pub(super) fn accepted(answer: &Value) -> Result<(String, Vec<String>), String> {
    let must = || format!("must be a text, a number or a list of them, not {}", kind(answer));
    match answer {
        Value::String(text) => {
            // A list that was saved as text; that of `[1, 2]` is an interval or a vector.
            let list = text
                .trim()
                .starts_with("[\"")
                .then(|| serde_json::from_str::<Vec<String>>(text).ok());
            match list.flatten() {
                Some(list) => split(list).ok_or_else(must),
                None => Ok((text.trim().to_owned(), Vec::new())),
            }
        }
        Value::Number(number) => Ok((number.to_string(), Vec::new())),
        Value::Array(turns) if turns::role_of_first(turns).is_some() => {
            let turn = turns.iter().rfind(|turn| turns::role(turn) == Some("assistant"));
            let content = turn.and_then(turns::content).map(|(content, _)| content);
            Ok((content.ok_or("has no turn of the role `assistant`")?, Vec::new()))
        }
        Value::Array(items) => {
            let texts: Option<Vec<String>> = items.iter().filter(|item| !item.is_null()).map(options::text).collect();
            split(texts.ok_or_else(must)?).ok_or_else(must)
        }
        _ => Err(must()),
    }
}

fn split(mut texts: Vec<String>) -> Option<(String, Vec<String>)> {
    let mut known = HashSet::new();
    texts.retain(|text| known.insert(text.clone()));
    (!texts.is_empty()).then(|| (texts.remove(0), texts))
}
