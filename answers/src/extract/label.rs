//! Numbers that number something: "Step 3:", "equation (3)", "#12".

use crate::english::MONTHS;

/// Words before a number that numbers part of a text, besides the months.
const PARTS: [&str; 29] = [
    "step",
    "section",
    "equation",
    "eq",
    "part",
    "case",
    "problem",
    "question",
    "example",
    "figure",
    "table",
    "chapter",
    "theorem",
    "lemma",
    "line",
    "page",
    "no",
    "number",
    "statement",
    "option",
    "method",
    "exercise",
    "week",
    "day",
    "round",
    "level",
    "grade",
    "room",
    "item",
];

/// Whether the text before a number shows that it numbers something.
pub(super) fn precedes(before: &str) -> bool {
    if before.ends_with('#') {
        return true;
    }
    let before = before.strip_suffix('(').unwrap_or(before);
    let Some(before) = before.strip_suffix([' ', '~']) else {
        return false;
    };
    let stop = before.strip_suffix('.');
    let before = stop.unwrap_or(before);
    MONTHS.iter().chain(&PARTS).any(|word| {
        let start = before.len().checked_sub(word.len());
        // "The number 12" is a value, "no. 12" is not.
        let counts = !matches!(*word, "no" | "number") || stop.is_some();
        counts
            && start.is_some_and(|start| {
                let (head, tail) = before.as_bytes().split_at(start);
                tail.eq_ignore_ascii_case(word.as_bytes()) && !head.last().is_some_and(u8::is_ascii_alphanumeric)
            })
    })
}
