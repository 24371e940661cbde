//! Differences in readable form.

use anyhow::Result;
use serl_artifacts::TreeFile;

use super::difference::Difference;
use super::settings::Setting;
use super::table::TableDifference;
use super::tree::TreeDifference;
use crate::report::reasons;
use crate::report::show::{Form, align_in, number, or_dash, shown};

/// What stands before what belongs to a table or a folder.
const INDENT: &str = "  ";
/// Digits of a digest.
const DIGITS: usize = 12;

/// How much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// The causes, a count of what follows from them, and their effects.
    Causes,
    /// Everything that differs.
    All,
}

/// The differences, settings first; one line if there is none. Tables are at most `room` wide.
///
/// # Errors
/// An effect that cannot be shown.
pub fn text(difference: &Difference, detail: Detail, room: Option<usize>) -> Result<String> {
    let caused = difference.settings.iter().any(|setting| !setting.follows);
    if detail == Detail::Causes && caused && !difference.effects.is_empty() {
        causes(difference, room)
    } else {
        Ok(whole(difference, room))
    }
}

/// What differs in itself, how much follows, and what it did.
fn causes(difference: &Difference, room: Option<usize>) -> Result<String> {
    let own: Vec<&Setting> = difference.settings.iter().filter(|setting| !setting.follows).collect();
    let mut sections = only(difference, room);
    sections.push(settings(difference, &own, room));
    let inputs = difference.settings.len() - own.len();
    let (tables, policies) = (difference.tables.len(), difference.trees.len());
    let parted = own.iter().flat_map(|setting| &setting.nodes).next();
    let from = parted.map(|node| format!("From {node} on, ")).unwrap_or_default();
    let follows = format!(
        "{from}{inputs} inputs, {tables} tables and {policies} folders differ because of it; `--all` lists them."
    );
    sections.push(filled(follows, room));
    let effects = shown(&difference.effects, Form::Table(room))?;
    sections.push(format!("what it did, {} → {}\n{effects}", difference.a, difference.b));
    Ok(sections.join("\n\n"))
}

/// What only one side has.
fn only(difference: &Difference, room: Option<usize>) -> Vec<String> {
    let sides = [(&difference.a, &difference.only_a), (&difference.b, &difference.only_b)];
    let sides = sides.into_iter().filter(|(_, only)| !only.is_empty());
    sides
        .map(|(name, only)| filled(format!("only in {name}: {}", only.join(", ")), room))
        .collect()
}

/// All differences.
fn whole(difference: &Difference, room: Option<usize>) -> String {
    let (a, b) = (difference.a.as_str(), difference.b.as_str());
    if difference.equal {
        return format!("{a} and {b} are equal");
    }
    let mut sections = only(difference, room);
    if !difference.settings.is_empty() {
        let all: Vec<&Setting> = difference.settings.iter().collect();
        sections.push(settings(difference, &all, room));
    }
    sections.extend(overview(difference, room));
    sections.extend(
        difference
            .tables
            .iter()
            .map(|table| detail(table, a, b, within(room)))
            .filter(|t| !t.is_empty()),
    );
    sections.extend(difference.trees.iter().map(|tree| files(tree, a, b, within(room))));
    if !difference.files.is_empty() {
        sections.push(filled(
            format!("other files that differ: {}", difference.files.join(", ")),
            room,
        ));
    }
    sections.join("\n\n")
}

fn table(header: &[&str], rows: Vec<Vec<String>>, room: Option<usize>) -> String {
    let header: Vec<String> = header.iter().map(ToString::to_string).collect();
    align_in(room, &[""; 0], &header, rows.into_iter())
}

/// `text` in lines that fit.
fn filled(text: String, room: Option<usize>) -> String {
    room.map_or(text.clone(), |room| textwrap::fill(&text, room))
}

/// The room of what is indented.
fn within(room: Option<usize>) -> Option<usize> {
    room.map(|room| room.saturating_sub(INDENT.len()))
}

