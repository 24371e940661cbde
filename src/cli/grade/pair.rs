//! The part of a row that is graded.

use serde_json::Value;

use super::object::Object;

/// The columns that grading reads.
pub(super) const COLUMNS: [&str; 3] = ["gold", "pred", "choices"];

/// A gold answer, a response and the options of the question.
#[derive(Debug, PartialEq)]
pub(super) struct Pair {
    pub(super) gold: String,
    pub(super) pred: String,
    pub(super) choices: Vec<String>,
}

/// The pair in a row, or what is wrong with the row. `null` stands for an empty text, or for no options.
pub(super) fn of(row: &Object<'_>) -> Result<Pair, String> {
    Ok(Pair {
        gold: required(row, "gold")?,
        pred: required(row, "pred")?,
        choices: choices(row)?,
    })
}

fn required(row: &Object<'_>, key: &str) -> Result<String, String> {
    let value = row.get(key).ok_or_else(|| missing(key, row.names()))?;
    text(value).map_err(|kind| format!("`{key}` must be a text or a number, not {kind}"))
}

/// Message for a missing key: names it and the keys that the row has.
pub(super) fn missing<'n>(key: &str, names: impl Iterator<Item = &'n str>) -> String {
    let has: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    let has = if has.is_empty() {
        "nothing".to_owned()
    } else {
        has.join(", ")
    };
    format!("no `{key}`; it has {has}")
}

fn choices(row: &Object<'_>) -> Result<Vec<String>, String> {
    let must = "`choices` must be a list of texts";
    let value = row.get("choices").unwrap_or("null");
    match serde_json::from_str(value).map_err(|e| format!("`choices`: {e}"))? {
        Value::Null => Ok(Vec::new()),
        Value::Array(options) => options
            .iter()
            .map(|option| text(&option.to_string()))
            .collect::<Result<_, _>>()
            .map_err(|kind| format!("{must}, not with {kind} in it")),
        _ => Err(must.to_owned()),
    }
}

/// A text, or a number or boolean as written; for anything else, the name of its type.
fn text(json: &str) -> Result<String, String> {
    match json.as_bytes().first() {
        Some(b'"') => serde_json::from_str(json).map_err(|e| e.to_string()),
        Some(b'n') => Ok(String::new()),
        Some(b'[') => Err("a list".into()),
        Some(b'{') => Err("an object".into()),
        _ => Ok(json.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Pair, String> {
        of(&Object::read(text).unwrap())
    }

    #[test]
    fn numbers_and_truth_values_are_taken_as_written() {
        let text = r#"{"gold": 1.50, "pred": true, "choices": ["a\n", 2], "more": []}"#;
        let expected = Pair {
            gold: "1.50".into(),
            pred: "true".into(),
            choices: vec!["a\n".into(), "2".into()],
        };
        assert_eq!(read(text).unwrap(), expected);
        let pair = read(r#"{"gold": 12345678901234567890123, "pred": null}"#).unwrap();
        assert_eq!((&*pair.gold, &*pair.pred), ("12345678901234567890123", ""));
    }

    #[test]
    fn the_key_at_fault_is_named() {
        let cases = [
            (r#"{"pred": "5", "x": 1}"#, "no `gold`; it has `pred`, `x`"),
            (r#"{"gold": "5"}"#, "no `pred`; it has `gold`"),
            ("{}", "no `gold`; it has nothing"),
            (
                r#"{"gold": [5], "pred": ""}"#,
                "`gold` must be a text or a number, not a list",
            ),
            (
                r#"{"gold": 5, "pred": {}}"#,
                "`pred` must be a text or a number, not an object",
            ),
            (
                r#"{"gold": 5, "pred": 5, "choices": "A"}"#,
                "`choices` must be a list of texts",
            ),
            (
                r#"{"gold": 5, "pred": 5, "choices": [[]]}"#,
                "`choices` must be a list of texts, not with a list in it",
            ),
        ];
        for (text, reason) in cases {
            assert_eq!(read(text).unwrap_err(), reason);
        }
    }
}
