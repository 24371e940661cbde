//! How well the answers of many responses could be read, for voting and evaluation alike.
//!
//! Knows no vote and no gold answer.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};
use serl_artifacts::tables::{ParseStatus, Unparsed};

/// Characters of a text that are kept.
const KEPT: usize = 200;

/// A response with the answer that was read from it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Read<'a> {
    /// Id of the instruction or problem.
    pub(crate) id: &'a str,
    /// The response.
    pub(crate) text: &'a str,
    /// Its answer as written.
    pub(crate) answer: Option<&'a str>,
    /// The extraction method that found the answer.
    pub(crate) method: Option<&'a str>,
    /// The outcome of reading it.
    pub(crate) status: ParseStatus,
}

/// Counts for a node's metrics and, for each method, the share of all responses whose answer it found.
pub(crate) fn metrics(responses: &[Read<'_>]) -> Value {
    let of = |status| responses.iter().filter(|r| r.status == status).count();
    let mut methods: BTreeMap<&str, usize> = BTreeMap::new();
    for method in responses.iter().filter_map(|r| r.method) {
        *methods.entry(method).or_default() += 1;
    }
    let share = |n: usize| n as f64 / responses.len() as f64;
    let methods: BTreeMap<&str, f64> = methods.into_iter().map(|(m, n)| (m, share(n))).collect();
    json!({
        "n_responses": responses.len(),
        "n_parsed": of(ParseStatus::Parsed),
        "n_no_answer": of(ParseStatus::NoAnswer),
        "n_over_budget": of(ParseStatus::OverBudget),
        "methods": methods,
    })
}

/// The distinct texts that could not be read, the most frequent first.
pub(crate) fn unparsed(responses: &[Read<'_>]) -> Vec<Unparsed> {
    let mut found: HashMap<(&str, ParseStatus), (u32, &str)> = HashMap::new();
    for response in responses {
        let text = match response.status {
            ParseStatus::Parsed => continue,
            ParseStatus::NoAnswer => end(response.text.trim()),
            ParseStatus::OverBudget => start(response.answer.unwrap_or_default()),
        };
        let first = (0, response.id);
        found.entry((text, response.status)).or_insert(first).0 += 1;
    }
    let row = |((text, status), (count, id)): ((&str, ParseStatus), (u32, &str))| Unparsed {
        text: text.to_owned(),
        status,
        count,
        example_id: id.to_owned(),
    };
    let mut rows: Vec<Unparsed> = found.into_iter().map(row).collect();
    rows.sort_by(|a, b| (Reverse(a.count), &a.text, a.status).cmp(&(Reverse(b.count), &b.text, b.status)));
    rows
}

fn start(text: &str) -> &str {
    match text.char_indices().nth(KEPT) {
        Some((at, _)) => &text[..at],
        None => text,
    }
}

fn end(text: &str) -> &str {
    match text.char_indices().rev().nth(KEPT - 1) {
        Some((at, _)) => &text[at..],
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response<'a>(id: &'a str, text: &'a str, answer: Option<&'a str>, status: ParseStatus) -> Read<'a> {
        Read {
            id,
            text,
            answer,
            method: answer.map(|_| "boxed"),
            status,
        }
    }

    #[test]
    fn methods_and_outcomes_are_counted() {
        use ParseStatus::{NoAnswer, OverBudget, Parsed};
        let responses = [
            response("a", "5", Some("5"), Parsed),
            response("a", "", None, NoAnswer),
            response("a", "9…", Some("9…"), OverBudget),
            response("a", "6", Some("6"), Parsed),
        ];
        let expected = json!({
            "n_responses": 4, "n_parsed": 2, "n_no_answer": 1, "n_over_budget": 1, "methods": {"boxed": 0.75},
        });
        assert_eq!(metrics(&responses), expected);
        assert_eq!(metrics(&[])["methods"], json!({}));
    }

    #[test]
    fn texts_are_cut_counted_and_sorted() {
        let long = format!("{}é{}", "a".repeat(300), "b".repeat(199));
        let many = format!("{}é{}", "9".repeat(199), "8".repeat(300));
        let responses = [
            response("p", &long, None, ParseStatus::NoAnswer),
            response("q", "hm\n", None, ParseStatus::NoAnswer),
            response("r", "x", Some(&many), ParseStatus::OverBudget),
            response("s", "hm", None, ParseStatus::NoAnswer),
            response("t", "5", Some("5"), ParseStatus::Parsed),
        ];
        let rows = unparsed(&responses);
        let told: Vec<(&str, u32, &str)> = rows
            .iter()
            .map(|r| (r.text.as_str(), r.count, r.example_id.as_str()))
            .collect();
        let (first, last) = (format!("{}é", "9".repeat(199)), format!("é{}", "b".repeat(199)));
        assert_eq!(told, [("hm", 2, "q"), (&first, 1, "r"), (&last, 1, "p")]);
        assert_eq!(rows[1].status, ParseStatus::OverBudget);
    }
}
