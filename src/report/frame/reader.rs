//! Reading a table, or some columns of it.

use std::fs::File;
use std::io::Cursor;

use anyhow::{Context, Result};
use polars::io::mmap::MmapBytesReader;
use polars::prelude::{
    DataFrame, DataFrameJoinOps, DataType, JoinArgs, JoinType, MaintainOrderJoin, ParquetReader, SerReader,
};
use serl_artifacts::table::{NAME_KEY, Table, encode};
use serl_artifacts::{Digest, ObjectStore};

/// Which columns of a table are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Columns {
    /// All columns.
    All,
    /// These, which the table must have. The others are not decoded.
    Named(&'static [&'static str]),
}

/// Some columns of a table.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Name of the table as its file has it; empty if it has none.
    table: String,
    pub(super) data: DataFrame,
}

impl Frame {
    /// Reads `columns` of the table that is stored under `digest`, and checks that the file is complete.
    ///
    /// # Errors
    /// A file that is missing or damaged, is not Parquet or lacks a column.
    pub fn read(objects: &ObjectStore, digest: &Digest, columns: Columns) -> Result<Self> {
        objects.verify(digest)?;
        let path = objects.path(digest);
        let what = || format!("cannot read the table {}", path.display());
        Self::decode(File::open(&path).with_context(what)?, columns).with_context(what)
    }

    /// The rows as a table.
    ///
    /// # Errors
    /// Rows that do not form a table.
    pub fn of<T: Table>(rows: Vec<T>) -> Result<Self> {
        Self::decode(Cursor::new(encode(&[rows])?), Columns::All)
    }

    fn decode(file: impl MmapBytesReader, columns: Columns) -> Result<Self> {
        let mut reader = ParquetReader::new(file);
        let entries = reader.get_metadata()?.key_value_metadata();
        let named = entries.iter().flatten().find(|entry| entry.key == NAME_KEY);
        let table = named.and_then(|entry| entry.value.clone()).unwrap_or_default();
        let columns = match columns {
            Columns::All => None,
            Columns::Named(columns) => Some(columns.iter().map(ToString::to_string).collect()),
        };
        let data = reader.with_columns(columns).finish()?;
        Ok(Self { table, data })
    }

    /// Name of the table as its file has it; empty if it has none.
    pub fn table(&self) -> &str {
        &self.table
    }

    /// Number of rows.
    pub fn height(&self) -> usize {
        self.data.height()
    }

    /// Whether it has all these columns.
    pub fn has(&self, columns: &[&str]) -> bool {
        columns.iter().all(|column| self.data.column(column).is_ok())
    }

    /// A column of numbers; missing values are NaN.
    ///
    /// # Errors
    /// No such column, or one that holds no numbers.
    pub fn numbers(&self, column: &str) -> Result<Vec<f64>> {
        let cast = self.data.column(column)?.cast(&DataType::Float64)?;
        Ok(cast.f64()?.iter().map(|value| value.unwrap_or(f64::NAN)).collect())
    }

    /// Its rows, and those of `next` below them.
    ///
    /// # Errors
    /// The two have different columns.
    pub fn above(&self, next: &Self) -> Result<Self> {
        Ok(self.with(self.data.vstack(&next.data)?))
    }

    /// Its rows that have a partner in `other`, a row with the same value in column `on`, with the partner's columns
    /// next to their own. The rows stay in their order.
    ///
    /// # Errors
    /// One of the two has no such column.
    pub fn matched(&self, other: &Self, on: &str) -> Result<Self> {
        let mut args = JoinArgs::new(JoinType::Inner);
        args.maintain_order = MaintainOrderJoin::Left;
        Ok(self.with(self.data.join(&other.data, [on], [on], args, None)?))
    }

    /// A table that comes from no file.
    pub(super) fn untitled(data: DataFrame) -> Self {
        Self {
            table: String::new(),
            data,
        }
    }

