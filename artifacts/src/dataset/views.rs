//! Texts of a Parquet file as views into its pages.
//!
//! A page holds a repeated text once. As views, its repetitions take no memory.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Fields, Schema, SchemaRef};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::errors::Result;
use parquet::file::reader::ChunkReader;

/// The metadata of a file for reading texts as views, and the schema that it has otherwise.
pub(super) fn metadata<R: ChunkReader>(
    file: &R,
    options: ArrowReaderOptions,
) -> Result<(ArrowReaderMetadata, SchemaRef)> {
    let metadata = ArrowReaderMetadata::load(file, options)?;
    let plain = metadata.schema().clone();
    let schema = Schema::new(views(plain.fields())).with_metadata(plain.metadata().clone());
    let options = ArrowReaderOptions::new().with_schema(Arc::new(schema));
    Ok((
        ArrowReaderMetadata::try_new(metadata.metadata().clone(), options)?,
        plain,
    ))
}

fn views(fields: &Fields) -> Fields {
    fields.iter().map(view).collect()
}

fn view(field: &FieldRef) -> FieldRef {
    let data_type = match field.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 => DataType::Utf8View,
        DataType::Binary | DataType::LargeBinary => DataType::BinaryView,
        DataType::List(item) => DataType::List(view(item)),
        DataType::LargeList(item) => DataType::LargeList(view(item)),
        DataType::Map(entries, sorted) => DataType::Map(view(entries), *sorted),
        DataType::Struct(parts) => DataType::Struct(views(parts)),
        other => other.clone(),
    };
    let view = Field::new(field.name(), data_type, field.is_nullable());
    Arc::new(view.with_metadata(field.metadata().clone()))
}
