//! Tables with a column for each iteration, for rows of many figures.

use super::show::align_in;

/// A column: its head, and its figures by name.
pub(super) struct Column {
    /// What stands above it.
    pub head: String,
    /// Name and text of each figure.
    pub figures: Vec<(String, String)>,
}

/// The figures of `columns` beside each other, a row for each name in the order of first occurrence. Where there is no
/// room, columns in the middle go: the first and the last iterations say most.
pub(super) fn across(columns: &[Column], room: Option<usize>) -> String {
    let mut names: Vec<&String> = Vec::new();
    for (name, _) in columns.iter().flat_map(|column| &column.figures) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let heads = columns.iter().map(|column| column.head.clone());
    let header: Vec<String> = std::iter::once("iteration".to_owned()).chain(heads).collect();
    let figure = |column: &Column, name: &String| {
        let found = column.figures.iter().find(|(known, _)| known == name);
        found.map_or_else(|| "-".to_owned(), |(_, text)| text.clone())
    };
    let rows = names.iter().map(|name| {
        let figures = columns.iter().map(|column| figure(column, name));
        std::iter::once((*name).clone()).chain(figures).collect()
    });
    let middle = header.get(2..header.len().saturating_sub(1)).unwrap_or_default();
    align_in(room, middle, &header, rows)
}

/// What stands above the column of an iteration: its number, and the run's name where there are several.
pub(super) fn head(run: Option<&String>, iteration: u32) -> String {
    run.map_or_else(|| iteration.to_string(), |run| format!("{run}@{iteration}"))
}
