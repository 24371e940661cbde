//! Typed rows to Parquet files, and back.
//!
//! The Arrow schema of a table is traced from its row type, so struct and schema cannot drift apart. Enums without data
//! are plain strings, which any Parquet reader shows. Columns carry the documentation of the fields that they are made
//! of, and the file carries that of the row. Equal rows give equal bytes: the writer's name is fixed, and neither time
//! nor machine is recorded. Knows no table or column by name.

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_arrow::schema::{SchemaLike, TracingOptions};

use crate::{ArtifactError, footer};

/// Metadata key of the table's name in a file.
pub const NAME_KEY: &str = "serl.table";
/// Metadata key of the schema version in a file.
pub const VERSION_KEY: &str = "serl.schema_version";
/// Metadata key of what a column holds, and of what the rows of a file are.
pub const DESCRIPTION_KEY: &str = "description";

/// A row type that is stored as a table.
pub trait Table: Serialize + DeserializeOwned + 'static {
    /// Name of the table, written to each file and checked on reading.
    const NAME: &'static str;
    /// Version of the columns and their meaning; raise it when either changes.
    const SCHEMA_VERSION: u32;
    /// The columns that identify a row within its file, for comparing files; if there are none, its position does.
    const KEY: &'static [&'static str] = &[];
    /// What a row is.
    const DESCRIPTION: &'static str = "";
    /// What the columns hold, in their order; nothing, or something for each.
    const COLUMNS: &'static [&'static str] = &[];
}

/// The Arrow schema of `T`.
///
/// # Errors
/// `T` has a field without a column type, such as an enum with data.
pub fn schema<T: Table>() -> Result<SchemaRef, ArtifactError> {
    static SCHEMAS: Mutex<Option<HashMap<TypeId, SchemaRef>>> = Mutex::new(None);
    let mut cache = SCHEMAS.lock().unwrap_or_else(PoisonError::into_inner);
    let cache = cache.get_or_insert_default();
    if let Some(schema) = cache.get(&TypeId::of::<T>()) {
        return Ok(schema.clone());
    }
    let options = TracingOptions::default()
        .strings_as_large_utf8(false)
        .sequence_as_large_list(false)
        .enums_without_data_as_strings(true);
    let traced = Vec::<FieldRef>::from_type::<T>(options).map_err(encode_error::<T>)?;
    let descriptions = T::COLUMNS.iter().copied().chain(std::iter::repeat(""));
    let fields: Vec<FieldRef> = traced
        .iter()
        .zip(descriptions)
        .map(|(field, text)| described(field, text))
        .collect();
    let schema = Arc::new(Schema::new(fields));
    cache.insert(TypeId::of::<T>(), schema.clone());
    Ok(schema)
}

/// The column of a field that holds this. Dictionary-coded strings, which enums are traced as, become plain
/// ones: Parquet has its own dictionary.
fn described(field: &FieldRef, description: &str) -> FieldRef {
    let field = match field.data_type() {
        DataType::Dictionary(_, _) => Field::new(field.name(), DataType::Utf8, field.is_nullable()),
        _ => Field::clone(field),
    };
    let entry = (DESCRIPTION_KEY.to_owned(), in_one_line(description));
    let metadata = HashMap::from_iter((!description.is_empty()).then_some(entry));
    Arc::new(field.with_metadata(metadata))
}

