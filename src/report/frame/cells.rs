//! Single values of any columns, for comparing tables without knowing their rows.

use anyhow::Result;
use polars::prelude::{AnyValue, ChunkCompareEq, Column, DataType, IdxCa, IntoSeries, PolarsResult, Series};
use polars::series::BitRepr;

use super::reader::Frame;

impl Frame {
    /// Names of the columns and their types in words.
    pub fn columns(&self) -> Vec<(String, String)> {
        let columns = self.data.columns().iter();
        columns
            .map(|column| (column.name().to_string(), format!("{:?}", column.dtype())))
            .collect()
    }

    /// A value as text; empty if it is missing.
    pub fn cell(&self, column: &str, row: usize) -> String {
        let column = self.data.column(column);
        column
            .and_then(|column| column.get(row).map(|value| text(&value)))
            .unwrap_or_default()
    }

    /// All values of a column as texts; none if there is no such column.
    pub fn cells(&self, column: &str) -> Vec<String> {
        match self.data.column(column) {
            Ok(_) => (0..self.height()).map(|row| self.cell(column, row)).collect(),
            Err(_) => Vec::new(),
        }
    }

    /// Whether a column differs from that of `other`, for each pair of a row here and one there. Bits are compared: NaN
    /// is the same as itself, and 0 is not -0. In columns of different types everything differs.
    ///
    /// # Errors
    /// No such column, rows that are not there, or values that Polars cannot compare.
    pub fn differing(&self, other: &Self, column: &str, pairs: &[(usize, usize)]) -> Result<Vec<bool>> {
        let rows = |pick: fn(&(usize, usize)) -> usize| {
            let rows: Vec<u32> = pairs.iter().map(|pair| pick(pair) as u32).collect();
            IdxCa::from_vec("row".into(), rows)
        };
        let ours = self.data.column(column)?.take(&rows(|pair| pair.0))?;
        let theirs = other.data.column(column)?.take(&rows(|pair| pair.1))?;
        if ours.dtype() != theirs.dtype() {
            return Ok(vec![true; pairs.len()]);
        }
        let differ = bits(ours)?.not_equal_missing(&bits(theirs)?)?;
        Ok(differ.iter().map(|differs| differs == Some(true)).collect())
    }
}

fn text(value: &AnyValue<'_>) -> String {
    match value {
        AnyValue::Null => String::new(),
        AnyValue::String(value) => (*value).to_owned(),
        AnyValue::StringOwned(value) => value.to_string(),
        AnyValue::UInt32(value) => value.to_string(),
        AnyValue::UInt64(value) => value.to_string(),
        // Polars would round them. JSON has no NaN and no infinity.
        AnyValue::Float32(value) if value.is_finite() => serde_json::to_string(value).unwrap_or_default(),
        AnyValue::Float64(value) if value.is_finite() => serde_json::to_string(value).unwrap_or_default(),
        AnyValue::Float32(value) => value.to_string(),
        AnyValue::Float64(value) => value.to_string(),
        AnyValue::List(values) => {
            let values: Vec<String> = values.iter().map(|value| text(&value)).collect();
            format!("[{}]", values.join(", "))
        }
        other => other.to_string(),
    }
}

/// Floats as the integers with the same bits, in lists too; anything else as it is.
fn bits(column: Column) -> PolarsResult<Series> {
    fn of(series: Series) -> PolarsResult<Series> {
        if !series.dtype().is_float() {
            return Ok(series);
        }
        Ok(match series.bit_repr() {
            Some(BitRepr::U32(bits)) => bits.into_series(),
            Some(BitRepr::U64(bits)) => bits.into_series(),
            _ => series,
        })
    }
    let series = column.take_materialized_series();
    match series.dtype() {
        DataType::List(_) => Ok(series.list()?.apply_to_inner(&of)?.into_series()),
        _ => of(series),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::{Deserialize, Serialize};
    use serl_artifacts::table::Table;
    use serl_artifacts::tables::Drift;

    fn table(rows: &[(&str, f64)]) -> Frame {
        let row = |(statistic, value): &(&str, f64)| Drift {
            iteration: 1,
            statistic: (*statistic).to_owned(),
            value: *value,
        };
        Frame::of(rows.iter().map(row).collect()).unwrap()
    }

    #[test]
    fn values_are_texts() {
        let frame = table(&[("length", 3.0), ("overlap", f64::NAN), ("small", 1.5e-5)]);
        let types: Vec<String> = frame.columns().into_iter().map(|(_, kind)| kind).collect();
        assert_eq!(types, ["UInt32", "String", "Float64"]);
        assert_eq!(frame.cells("value"), ["3.0", "NaN", "0.000015"]);
        assert_eq!(
            (frame.cell("statistic", 1).as_str(), frame.cell("absent", 1).as_str()),
            ("overlap", "")
        );
        assert_eq!(frame.cells("absent"), Vec::<String>::new());
        // Polars holds a column of one value as that value.
        assert_eq!(table(&[("length", 3.0)]).cells("statistic"), ["length"]);
    }

    #[test]
    fn bits_are_compared() {
        let a = table(&[("length", 1.5), ("overlap", f64::NAN), ("zero", 0.0)]);
        let b = table(&[("overlap", f64::NAN), ("length", 2.0), ("zero", -0.0)]);
        let pairs = [(0, 1), (1, 0), (2, 2)];
        assert_eq!(a.differing(&b, "value", &pairs).unwrap(), [true, false, true]);
        assert_eq!(a.differing(&b, "statistic", &pairs).unwrap(), [false; 3]);
        assert!(a.differing(&b, "statistic", &[]).unwrap().is_empty());
        assert!(a.differing(&b, "absent", &pairs).is_err());
        assert!(a.differing(&b, "value", &[(3, 0)]).is_err());
    }

    #[derive(Serialize, Deserialize)]
    struct Lists {
        floats: Vec<f32>,
        texts: Option<Vec<String>>,
    }

    impl Table for Lists {
        const NAME: &'static str = "lists";
        const SCHEMA_VERSION: u32 = 1;
    }

    fn lists(rows: &[(&[f32], Option<&[&str]>)]) -> Frame {
        let row = |&(floats, texts): &(&[f32], Option<&[&str]>)| Lists {
            floats: floats.to_vec(),
            texts: texts.map(|texts| texts.iter().map(ToString::to_string).collect()),
        };
        Frame::of(rows.iter().map(row).collect()).unwrap()
    }

    #[test]
    fn lists_are_compared_and_written_value_by_value() {
        let a = lists(&[(&[1.0, 0.1], Some(&["x", "y z"])), (&[], None), (&[0.0], Some(&[]))]);
        let b = lists(&[(&[1.0, 0.1], Some(&["x"])), (&[], None), (&[-0.0], None)]);
        let pairs = [(0, 0), (1, 1), (2, 2)];
        assert_eq!(a.cells("floats"), ["[1.0, 0.1]", "[]", "[0.0]"]);
        assert_eq!(a.cells("texts"), ["[x, y z]", "", "[]"]);
        assert_eq!(a.differing(&b, "floats", &pairs).unwrap(), [false, false, true]);
        assert_eq!(a.differing(&b, "texts", &pairs).unwrap(), [true, false, true]);
    }
}
