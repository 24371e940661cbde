//! The rows of two tables, joined by their keys.

use std::collections::{HashMap, HashSet};

use anyhow::Result;
use serde::Serialize;
use serl_artifacts::tables::key_of;

use crate::report::frame::Frame;
use crate::report::show::beginning;

/// Characters of a cell that are shown.
const SHOWN: usize = 48;

/// How the rows of two tables differ.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct RowChanges {
    /// Rows that only the other has.
    pub added: usize,
    /// Rows that only the one has.
    pub removed: usize,
    /// Rows that both have, with different values.
    pub changed: usize,
    /// The number of these in which each column differs, for columns that do.
    pub changed_columns: Vec<(String, usize)>,
    /// The first few of all of these.
    pub examples: Vec<RowChange>,
}

/// A row that differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RowChange {
    /// `added`, `removed` or `changed`.
    pub change: &'static str,
    /// Its key.
    pub key: String,
    /// The values that differ, for a row that both have.
    pub cells: Vec<CellChange>,
}

/// A value that differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CellChange {
    /// Its column.
    pub column: String,
    /// The one side's, shortened.
    pub a: String,
    /// The other side's.
    pub b: String,
}

/// Joins the rows by the columns that are the table's key and compares what both have. Rows with one key belong
/// together in their order.
///
/// # Errors
/// Columns that cannot be compared.
pub(super) fn compare(a: &Frame, b: &Frame, ignored: &[&str], examples: usize) -> Result<RowChanges> {
    let (ours, theirs) = (keys(a), keys(b));
    let joined = Joined::of([a, b], [&ours, &theirs], ignored)?;
    let mut changes = RowChanges {
        changed_columns: joined.changed_columns(),
        ..RowChanges::default()
    };
    for (row, key) in ours.iter().enumerate() {
        match joined.pair_of(row) {
            None => {
                changes.removed += 1;
                changes.show(examples, "removed", key, Vec::new);
            }
            Some(pair) if joined.is_changed(pair) => {
                changes.changed += 1;
                changes.show(examples, "changed", key, || joined.cells(pair));
            }
            Some(_) => {}
        }
    }
    let seen: HashSet<usize> = joined.pairs.iter().map(|pair| pair.1).collect();
    for (_, key) in theirs.iter().enumerate().filter(|(row, _)| !seen.contains(row)) {
        changes.added += 1;
        changes.show(examples, "added", key, Vec::new);
    }
    Ok(changes)
}

/// The rows that two tables both have.
struct Joined<'a> {
    tables: [&'a Frame; 2],
    /// A row of the one and the row of the other with the same key, in the order of the one.
    pairs: Vec<(usize, usize)>,
    /// Each column that both have, and for each pair whether it differs there.
    columns: Vec<(String, Vec<bool>)>,
}

