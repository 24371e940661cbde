//! Rows of a Parquet file with their column types, for adding columns without touching the others.
//!
//! Knows the types and names of columns, not their purpose. It uses Arrow and not Polars, with which reports read: the
//! columns of a user's file may have any type, and Polars is built here with the few types that serl's own tables have.

use std::collections::VecDeque;
use std::fs::File;
use std::io::Write;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::cast;
use arrow::datatypes::{FieldRef, Schema, SchemaRef};
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use parquet::file::reader::ChunkReader;
use serde_arrow::schema::{SchemaLike, TracingOptions};
use serde_json::{Map, Value};

use super::caught::{Caught, caught};
use super::limits::{MAX_ROW, large_row};
use super::{pages, value, views};
use crate::footer;
use crate::table::{self, Table};

/// Most bytes of a batch, unless a single row has more.
const BATCH: u64 = 4 * MAX_ROW;

/// The rows of a Parquet file, in batches of bounded size. Errors are texts that do not name the file, which the caller
/// knows.
pub struct Batches {
    /// Texts are views.
    reader: Caught<ParquetRecordBatchReader>,
    /// The types that the rows have outside of here.
    schema: SchemaRef,
    /// What was read and is still to be handed out, in pieces.
    pieces: VecDeque<RecordBatch>,
    /// Rows in the file.
    rows: u64,
}

impl Batches {
    /// Opens a Parquet file.
    ///
    /// # Errors
    /// The file is not Parquet.
    pub fn open(file: File) -> Result<Self, String> {
        Self::read(file)
    }

    /// Reads the bytes of a Parquet file.
    ///
    /// # Errors
    /// The bytes are not Parquet.
    pub fn of(bytes: Bytes) -> Result<Self, String> {
        Self::read(bytes)
    }

    fn read<R: ChunkReader + 'static>(file: R) -> Result<Self, String> {
        footer::check(&file)?;
        let (metadata, schema) = caught(|| views::metadata(&file, ArrowReaderOptions::new()))?;
        for chunk in metadata
            .metadata()
            .row_groups()
            .iter()
            .flat_map(|group| group.columns())
        {
            pages::check(&file, chunk)?;
        }
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata);
        let rows = builder.metadata().file_metadata().num_rows();
        Ok(Self {
            reader: Caught::new(caught(|| builder.build())?),
            schema,
            pieces: VecDeque::new(),
            rows: u64::try_from(rows).unwrap_or(0),
        })
    }

    /// Number of rows in the file.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// An empty batch with the columns of the file.
    pub fn empty(&self) -> RowBatch {
        RowBatch(RecordBatch::new_empty(Arc::clone(&self.schema)))
    }

    fn next_piece(&mut self) -> Result<Option<RowBatch>, String> {
        while self.pieces.is_empty() {
            match self.reader.next() {
                Some(batch) => self.pieces = pieces(&batch?)?,
                None => return Ok(None),
            }
        }
        let piece = self.pieces.pop_front().map(|piece| self.whole(&piece));
        piece.transpose()
    }

    /// A piece with its texts in place of views.
    fn whole(&self, piece: &RecordBatch) -> Result<RowBatch, String> {
        let columns = piece.columns().iter().zip(self.schema.fields());
        let columns = columns.map(|(column, field)| cast(column, field.data_type()));
        let columns = columns.collect::<Result<_, _>>().map_err(told)?;
        Ok(RowBatch(
            RecordBatch::try_new(Arc::clone(&self.schema), columns).map_err(told)?,
        ))
    }
}

/// Cuts a batch into pieces of bounded size.
fn pieces(batch: &RecordBatch) -> Result<VecDeque<RecordBatch>, String> {
    let mut pieces = VecDeque::new();
    let (mut start, mut size) = (0, 0);
    for row in 0..batch.num_rows() {
        let cost: u64 = batch.columns().iter().map(|column| value::cost(column, row)).sum();
        if cost > MAX_ROW {
            return Err(large_row());
        }
        if size + cost > BATCH {
            pieces.push_back(batch.slice(start, row - start));
            (start, size) = (row, 0);
        }
        size += cost;
    }
    pieces.push_back(batch.slice(start, batch.num_rows() - start));
    Ok(pieces)
}

impl Iterator for Batches {
    type Item = Result<RowBatch, String>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_piece().transpose()
    }
}

/// Some rows, with the types of their columns.
#[derive(Debug, Clone)]
pub struct RowBatch(RecordBatch);

impl RowBatch {
    /// Turns rows of JSON into a batch. A column has the type of its values, or text if those differ.
    ///
    /// # Errors
    /// A column holds lists or objects in some rows and other values in others.
    pub fn infer(rows: &[Map<String, Value>]) -> Result<Self, String> {
        if rows.is_empty() {
            return Ok(Self(RecordBatch::new_empty(Arc::new(Schema::empty()))));
        }
        let options = TracingOptions::default()
            .strings_as_large_utf8(false)
            .sequence_as_large_list(false)
            .allow_null_fields(true)
            .coerce_numbers(true)
            .allow_to_string(true);
        let fields = Vec::<FieldRef>::from_samples(rows, options).map_err(told)?;
        Ok(Self(serde_arrow::to_record_batch(&fields, &rows).map_err(told)?))
    }

    /// The names of the columns.
    pub fn columns(&self) -> Vec<&str> {
        let fields = self.0.schema_ref().fields();
        fields.iter().map(|field| field.name().as_str()).collect()
    }

