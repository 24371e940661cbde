//! Numbers that are one answer together: "4 or 5", "5 feet 6 inches"; and ranges, which are none.

use super::scan::Span;
use crate::extract::context::Role;

/// Units that form one measure with the unit before them: "5 feet 6 inches".
const COMPOUNDS: [(&str, &str); 14] = [
    ("feet", "in"),
    ("foot", "in"),
    ("ft", "in"),
    ("yard", "f"),
    ("hour", "min"),
    ("hr", "min"),
    ("h", "min"),
    ("min", "sec"),
    ("dollar", "cent"),
    ("pound", "o"),
    ("lb", "o"),
    ("day", "hour"),
    ("week", "day"),
    ("year", "month"),
];

/// Spans that are one answer: "4 or 5", "5 feet 6 inches". One that is coordinated with a refused one is refused.
pub(super) fn joined(sentence: &str, spans: Vec<Span>) -> Vec<Span> {
    let mut out: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        let Some(last) = out.last_mut() else {
            out.push(span);
            continue;
        };
        let between = sentence
            .get(last.end..span.start)
            .unwrap_or("")
            .trim_matches(['*', '$', ' ']);
        let listed = matches!(between, "or" | "and" | "," | ", and" | ", or");
        let range = matches!(between, "to" | "-" | "–");
        if last.role == Role::Refused && (listed || range) {
            out.push(Span {
                role: Role::Refused,
                ..span
            });
        } else if range {
            last.role = Role::Refused;
            out.push(Span {
                role: Role::Refused,
                ..span
            });
        } else if listed && !last.calculated && !span.calculated {
            last.end = span.end;
        } else if let Some(end) = compound(between, &sentence[span.end..]) {
            last.end = span.end + end;
        } else {
            out.push(span);
        }
    }
    out
}

/// The length of the second unit, if two numbers with these units are one measure.
fn compound(first: &str, after: &str) -> Option<usize> {
    let first = first.strip_suffix(" and").unwrap_or(first).trim_end_matches(',');
    let spaces = after.len() - after.trim_start_matches(' ').len();
    let unit = after[spaces..]
        .find(|c: char| !c.is_alphabetic())
        .unwrap_or(after.len() - spaces);
    let second = &after[spaces..spaces + unit];
    let known = |(large, small): &(&str, &str)| first.starts_with(large) && second.starts_with(small);
    let one_word = !first.contains(' ') && !first.is_empty();
    (one_word && COMPOUNDS.iter().any(known)).then_some(spaces + unit)
}
