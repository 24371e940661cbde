//! A table of whatever columns, cell by cell: for comparing files without knowing their rows.

use arrow::array::{Array, RecordBatch};
use arrow::compute::concat_batches;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::NAME_KEY;
use crate::ArtifactError;

/// All rows of a Parquet file.
#[derive(Debug, Clone)]
pub struct AnyTable {
    name: String,
    rows: RecordBatch,
}

impl AnyTable {
    /// Reads a Parquet file. `source` says where the bytes came from, for error messages.
    ///
    /// # Errors
    /// The bytes are not Parquet, or not whole.
    pub fn decode(bytes: &[u8], source: &str) -> Result<Self, ArtifactError> {
        let wrong = |reason: String| ArtifactError::Decode {
            origin: source.to_owned(),
            table: "of any kind",
            reason,
        };
        let reader = ParquetRecordBatchReaderBuilder::try_new(Bytes::copy_from_slice(bytes))
            .map_err(|e| wrong(e.to_string()))?;
        let entries = reader.metadata().file_metadata().key_value_metadata();
        let named = entries.and_then(|entries| entries.iter().find(|entry| entry.key == NAME_KEY));
        let name = named.and_then(|entry| entry.value.clone());
        let schema = reader.schema().clone();
        let batches = reader
            .build()
            .and_then(|reader| Ok(reader.collect::<Result<Vec<_>, _>>()?))
            .map_err(|e| wrong(e.to_string()))?;
        let rows = concat_batches(&schema, &batches).map_err(|e| wrong(e.to_string()))?;
        Ok(Self {
            name: name.unwrap_or_default(),
            rows,
        })
    }

    /// Name of the table as the file has it; empty if it has none.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Number of rows.
    pub fn height(&self) -> usize {
        self.rows.num_rows()
    }

    /// Names of the columns and their types in words.
    pub fn columns(&self) -> Vec<(String, String)> {
        let schema = self.rows.schema();
        let fields = schema.fields().iter();
        fields
            .map(|field| (field.name().clone(), field.data_type().to_string()))
            .collect()
    }

    /// A cell as text: empty if there is no such column or no value.
    pub fn cell(&self, column: &str, row: usize) -> String {
        let options = FormatOptions::default();
        let text = self.rows.column_by_name(column).and_then(|values| {
            let formatter = ArrayFormatter::try_new(values, &options).ok()?;
            formatter.value(row).try_to_string().ok()
        });
        text.unwrap_or_default()
    }

    /// A column as texts; nothing if there is no such column.
    pub fn texts(&self, column: &str) -> Vec<String> {
        let options = FormatOptions::default();
        let values = self.rows.column_by_name(column);
        let formatter = values.and_then(|values| ArrayFormatter::try_new(values, &options).ok());
        let Some(formatter) = formatter else {
            return Vec::new();
        };
        let text = |row| formatter.value(row).try_to_string().unwrap_or_default();
        (0..self.height()).map(text).collect()
    }

    /// Whether a cell holds exactly what a cell of another table holds; columns of different types hold nothing alike.
    pub fn same(&self, column: &str, row: usize, other: &Self, other_row: usize) -> bool {
        let cell = |table: &Self, row: usize| Some(table.rows.column_by_name(column)?.slice(row, 1));
        match (cell(self, row), cell(other, other_row)) {
            (Some(a), Some(b)) => a.to_data() == b.to_data(),
            (None, None) => true,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::encode;
    use crate::tables::Drift;

    fn table(rows: &[(&str, f64)]) -> AnyTable {
        let row = |(statistic, value): &(&str, f64)| Drift {
            iteration: 1,
            statistic: (*statistic).to_owned(),
            value: *value,
        };
        let rows: Vec<Drift> = rows.iter().map(row).collect();
        AnyTable::decode(&encode(&[rows]).unwrap(), "test").unwrap()
    }

    #[test]
    fn cells_are_read_and_compared_without_the_row_type() {
        let a = table(&[("length", 1.5), ("overlap", f64::NAN)]);
        let b = table(&[("overlap", f64::NAN), ("length", 2.0)]);
        assert_eq!((a.name(), a.height()), ("drift", 2));
        let types: Vec<String> = a.columns().into_iter().map(|(_, kind)| kind).collect();
        assert_eq!(types, ["UInt32", "Utf8", "Float64"]);
        assert_eq!(a.cell("statistic", 1), "overlap");
        assert_eq!(a.cell("absent", 1), "");
        assert_eq!(a.texts("statistic"), ["length", "overlap"]);
        assert!(a.same("statistic", 0, &b, 1) && !a.same("value", 0, &b, 1));
        // What is no number is the same as itself here: bytes are compared, not numbers.
        assert!(a.same("value", 1, &b, 0));
    }

    #[test]
    fn no_rows_and_no_table_are_told_apart() {
        assert_eq!(table(&[]).height(), 0);
        assert!(AnyTable::decode(b"PAR1", "x").is_err());
    }
}
