//! Rows as comma-separated values (RFC 4180, with `\n` at the ends of lines).

use std::borrow::Cow;

use serde_json::{Map, Value};

/// A line of names, `columns` first, and a line for each row. What a row lacks, or has as null, is empty; lists are
/// JSON. The last line has no end.
pub(super) fn csv(columns: &[String], rows: &[Map<String, Value>]) -> String {
    let mut names: Vec<&String> = columns.iter().collect();
    for name in rows.iter().flat_map(Map::keys) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let header: Vec<Cow<'_, str>> = names.iter().map(|name| quoted(name)).collect();
    let mut lines = vec![header.join(",")];
    for row in rows {
        let cells: Vec<String> = names.iter().map(|name| cell(row.get(*name))).collect();
        lines.push(cells.join(","));
    }
    lines.join("\n")
}

fn cell(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => quoted(text).into_owned(),
        Some(other) => quoted(&other.to_string()).into_owned(),
    }
}

/// In quotes where it has a character that means something in CSV.
fn quoted(text: &str) -> Cow<'_, str> {
    match text.contains([',', '"', '\n', '\r']) {
        true => Cow::Owned(format!("\"{}\"", text.replace('"', "\"\""))),
        false => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_means_something_in_csv_is_quoted() {
        let rows = [
            json!({"n": 0.5, "text": "a, \"b\"\nc", "list": [1, 2]}),
            json!({"n": null, "late": true}),
        ];
        let rows: Vec<Map<String, Value>> = rows.iter().map(|row| row.as_object().unwrap().clone()).collect();
        let expected = "n,text,list,late\n0.5,\"a, \"\"b\"\"\nc\",\"[1,2]\",\n,,,true";
        assert_eq!(csv(&[], &rows), expected);
        let names = ["a", "b,"].map(String::from);
        assert_eq!(csv(&names, &[]), "a,\"b,\"");
    }
}
