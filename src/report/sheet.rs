//! A table of texts that fits a terminal.

use comfy_table::{CellAlignment, Table, presets};
use textwrap::core::display_width;
use textwrap::{Options, wrap};

/// Characters between two columns.
const GAP: usize = 2;
/// A column of text is wrapped to no less.
const NARROWEST: usize = 16;

/// Cells under a header.
pub(super) struct Sheet {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Sheet {
    pub(super) fn new(header: &[String], rows: impl Iterator<Item = Vec<String>>) -> Self {
        Self {
            header: header.to_vec(),
            rows: rows.collect(),
        }
    }

    /// Makes it at most `room` wide; returns the names of the columns that had to go.
    pub(super) fn fit<S: AsRef<str>>(&mut self, room: usize, dispensable: &[S]) -> Vec<String> {
        let mut dropped = Vec::new();
        for name in dispensable {
            if self.width() <= room {
                break;
            }
            if let Some(at) = self.header.iter().rposition(|header| header == name.as_ref()) {
                dropped.push(self.remove(at));
            }
        }
        while self.width() > room && !self.wrap_texts(room) && self.header.len() > 1 {
            dropped.push(self.remove(self.header.len() - 1));
        }
        dropped
    }

    /// Wraps columns of text, the widest ones, so that all fits; does nothing and says so if there is no room.
    fn wrap_texts(&mut self, room: usize) -> bool {
        let mut widths: Vec<usize> = (0..self.header.len()).map(|at| self.column_width(at)).collect();
        let gaps = GAP * widths.len().saturating_sub(1);
        let texts: Vec<usize> = (0..widths.len()).filter(|&at| !self.is_numeric(at)).collect();
        while widths.iter().sum::<usize>() + gaps > room {
            // Of equally wide ones the last.
            let widest = texts.iter().copied().max_by_key(|&at| widths[at]);
            match widest.filter(|&at| widths[at] > NARROWEST.max(display_width(&self.header[at]))) {
                Some(at) => widths[at] -= 1,
                None => return false,
            }
        }
        for row in &mut self.rows {
            for &at in &texts {
                if let Some(cell) = row.get_mut(at) {
                    *cell = wrap(cell, Options::new(widths[at])).join("\n");
                }
            }
        }
        true
    }

    fn remove(&mut self, at: usize) -> String {
        for row in &mut self.rows {
            if at < row.len() {
                row.remove(at);
            }
        }
        self.header.remove(at)
    }

    fn width(&self) -> usize {
        let columns: usize = (0..self.header.len()).map(|at| self.column_width(at)).sum();
        columns + GAP * self.header.len().saturating_sub(1)
    }

    fn column_width(&self, at: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.get(at));
        let lines = cells.flat_map(|cell| cell.lines()).map(display_width);
        lines.max().unwrap_or(0).max(display_width(&self.header[at]))
    }

    fn is_numeric(&self, at: usize) -> bool {
        self.rows
            .iter()
            .filter_map(|row| row.get(at))
            .any(|cell| is_number(cell))
    }

    pub(super) fn text(&self) -> String {
        let mut table = Table::new();
        table
            .load_style(presets::NOTHING)
            .set_header(&self.header)
            .add_rows(self.rows.iter().cloned());
        for (at, column) in table.column_iter_mut().enumerate() {
            if self.is_numeric(at) {
                column.set_cell_alignment(CellAlignment::Right);
            }
            column.set_padding((0, GAP as u16));
        }
        let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
        lines.join("\n")
    }
}

fn is_number(cell: &str) -> bool {
    cell.trim_end_matches('%').parse::<f64>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet() -> Sheet {
        let header = ["n", "share", "95%", "95%", "why"].map(String::from);
        let row = ["1", "0.25", "0-1", "2-3", "a text of several words"]
            .map(String::from)
            .to_vec();
        Sheet::new(&header, [row].into_iter())
    }

    #[test]
    fn dispensable_columns_go_first_and_then_text_is_wrapped() {
        let mut sheet = sheet();
        assert_eq!(sheet.fit(100, &["share"]), [""; 0]);
        assert_eq!(sheet.fit(38, &["95%", "share"]), ["95%"]);
        assert_eq!(sheet.fit(34, &["95%", "share"]), ["95%"]);
        assert_eq!(sheet.fit(28, &[""; 0]), [""; 0]);
        assert_eq!(
            sheet.text(),
            "n  share  why\n1   0.25  a text of several\n          words"
        );
    }

    #[test]
    fn texts_share_the_room() {
        let header = ["key", "a", "b"].map(String::from);
        let row = ["id", "one text of several words", "another text of as many words"].map(String::from);
        let mut sheet = Sheet::new(&header, [row.to_vec()].into_iter());
        assert_eq!(sheet.fit(40, &[""; 0]), [""; 0]);
        let lines = [
            "key  a              b",
            "id   one text of    another text of",
            "     several words  as many words",
        ];
        assert_eq!(sheet.text(), lines.join("\n"));
        let mut narrow = Sheet::new(&header, [row.to_vec()].into_iter());
        assert_eq!(narrow.fit(30, &[""; 0]), ["b"]);
    }

    #[test]
    fn where_nothing_can_be_wrapped_columns_go_from_the_right() {
        let mut sheet = sheet();
        assert_eq!(sheet.fit(14, &[""; 0]), ["why", "95%"]);
        assert_eq!(sheet.fit(1, &[""; 0]), ["95%", "share"]);
        assert_eq!(sheet.text(), "n\n1");
    }
}