impl<'a> Joined<'a> {
    fn of([a, b]: [&'a Frame; 2], [ours, theirs]: [&[Key]; 2], ignored: &[&str]) -> Result<Self> {
        let rows: HashMap<&Key, usize> = theirs.iter().zip(0..).collect();
        let partners = ours.iter().map(|key| rows.get(key)).enumerate();
        let pairs: Vec<(usize, usize)> = partners.filter_map(|(row, other)| Some((row, *other?))).collect();
        let mut columns = Vec::new();
        for (name, _) in a.columns() {
            if b.has(&[&name]) && !ignored.contains(&name.as_str()) {
                let differing = a.differing(b, &name, &pairs)?;
                columns.push((name, differing));
            }
        }
        let tables = [a, b];
        Ok(Self { tables, pairs, columns })
    }

    /// The pair of a row of the one table.
    fn pair_of(&self, row: usize) -> Option<usize> {
        self.pairs.binary_search_by_key(&row, |pair| pair.0).ok()
    }

    fn is_changed(&self, pair: usize) -> bool {
        self.columns.iter().any(|(_, differing)| differing[pair])
    }

    fn cells(&self, pair: usize) -> Vec<CellChange> {
        let ([a, b], (row, other)) = (self.tables, self.pairs[pair]);
        let changed = self.columns.iter().filter(|(_, differing)| differing[pair]);
        changed
            .map(|(column, _)| CellChange {
                column: column.clone(),
                a: short(&a.cell(column, row)),
                b: short(&b.cell(column, other)),
            })
            .collect()
    }

    fn changed_columns(&self) -> Vec<(String, usize)> {
        let count = |differing: &[bool]| differing.iter().filter(|differs| **differs).count();
        let counted = self
            .columns
            .iter()
            .map(|(name, differing)| (name.clone(), count(differing)));
        counted.filter(|(_, n)| *n > 0).collect()
    }
}

impl RowChanges {
    fn show(&mut self, most: usize, change: &'static str, key: &Key, cells: impl FnOnce() -> Vec<CellChange>) {
        if self.examples.len() < most {
            self.examples.push(RowChange {
                change,
                key: short(&key.shown()),
                cells: cells(),
            });
        }
    }
}

/// The key of a row, and how many rows before it have the same one.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Key(Vec<String>, usize);

impl Key {
    fn shown(&self) -> String {
        match self.1 {
            0 => self.0.join(" "),
            n => format!("{} ({})", self.0.join(" "), n + 1),
        }
    }
}

fn keys(table: &Frame) -> Vec<Key> {
    let columns: Vec<Vec<String>> = key_of(table.table())
        .unwrap_or_default()
        .iter()
        .map(|column| table.cells(column))
        .collect();
    let mut before: HashMap<Vec<String>, usize> = HashMap::new();
    (0..table.height())
        .map(|row| {
            let part = |column: &Vec<String>| column.get(row).cloned().unwrap_or_default();
            let key: Vec<String> = columns.iter().map(part).collect();
            let count = before.entry(key.clone()).or_default();
            *count += 1;
            Key(key, *count - 1)
        })
        .collect()
}

/// The beginning of a text, in one line.
fn short(text: &str) -> String {
    beginning(&text.replace('\n', "⏎"), SHOWN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serl_artifacts::tables::Drift;

    fn table(iteration: u32, rows: &[(&str, f64)]) -> Frame {
        let row = |(statistic, value): &(&str, f64)| Drift {
            iteration,
            statistic: (*statistic).to_owned(),
            value: *value,
        };
        let rows: Vec<Drift> = rows.iter().map(row).collect();
        Frame::of(rows).unwrap()
    }

    #[test]
    fn rows_are_joined_by_key_and_not_by_place() {
        let a = table(1, &[("gone", 1.0), ("same", 2.0), ("other", 3.0)]);
        let b = table(1, &[("new", 1.0), ("other", 4.0), ("same", 2.0)]);
        let rows = compare(&a, &b, &[], 9).unwrap();
        assert_eq!((rows.added, rows.removed, rows.changed), (1, 1, 1));
        assert_eq!(rows.changed_columns, [("value".to_owned(), 1)]);
        let told: Vec<(&str, &str)> = rows.examples.iter().map(|e| (e.change, e.key.as_str())).collect();
        assert_eq!(told, [("removed", "gone"), ("changed", "other"), ("added", "new")]);
        assert_eq!(
            (
                rows.examples[1].cells[0].a.as_str(),
                rows.examples[1].cells[0].b.as_str()
            ),
            ("3.0", "4.0")
        );
        assert_eq!(compare(&a, &b, &[], 0).unwrap().examples, []);
    }

    #[test]
    fn rows_with_one_key_belong_together_in_their_order() {
        let a = table(1, &[("twice", 1.0), ("twice", 2.0)]);
        let b = table(1, &[("twice", 1.0), ("twice", 3.0), ("twice", 4.0)]);
        let rows = compare(&a, &b, &[], 9).unwrap();
        assert_eq!((rows.added, rows.removed, rows.changed), (1, 0, 1));
        assert_eq!(rows.examples[0].key, "twice (2)");
    }

    #[test]
    fn ignored_columns_make_no_difference() {
        let (a, b) = (table(1, &[("x", 1.0)]), table(2, &[("x", 1.0)]));
        assert_eq!(compare(&a, &b, &[], 9).unwrap().changed, 1);
        assert_eq!(compare(&a, &b, &["iteration"], 9).unwrap().changed, 0);
    }
}
