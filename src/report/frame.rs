//! A Parquet table as a Polars frame.

use std::fs::File;
use std::path::Path;

use anyhow::{Context, Result};
use polars::prelude::{
    ChunkQuantile, DataFrame, DataType, Float64Chunked, NewChunkedArray, ParquetReader, QuantileMethod, SerReader,
};
use serde::Serialize;

/// Some columns of a table.
pub struct Frame(DataFrame);

impl Frame {
    /// Reads `columns` of the Parquet file at `path`.
    ///
    /// # Errors
    /// A file that cannot be read or lacks a column.
    pub fn open(path: &Path, columns: &[&str]) -> Result<Self> {
        let told = || format!("cannot read the table {}", path.display());
        let file = File::open(path).with_context(told)?;
        let columns = columns.iter().map(ToString::to_string).collect();
        let frame = ParquetReader::new(file)
            .with_columns(Some(columns))
            .finish()
            .with_context(told)?;
        Ok(Self(frame))
    }

    /// Number of rows.
    pub fn height(&self) -> usize {
        self.0.height()
    }

    /// A column of numbers; missing ones are NaN.
    ///
    /// # Errors
    /// No such column, or one that holds no numbers.
    pub fn numbers(&self, column: &str) -> Result<Vec<f64>> {
        let cast = self.0.column(column)?.cast(&DataType::Float64)?;
        Ok(cast.f64()?.iter().map(|value| value.unwrap_or(f64::NAN)).collect())
    }

    /// How many rows of a column of truth values are true.
    ///
    /// # Errors
    /// No such column, or one of another type.
    pub fn count_true(&self, column: &str) -> Result<usize> {
        Ok(self.0.column(column)?.bool()?.sum().unwrap_or(0) as usize)
    }

    /// A column of texts; missing ones are empty.
    ///
    /// # Errors
    /// No such column, or one of another type.
    pub fn texts(&self, column: &str) -> Result<Vec<String>> {
        let column = self.0.column(column)?;
        Ok(column
            .str()?
            .iter()
            .map(|value| value.unwrap_or_default().to_owned())
            .collect())
    }
}

/// Quartiles of some numbers, between two of them by linear interpolation.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Quartiles {
    /// A quarter is at most this.
    pub q1: f64,
    /// Half is at most this.
    pub median: f64,
    /// Three quarters are at most this.
    pub q3: f64,
}

impl Quartiles {
    /// The quartiles of `values`; none of none.
    ///
    /// # Errors
    /// None that Polars documents.
    pub fn of(values: &[f64]) -> Result<Option<Self>> {
        let column = Float64Chunked::from_slice("values".into(), values);
        let at = |share| column.quantile(share, QuantileMethod::Linear);
        let all = (at(0.25)?, at(0.5)?, at(0.75)?);
        Ok(match all {
            (Some(q1), Some(median), Some(q3)) => Some(Self { q1, median, q3 }),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_are_interpolated() {
        // numpy.quantile([1, 2, 3, 4], [.25, .5, .75])
        let quartiles = Quartiles::of(&[4.0, 1.0, 3.0, 2.0]).unwrap();
        assert_eq!(
            quartiles,
            Some(Quartiles {
                q1: 1.75,
                median: 2.5,
                q3: 3.25
            })
        );
        assert_eq!(Quartiles::of(&[]).unwrap(), None);
    }
}