fn settings(difference: &Difference, settings: &[&Setting], room: Option<usize>) -> String {
    let rows = settings.iter().map(|setting| {
        let nodes: Vec<&str> = setting.nodes.iter().map(String::as_str).collect();
        vec![
            setting.what.clone(),
            setting.a.clone().unwrap_or_else(|| "-".to_owned()),
            setting.b.clone().unwrap_or_else(|| "-".to_owned()),
            reasons::some_of(&nodes),
        ]
    });
    let header = ["setting", &difference.a, &difference.b, "of nodes"].map(String::from);
    align_in(room, &[""; 0], &header, rows)
}

fn overview(difference: &Difference, room: Option<usize>) -> Option<String> {
    let rows = difference.tables.iter().map(|table| {
        let counts = [
            table.rows_a,
            table.rows_b,
            table.rows.removed,
            table.rows.added,
            table.rows.changed,
        ];
        let counts = counts.map(|n| n.to_string());
        [vec![table.output.clone()], counts.to_vec()].concat()
    });
    let header = ["table", &difference.a, &difference.b, "removed", "added", "changed"];
    (!difference.tables.is_empty()).then(|| table(&header, rows.collect(), room))
}

/// Columns, statistics and rows of one table.
fn detail(difference: &TableDifference, a: &str, b: &str, room: Option<usize>) -> String {
    let mut parts = Vec::new();
    if !difference.columns.is_empty() {
        let cell = |kind: &Option<String>| kind.clone().unwrap_or_else(|| "-".to_owned());
        let columns = difference.columns.iter();
        let rows = columns.map(|c| vec![c.name.clone(), cell(&c.a), cell(&c.b)]);
        parts.push(table(&["column", a, b], rows.collect(), room));
    }
    if !difference.statistics.is_empty() {
        let value = |value: Option<f64>| or_dash(value, |x| number(x, 4));
        let statistics = difference.statistics.iter();
        let rows = statistics.map(|s| vec![s.name.clone(), value(s.a), value(s.b)]);
        parts.push(table(&["statistic", a, b], rows.collect(), room));
    }
    let changed = &difference.rows.changed_columns;
    if !changed.is_empty() {
        let columns: Vec<String> = changed.iter().map(|(name, n)| format!("{name} in {n}")).collect();
        parts.push(filled(format!("changed columns: {}", columns.join(", ")), room));
    }
    if !difference.rows.examples.is_empty() {
        parts.push(examples(difference, a, b, room));
    }
    if parts.is_empty() {
        return String::new();
    }
    format!("{}\n{}", difference.output, indented(&parts.join("\n\n")))
}

fn examples(difference: &TableDifference, a: &str, b: &str, room: Option<usize>) -> String {
    let rows = difference.rows.examples.iter().flat_map(|example| {
        let head = [example.change.to_owned(), example.key.clone()];
        let rows: Vec<Vec<String>> = match example.cells.as_slice() {
            [] => vec![[head.as_slice(), &[(); 3].map(|()| String::new())].concat()],
            cells => cells
                .iter()
                .map(|cell| {
                    let cells = [cell.column.clone(), cell.a.clone(), cell.b.clone()];
                    [head.as_slice(), &cells].concat()
                })
                .collect(),
        };
        rows
    });
    table(&["rows", "key", "column", a, b], rows.collect(), room)
}

fn files(tree: &TreeDifference, a: &str, b: &str, room: Option<usize>) -> String {
    let cell =
        |file: Option<TreeFile>| or_dash(file, |f| format!("{} {} bytes", &f.digest.to_hex()[..DIGITS], f.bytes));
    let rows = tree.files.iter().map(|f| vec![f.name.clone(), cell(f.a), cell(f.b)]);
    let shown = table(&["file", a, b], rows.collect(), room);
    format!(
        "{} ({} other files are the same)\n{}",
        tree.output,
        tree.same,
        indented(&shown)
    )
}

fn indented(text: &str) -> String {
    let line = |line: &str| match line {
        "" => String::new(),
        line => format!("{INDENT}{line}"),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}