    /// The rows as JSON; only the columns in `columns`, if any are named.
    ///
    /// # Errors
    /// A column has a type that JSON lacks.
    pub fn rows(&self, columns: Option<&[&str]>) -> Result<Vec<Map<String, Value>>, String> {
        let wanted = |name: &str| columns.is_none_or(|columns| columns.contains(&name));
        serde_arrow::from_record_batch(&self.keep(wanted)?).map_err(told)
    }

    /// Appends the columns of `T`, which replace columns of the same name.
    ///
    /// # Errors
    /// The number of rows of `T` differs from that of the batch.
    pub fn with<T: Table>(&self, rows: &[T]) -> Result<Self, String> {
        let schema = table::schema::<T>().map_err(told)?;
        let added = serde_arrow::to_record_batch(schema.fields(), &rows).map_err(told)?;
        let kept = self.keep(|name| schema.field_with_name(name).is_err())?;
        let fields: Vec<FieldRef> = [&kept, &added]
            .iter()
            .flat_map(|batch| batch.schema_ref().fields().iter().cloned())
            .collect();
        let columns = [kept.columns(), added.columns()].concat();
        let metadata = self.0.schema_ref().metadata().clone();
        let schema = Schema::new(fields).with_metadata(metadata);
        Ok(Self(RecordBatch::try_new(Arc::new(schema), columns).map_err(told)?))
    }

    fn keep(&self, wanted: impl Fn(&str) -> bool) -> Result<RecordBatch, String> {
        let fields = self.0.schema_ref().fields().iter().enumerate();
        let kept: Vec<usize> = fields
            .filter(|(_, field)| wanted(field.name()))
            .map(|(index, _)| index)
            .collect();
        self.0.project(&kept).map_err(told)
    }
}

/// Writes batches with the same columns as one Parquet file.
pub struct BatchWriter<W: Write + Send>(ArrowWriter<W>);

impl<W: Write + Send> BatchWriter<W> {
    /// Starts a file in `out`, with the columns of `like`.
    ///
    /// # Errors
    /// A column has a type that Parquet lacks.
    pub fn new(out: W, like: &RowBatch) -> Result<Self, String> {
        let properties = WriterProperties::builder()
            .set_created_by("serl".to_owned())
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .build();
        let writer = ArrowWriter::try_new(out, like.0.schema(), Some(properties));
        Ok(Self(writer.map_err(told)?))
    }

    /// Writes the rows of `batch`.
    ///
    /// # Errors
    /// The columns differ, or `out` cannot be written to.
    pub fn write(&mut self, batch: &RowBatch) -> Result<(), String> {
        self.0.write(&batch.0).map_err(told)
    }

    /// Completes the file.
    ///
    /// # Errors
    /// `out` cannot be written to.
    pub fn finish(self) -> Result<W, String> {
        self.0.into_inner().map_err(told)
    }
}

fn told(error: impl std::fmt::Display) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::Drift;
    use serde_json::json;

    fn rows(rows: Value) -> Vec<Map<String, Value>> {
        serde_json::from_value(rows).unwrap()
    }

    fn drift(value: f64) -> Drift {
        Drift {
            iteration: 1,
            statistic: "s".into(),
            value,
        }
    }

    #[test]
    fn columns_are_added_and_the_others_keep_their_types() {
        let batch = RowBatch::infer(&rows(json!([{"value": "old", "list": [1], "n": 1}, {"n": null}]))).unwrap();
        let types = |batch: &RowBatch, name: &str| batch.0.column_by_name(name).unwrap().data_type().clone();
        let wider = batch.with(&[drift(0.5), drift(1.5)]).unwrap();
        assert_eq!(wider.columns(), ["list", "n", "iteration", "statistic", "value"]);
        for name in ["list", "n"] {
            assert_eq!(types(&wider, name), types(&batch, name));
        }
        let values = wider.rows(Some(&["n", "value"])).unwrap();
        assert_eq!(values, rows(json!([{"n": 1, "value": 0.5}, {"n": null, "value": 1.5}])));
        assert!(batch.with(&[drift(0.5)]).is_err(), "a row for each");
    }

    #[test]
    fn batches_survive_parquet_also_without_rows() {
        for all in [rows(json!([{"a": "x"}, {"a": "y"}])), rows(json!([]))] {
            let batch = RowBatch::infer(&all).unwrap();
            let added: Vec<Drift> = all.iter().map(|_| drift(2.0)).collect();
            let batch = batch.with(&added).unwrap();
            let mut writer = BatchWriter::new(Vec::new(), &batch).unwrap();
            writer.write(&batch).unwrap();
            let batches = Batches::of(writer.finish().unwrap().into()).unwrap();
            assert_eq!(batches.rows(), all.len() as u64);
            assert_eq!(batches.empty().columns(), batch.columns());
            let read: Vec<_> = batches.flat_map(|b| b.unwrap().rows(None).unwrap()).collect();
            assert_eq!(read, batch.rows(None).unwrap());
        }
    }

    #[test]
    fn values_of_different_types_become_texts() {
        let batch = RowBatch::infer(&rows(json!([{"a": 1}, {"a": "x"}, {"a": true}]))).unwrap();
        assert_eq!(
            batch.rows(None).unwrap(),
            rows(json!([{"a": "1"}, {"a": "x"}, {"a": "true"}]))
        );
        assert!(RowBatch::infer(&rows(json!([{"a": 1}, {"a": [1]}]))).is_err());
    }
}
