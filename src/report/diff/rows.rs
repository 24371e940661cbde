//! The rows of two tables, joined by their keys.

use std::collections::HashMap;

use serde::Serialize;
use serl_artifacts::table::AnyTable;
use serl_artifacts::tables::key_of;

/// Characters of a cell that are shown.
const SHOWN: usize = 48;

/// How the rows of two tables differ.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Rows {
    /// Rows that only the other has.
    pub added: usize,
    /// Rows that only the one has.
    pub removed: usize,
    /// Rows that both have, with other values.
    pub changed: usize,
    /// In how many of these each column differs; only those that do.
    pub changed_columns: Vec<(String, usize)>,
    /// The first few of all these.
    pub examples: Vec<Example>,
}

/// A row that is not the same.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Example {
    /// `added`, `removed` or `changed`.
    pub change: &'static str,
    /// Its key.
    pub key: String,
    /// The values that differ, for a row that both have.
    pub cells: Vec<Cell>,
}

/// A value that differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cell {
    /// Its column.
    pub column: String,
    /// The one side's, shortened.
    pub a: String,
    /// The other side's.
    pub b: String,
}

/// Joins the rows by the columns that are the table's key. Rows with one key belong together in their order.
pub(super) fn compare(a: &AnyTable, b: &AnyTable, ignored: &[&str], examples: usize) -> Rows {
    let (keys_a, keys_b) = (keys(a), keys(b));
    let place: HashMap<&Key, usize> = keys_b.iter().zip(0..).collect();
    let names: Vec<String> = a.columns().into_iter().map(|(name, _)| name).collect();
    let compared: Vec<&String> = names
        .iter()
        .filter(|name| !ignored.contains(&name.as_str()))
        .filter(|name| b.columns().iter().any(|(other, _)| other == *name))
        .collect();
    let mut counts = vec![0; compared.len()];
    let mut rows = Rows::default();
    let mut seen = vec![false; b.height()];
    for (row, key) in keys_a.iter().enumerate() {
        let Some(&other) = place.get(key) else {
            rows.removed += 1;
            rows.show(examples, "removed", key, Vec::new);
            continue;
        };
        seen[other] = true;
        let differs = |column: &&usize| !a.same(compared[**column], row, b, other);
        let indices: Vec<usize> = (0..compared.len()).collect();
        let changed: Vec<usize> = indices.iter().filter(differs).copied().collect();
        changed.iter().for_each(|&column| counts[column] += 1);
        if !changed.is_empty() {
            rows.changed += 1;
            let cell = |&column: &usize| Cell {
                column: compared[column].clone(),
                a: short(&a.cell(compared[column], row)),
                b: short(&b.cell(compared[column], other)),
            };
            rows.show(examples, "changed", key, || changed.iter().map(cell).collect());
        }
    }
    for (key, _) in keys_b.iter().zip(&seen).filter(|(_, seen)| !**seen) {
        rows.added += 1;
        rows.show(examples, "added", key, Vec::new);
    }
    let counted = compared.into_iter().cloned().zip(counts);
    rows.changed_columns = counted.filter(|(_, count)| *count > 0).collect();
    rows
}

impl Rows {
    fn show(&mut self, most: usize, change: &'static str, key: &Key, cells: impl FnOnce() -> Vec<Cell>) {
        if self.examples.len() < most {
            self.examples.push(Example {
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

fn keys(table: &AnyTable) -> Vec<Key> {
    let columns: Vec<Vec<String>> = key_of(table.name())
        .unwrap_or_default()
        .iter()
        .map(|column| table.texts(column))
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
    let line = text.replace('\n', "⏎");
    match line.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serl_artifacts::table::encode;
    use serl_artifacts::tables::Drift;

    fn table(iteration: u32, rows: &[(&str, f64)]) -> AnyTable {
        let row = |(statistic, value): &(&str, f64)| Drift {
            iteration,
            statistic: (*statistic).to_owned(),
            value: *value,
        };
        let rows: Vec<Drift> = rows.iter().map(row).collect();
        AnyTable::decode(&encode(&[rows]).unwrap(), "test").unwrap()
    }

    #[test]
    fn rows_are_joined_by_key_and_not_by_place() {
        let a = table(1, &[("gone", 1.0), ("same", 2.0), ("other", 3.0)]);
        let b = table(1, &[("new", 1.0), ("other", 4.0), ("same", 2.0)]);
        let rows = compare(&a, &b, &[], 9);
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
        assert_eq!(compare(&a, &b, &[], 0).examples, []);
    }

    #[test]
    fn rows_with_one_key_belong_together_in_their_order() {
        let a = table(1, &[("twice", 1.0), ("twice", 2.0)]);
        let b = table(1, &[("twice", 1.0), ("twice", 3.0), ("twice", 4.0)]);
        let rows = compare(&a, &b, &[], 9);
        assert_eq!((rows.added, rows.removed, rows.changed), (1, 0, 1));
        assert_eq!(rows.examples[0].key, "twice (2)");
    }

    #[test]
    fn ignored_columns_make_no_difference() {
        let (a, b) = (table(1, &[("x", 1.0)]), table(2, &[("x", 1.0)]));
        assert_eq!(compare(&a, &b, &[], 9).changed, 1);
        assert_eq!(compare(&a, &b, &["iteration"], 9).changed, 0);
    }
}
