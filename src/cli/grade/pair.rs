//! The part of a row that is graded.

use serde_json::Value;
use serl_stages::import;

use super::object::Object;

/// The columns that grading reads.
pub(super) const COLUMNS: [&str; 3] = ["gold", "pred", "choices"];

/// Gold answers, a response and the options of the question.
#[derive(Debug, PartialEq)]
pub(super) struct Pair {
    /// Any of them counts; at least one.
    pub(super) golds: Vec<String>,
    pub(super) pred: String,
    pub(super) choices: Vec<String>,
}

/// The pair in a row, or what is wrong with the row. `null` stands for an empty text, or for no options.
pub(super) fn of(row: &Object<'_>) -> Result<Pair, String> {
    Ok(Pair {
        golds: golds(row)?,
        pred: text(required(row, "pred")?).map_err(|kind| must_be_text("pred", kind))?,
        choices: choices(row)?,
    })
}

fn required<'r>(row: &Object<'r>, key: &str) -> Result<&'r str, String> {
    row.get(key).ok_or_else(|| missing(key, row.names()))
}

fn must_be_text(key: &str, kind: &str) -> String {
    format!("`{key}` must be a text or a number, not {kind}")
}

/// The gold answer, or several in a list.
fn golds(row: &Object<'_>) -> Result<Vec<String>, String> {
    let told = |kind| must_be_text("gold", kind);
    let json = required(row, "gold")?;
    if !json.starts_with('[') {
        return Ok(vec![text(json).map_err(told)?]);
    }
    let items: Vec<Value> = serde_json::from_str(json).map_err(|e| format!("`gold`: {e}"))?;
    let golds = items.iter().map(|item| text(&item.to_string()).map_err(told));
    let golds = golds.collect::<Result<Vec<String>, _>>()?;
    // An empty list is no answer.
    Ok(if golds.is_empty() { vec![String::new()] } else { golds })
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
    let must = "`choices` must be a list of texts, or one of the shapes in docs/src/data.md";
    let value = row.get("choices").unwrap_or("null");
    match serde_json::from_str(value).map_err(|e| format!("`choices`: {e}"))? {
        Value::Null => Ok(Vec::new()),
        Value::Array(options) if !options.iter().any(|option| option.is_object() || option.is_array()) => {
            let options = options.iter().map(|option| text(&option.to_string()));
            options
                .collect::<Result<_, _>>()
                .map_err(|kind| format!("{must}, not with {kind} in it"))
        }
        shape => import::lettered(&shape).map_err(|_| must.to_owned()),
    }
}

/// A text, or a number or boolean as written; for anything else, the name of its type.
fn text(json: &str) -> Result<String, &'static str> {
    match json.as_bytes().first() {
        Some(b'"') => serde_json::from_str(json).map_err(|_| "a damaged text"),
        Some(b'n') => Ok(String::new()),
        Some(b'[') => Err("a list"),
        Some(b'{') => Err("an object"),
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
            golds: vec!["1.50".into()],
            pred: "true".into(),
            choices: vec!["a\n".into(), "2".into()],
        };
        assert_eq!(read(text).unwrap(), expected);
        let pair = read(r#"{"gold": 12345678901234567890123, "pred": null}"#).unwrap();
        assert_eq!((&*pair.golds[0], &*pair.pred), ("12345678901234567890123", ""));
    }

    #[test]
    fn several_gold_answers_and_options_of_other_shapes_are_read() {
        let golds = |json: &str| read(&format!(r#"{{"gold": {json}, "pred": ""}}"#)).unwrap().golds;
        assert_eq!(golds(r#"["4", 5.0]"#), ["4", "5.0"]);
        assert_eq!(golds("[]"), [""]);
        let pair = read(r#"{"gold": "B", "pred": "", "choices": {"text": ["x", "y"], "label": ["A", "B"]}}"#).unwrap();
        assert_eq!(pair.choices, ["(A) x", "(B) y"]);
    }

    #[test]
    fn the_key_at_fault_is_named() {
        let cases = [
            (r#"{"pred": "5", "x": 1}"#, "no `gold`; it has `pred`, `x`"),
            (r#"{"gold": "5"}"#, "no `pred`; it has `gold`"),
            ("{}", "no `gold`; it has nothing"),
            (
                r#"{"gold": [[5]], "pred": ""}"#,
                "`gold` must be a text or a number, not a list",
            ),
            (
                r#"{"gold": 5, "pred": {}}"#,
                "`pred` must be a text or a number, not an object",
            ),
            (
                r#"{"gold": 5, "pred": 5, "choices": "A"}"#,
                "`choices` must be a list of texts, or one of the shapes in docs/src/data.md",
            ),
            (
                r#"{"gold": 5, "pred": 5, "choices": [[]]}"#,
                "`choices` must be a list of texts, or one of the shapes in docs/src/data.md",
            ),
        ];
        for (text, reason) in cases {
            assert_eq!(read(text).unwrap_err(), reason);
        }
    }
}