    /// This table with different content.
    pub(super) fn with(&self, data: DataFrame) -> Self {
        Self {
            table: self.table.clone(),
            data,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serl_artifacts::tables::{Drift, Unparsed};
    use std::io::Read;

    fn drift(rows: &[(&str, f64)]) -> Vec<Drift> {
        let row = |(statistic, value): &(&str, f64)| Drift {
            iteration: 1,
            statistic: (*statistic).to_owned(),
            value: *value,
        };
        rows.iter().map(row).collect()
    }

    #[test]
    fn a_table_knows_its_name_and_columns() {
        let frame = Frame::of(drift(&[("length", 1.5)])).unwrap();
        assert_eq!((frame.table(), frame.height()), ("drift", 1));
        assert!(frame.has(&["iteration", "value"]) && !frame.has(&["value", "other"]));
        assert_eq!(Frame::of::<Drift>(Vec::new()).unwrap().height(), 0);
        assert!(Frame::decode(Cursor::new(b"PAR1".to_vec()), Columns::All).is_err());
    }

    /// A file in which nothing but the column `value` can be read.
    fn file_of_values() -> Vec<u8> {
        let mut bytes = encode(&[drift(&[("length", 1.5), ("overlap", 0.25)])]).unwrap();
        let mut reader = ParquetReader::new(Cursor::new(bytes.clone()));
        let groups = &reader.get_metadata().unwrap().row_groups;
        let columns = groups[0].parquet_columns();
        let others = columns
            .iter()
            .filter(|column| column.descriptor().path_in_schema[0] != "value");
        for range in others.map(|column| column.byte_range()) {
            bytes[range.start as usize..range.end as usize].fill(0xff);
        }
        bytes
    }

    #[test]
    fn columns_that_are_not_named_are_not_decoded() {
        let read = |columns| Frame::decode(Cursor::new(file_of_values()), columns);
        let frame = read(Columns::Named(&["value"])).unwrap();
        assert_eq!(frame.numbers("value").unwrap(), [1.5, 0.25]);
        assert!(!frame.has(&["statistic"]));
        assert!(read(Columns::Named(&["statistic"])).is_err());
        assert!(read(Columns::All).is_err());
    }

    #[test]
    fn an_absent_column_is_named() {
        let bytes = encode(&[drift(&[("length", 1.5)])]).unwrap();
        let absent = Frame::decode(Cursor::new(bytes), Columns::Named(&["values"])).unwrap_err();
        assert!(format!("{absent:#}").contains("values"), "{absent:#}");
    }

    #[test]
    fn a_stored_table_must_be_whole() {
        let folder = tempfile::tempdir().unwrap();
        let objects = ObjectStore::open(folder.path()).unwrap();
        let bytes = encode(&[drift(&[("length", 1.5)])]).unwrap();
        let digest = objects.put_bytes(&bytes).unwrap();
        assert_eq!(Frame::read(&objects, &digest, Columns::All).unwrap().height(), 1);
        let mut whole = Vec::new();
        File::open(objects.path(&digest))
            .unwrap()
            .read_to_end(&mut whole)
            .unwrap();
        std::fs::remove_file(objects.path(&digest)).unwrap();
        std::fs::write(objects.path(&digest), &whole[1..]).unwrap();
        assert!(Frame::read(&objects, &digest, Columns::All).is_err());
    }

    #[test]
    fn rows_are_stacked_and_matched_in_their_order() {
        let all = Frame::of(drift(&[("c", 3.0), ("a", 1.0)])).unwrap();
        let all = all.above(&Frame::of(drift(&[("b", 2.0)])).unwrap()).unwrap();
        assert_eq!(all.numbers("value").unwrap(), [3.0, 1.0, 2.0]);
        let known = Frame::of(drift(&[("b", 20.0), ("x", 0.0), ("c", 30.0)])).unwrap();
        let matched = all.matched(&known, "statistic").unwrap();
        assert_eq!(matched.numbers("value").unwrap(), [3.0, 2.0]);
        assert_eq!(matched.numbers("value_right").unwrap(), [30.0, 20.0]);
        assert!(all.above(&Frame::of::<Unparsed>(Vec::new()).unwrap()).is_err());
    }
}