/// Documentation as one line.
fn in_one_line(docs: &str) -> String {
    docs.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Writes rows as Parquet (zstd), with one row group per non-empty element of `row_groups`. A table without rows still
/// has its columns.
///
/// # Errors
/// The rows do not fit the schema of `T`.
pub fn encode<T: Table>(row_groups: &[Vec<T>]) -> Result<Vec<u8>, ArtifactError> {
    encode_with(row_groups, &[])
}

/// As [`encode`], with further metadata: where the table is from.
///
/// # Errors
/// Those of [`encode`].
pub fn encode_with<T: Table>(row_groups: &[Vec<T>], origin: &[(&str, String)]) -> Result<Vec<u8>, ArtifactError> {
    let description = (DESCRIPTION_KEY, in_one_line(T::DESCRIPTION));
    let entries: Vec<_> = std::iter::once(description).chain(origin.iter().cloned()).collect();
    written(row_groups, &schema::<T>()?, &entries)
}

/// As [`encode`], without descriptions: for tables whose digests must stay when a word of documentation changes.
///
/// # Errors
/// Those of [`encode`].
pub fn encode_bare<T: Table>(row_groups: &[Vec<T>]) -> Result<Vec<u8>, ArtifactError> {
    let bare = |field: &FieldRef| Arc::new(Field::clone(field).with_metadata(HashMap::new()));
    let fields: Vec<FieldRef> = schema::<T>()?.fields().iter().map(bare).collect();
    written(row_groups, &Arc::new(Schema::new(fields)), &[])
}

fn written<T: Table>(
    row_groups: &[Vec<T>],
    schema: &SchemaRef,
    entries: &[(&str, String)],
) -> Result<Vec<u8>, ArtifactError> {
    let mut writer =
        ArrowWriter::try_new(Vec::new(), schema.clone(), Some(properties::<T>(entries))).map_err(encode_error::<T>)?;
    for rows in row_groups.iter().filter(|rows| !rows.is_empty()) {
        let batch = serde_arrow::to_record_batch(schema.fields(), rows).map_err(encode_error::<T>)?;
        writer
            .write(&batch)
            .and_then(|()| writer.flush())
            .map_err(encode_error::<T>)?;
    }
    writer.into_inner().map_err(encode_error::<T>)
}

fn properties<T: Table>(further: &[(&str, String)]) -> WriterProperties {
    let entry = |key: &str, value: String| KeyValue::new(key.to_owned(), value);
    let mut entries = vec![
        entry(NAME_KEY, T::NAME.to_owned()),
        entry(VERSION_KEY, T::SCHEMA_VERSION.to_string()),
    ];
    entries.extend(further.iter().map(|(key, value)| entry(key, value.clone())));
    WriterProperties::builder()
        .set_created_by("serl".to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(None)
        .set_key_value_metadata(Some(entries))
        .build()
}

/// Reads all rows of a table. `source` names the origin of the bytes in error messages.
///
/// # Errors
/// The bytes are not Parquet, or are another table or another version of its schema.
pub fn decode<T: Table>(bytes: &[u8], source: &str) -> Result<Vec<T>, ArtifactError> {
    Ok(decode_groups(bytes, source)?.into_iter().flatten().collect())
}

/// Reads the rows of a table, one element per row group. `source` names the origin of the bytes.
///
/// # Errors
/// Those of [`decode`].
pub fn decode_groups<T: Table>(bytes: &[u8], source: &str) -> Result<Vec<Vec<T>>, ArtifactError> {
    let wrong = |reason: String| ArtifactError::Decode {
        origin: source.to_owned(),
        table: T::NAME,
        reason,
    };
    let bytes = Bytes::copy_from_slice(bytes);
    footer::check(&bytes).map_err(wrong)?;
    let metadata = ArrowReaderMetadata::load(&bytes, ArrowReaderOptions::new()).map_err(|e| wrong(e.to_string()))?;
    check_identity::<T>(&metadata).map_err(wrong)?;
    let groups = metadata.metadata().row_groups();
    let sizes: Vec<usize> = groups
        .iter()
        .map(|g| usize::try_from(g.num_rows()).unwrap_or(0))
        .collect();
    sizes
        .into_iter()
        .enumerate()
        .map(|(index, rows)| read_group(&bytes, &metadata, index, rows).map_err(&wrong))
        .collect()
}

/// Number of rows of a Parquet file, read from its footer alone; `None` if `bytes` are not Parquet.
pub fn row_count(bytes: &[u8]) -> Option<u64> {
    if !bytes.starts_with(b"PAR1") {
        return None;
    }
    let bytes = Bytes::copy_from_slice(bytes);
    footer::check(&bytes).ok()?;
    let metadata = ArrowReaderMetadata::load(&bytes, ArrowReaderOptions::new()).ok()?;
    u64::try_from(metadata.metadata().file_metadata().num_rows()).ok()
}

fn check_identity<T: Table>(metadata: &ArrowReaderMetadata) -> Result<(), String> {
    let entries = metadata.metadata().file_metadata().key_value_metadata();
    let value = |key: &str| {
        let found = entries.and_then(|entries| entries.iter().find(|entry| entry.key == key));
        found.and_then(|entry| entry.value.as_deref())
    };
    match (value(NAME_KEY), value(VERSION_KEY)) {
        (None, _) => Err(format!("the file carries no `{NAME_KEY}`, so serl did not write it")),
        (Some(name), _) if name != T::NAME => Err(format!("it holds table `{name}`")),
        (_, Some(version)) if version == T::SCHEMA_VERSION.to_string() => Ok(()),
        (_, version) => Err(format!(
            "it has schema version {}, this serl reads version {}",
            version.unwrap_or("none"),
            T::SCHEMA_VERSION,
        )),
    }
}

fn read_group<T: Table>(
    bytes: &Bytes,
    metadata: &ArrowReaderMetadata,
    index: usize,
    rows: usize,
) -> Result<Vec<T>, String> {
    let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(bytes.clone(), metadata.clone())
        .with_row_groups(vec![index])
        .with_batch_size(rows.max(1))
        .build()
        .map_err(|e| e.to_string())?;
    let mut all = Vec::with_capacity(rows);
    for batch in reader {
        let batch = batch.map_err(|e| e.to_string())?;
        let part: Vec<T> = serde_arrow::from_record_batch(&batch).map_err(|e| e.to_string())?;
        all.extend(part);
    }
    Ok(all)
}

fn encode_error<T: Table>(error: impl std::fmt::Display) -> ArtifactError {
    ArtifactError::Encode {
        table: T::NAME,
        reason: error.to_string(),
    }
}

#[cfg(test)]
mod tests;
