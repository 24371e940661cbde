//! The wanted columns of a Parquet file, read in batches.
//!
//! The sizes of all rows are added up before the first one is made: a dictionary lets a file of 500 bytes stand for
//! 100 GB of text. Until then, texts are views into the pages of the file.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::FieldRef;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::file::metadata::ParquetMetaData;
use parquet::file::reader::ChunkReader;
use serde_json::{Map, Value};

use super::caught::{Caught, caught};
use super::limits::{Budget, MAX_ALL, MAX_ROW, ROW_COST, VALUE_COST, large_row, told};
use super::pages;
use super::row::Content;
use super::value;
use super::views;
use super::wanted::Wanted;
use crate::footer;
use crate::place::Place;

/// The rows of a Parquet file, with the wanted columns.
pub(super) struct Table {
    pub(super) rows: Vec<Map<String, Value>>,
    /// All columns, in order.
    pub(super) columns: Vec<(String, Content)>,
}

/// What is wrong, and where.
pub(super) type Fault = (Option<Place>, String);

/// Reads the wanted columns of a Parquet file, which is given twice: it is read twice.
///
/// # Errors
/// The file is not readable as Parquet, or its rows are larger than the limits.
pub(super) fn read<R: ChunkReader + 'static>(file: R, again: R, wanted: &Wanted) -> Result<Table, Fault> {
    let broken = |reason: String| (None, format!("not readable as Parquet: {reason}"));
    // The schema that Arrow writers add is ignored: it may ask for types that only hold the same values otherwise.
    let plain = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    footer::check(&file).map_err(broken)?;
    let (metadata, _) = caught(|| views::metadata(&file, plain)).map_err(broken)?;
    let mask = mask(metadata.metadata(), wanted);
    check(&file, metadata.metadata(), &mask, wanted).map_err(|reason| (None, reason))?;
    let batches = |file: R| -> Result<Caught<ParquetRecordBatchReader>, Fault> {
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata.clone());
        let builder = builder.with_projection(mask.clone()).with_limit(wanted.limit());
        caught(|| builder.build()).map(Caught::new).map_err(broken)
    };

    let mut sizes = Sizes::default();
    for batch in batches(file)? {
        sizes.add(&batch.map_err(broken)?, wanted)?;
    }
    let mut sizes = Sizes::default();
    let mut rows = Vec::new();
    for batch in batches(again)? {
        let batch = batch.map_err(broken)?;
        // The file may have changed since.
        sizes.add(&batch, wanted)?;
        for row in 0..batch.num_rows() {
            let place = Place::Row(rows.len() + 1);
            rows.push(fields(&batch, row).map_err(|reason| (Some(place), reason))?);
        }
    }
    let columns = overview(metadata.metadata(), rows.first());
    Ok(Table { rows, columns })
}

fn mask(metadata: &ParquetMetaData, wanted: &Wanted) -> ProjectionMask {
    let schema = metadata.file_metadata().schema_descr();
    let leaves = schema.columns().iter().enumerate();
    let leaves = leaves.filter(|(_, leaf)| wanted.part(leaf.path().parts()));
    ProjectionMask::leaves(schema, leaves.map(|(index, _)| index))
}

/// Refuses what the file itself says to be too large, or is damaged. Without a limit on rows, all of it will be read.
fn check<R: ChunkReader>(
    file: &R,
    metadata: &ParquetMetaData,
    mask: &ProjectionMask,
    wanted: &Wanted,
) -> Result<(), String> {
    let mut budget = Budget::default();
    let limit = wanted.limit() as u64;
    let rows = u64::try_from(metadata.file_metadata().num_rows()).unwrap_or(0);
    let mut spend = |cost: u64| {
        let spent = budget.spend(cost);
        spent.map_err(|reason| format!("{reason}; {}", wanted.advice()))
    };
    spend(rows.min(limit).saturating_mul(ROW_COST))?;
    for group in metadata.row_groups() {
        let chunks = group.columns().iter().enumerate();
        for (_, chunk) in chunks.filter(|(leaf, _)| mask.leaf_included(*leaf)) {
            let values = u64::try_from(chunk.num_values())
                .unwrap_or(0)
                .saturating_mul(VALUE_COST);
            let size = u64::try_from(chunk.uncompressed_size()).unwrap_or(0).max(values);
            if size > MAX_ALL {
                let name = chunk.column_path().string();
                let (name, size, limit) = (name.escape_debug(), told(size), told(MAX_ALL));
                return Err(format!(
                    "`{name}` has {size} in one row group; the limit is {limit}: write smaller ones"
                ));
            }
            if rows <= limit {
                spend(values)?;
            }
            pages::check(file, chunk)?;
        }
    }
    Ok(())
}

/// Adds up what rows take.
#[derive(Default)]
struct Sizes {
    budget: Budget,
    rows: usize,
}

impl Sizes {
    fn add(&mut self, batch: &RecordBatch, wanted: &Wanted) -> Result<(), Fault> {
        for row in 0..batch.num_rows() {
            self.rows += 1;
            let cost: u64 = batch.columns().iter().map(|column| value::cost(column, row)).sum();
            if cost > MAX_ROW {
                return Err((Some(Place::Row(self.rows)), large_row()));
            }
            let spent = self.budget.spend(cost + ROW_COST);
            spent.map_err(|reason| (None, format!("{reason}; {}", wanted.advice())))?;
        }
        Ok(())
    }
}

fn fields(batch: &RecordBatch, row: usize) -> Result<Map<String, Value>, String> {
    let schema = batch.schema_ref();
    let columns = schema.fields().iter().zip(batch.columns());
    let field = |(field, column): (&FieldRef, &Arc<dyn arrow::array::Array>)| {
        let value = value::value(column, row).map_err(|reason| format!("`{}` {reason}", field.name()))?;
        Ok((field.name().clone(), value))
    };
    columns.map(field).collect()
}

/// All columns; whether an unread one holds texts follows from its type.
fn overview(metadata: &ParquetMetaData, first: Option<&Map<String, Value>>) -> Vec<(String, Content)> {
    let schema = metadata.file_metadata().schema_descr();
    let roots = schema.root_schema().get_fields().iter();
    let content = |root: &parquet::schema::types::TypePtr| match first.and_then(|row| row.get(root.name())) {
        Some(value) => Content::of(value),
        None if is_text(root) => Content::Text,
        None => Content::Other,
    };
    roots.map(|root| (root.name().to_owned(), content(root))).collect()
}

fn is_text(column: &parquet::schema::types::Type) -> bool {
    use parquet::basic::{ConvertedType, LogicalType};
    let info = column.get_basic_info();
    info.converted_type() == ConvertedType::UTF8 || info.logical_type_ref() == Some(&LogicalType::String)
}
