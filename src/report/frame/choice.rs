//! Frames of values, and rows picked by number.

use anyhow::Result;
use polars::prelude::{
    AnyValue, Column, DataFrame, DataFrameJoinOps, DataType, IdxCa, JoinArgs, JoinType, MaintainOrderJoin, NamedFrom,
    Scalar, Series, SortMultipleOptions,
};
use serde_json::{Map, Value};

use super::reader::Frame;

/// The column of row numbers while rows are sorted.
const NUMBER: &str = "#row";

impl Frame {
    /// A table of JSON values, one map per row: a column of numbers, truth values or texts for each name that occurs.
    /// Lists, and columns of several types, are texts.
    ///
    /// # Errors
    /// None is expected.
    pub fn of_values(rows: &[Map<String, Value>]) -> Result<Self> {
        let mut names: Vec<&String> = Vec::new();
        for name in rows.iter().flat_map(Map::keys) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let columns = names.into_iter().map(|name| column(name, rows).into());
        let data = DataFrame::new(rows.len(), columns.collect())?;
        Ok(Self::untitled(data))
    }

    /// The column `name`.
    pub(in crate::report) fn series(&self, name: &str) -> Option<Series> {
        let column = self.data.column(name).ok()?;
        Some(column.as_materialized_series().clone())
    }

    /// The numbers of its rows, sorted by the columns `by`, the largest first if `reverse`. Rows without a value come
    /// last, equal ones stay in their order.
    ///
    /// # Errors
    /// No such column, or one of lists.
    pub fn order(&self, by: &[String], reverse: bool) -> Result<Vec<u32>> {
        if by.is_empty() {
            let all = 0..self.height() as u32;
            return Ok(if reverse { all.rev().collect() } else { all.collect() });
        }
        let numbers = IdxCa::from_vec(NUMBER.into(), (0..self.height() as u32).collect());
        let mut keys: Vec<Column> = by
            .iter()
            .map(|name| self.data.column(name).cloned())
            .collect::<Result<_, _>>()?;
        keys.push(Series::from(numbers).into());
        let options = SortMultipleOptions::default()
            .with_order_descending(reverse)
            .with_maintain_order(true)
            .with_nulls_last(true);
        let sorted = DataFrame::new(self.height(), keys)?.sort(by, options)?;
        let numbers = sorted.column(NUMBER)?.u32()?.iter();
        Ok(numbers.flatten().collect())
    }

    /// With the lengths of the column `lists` as the column `name` in its place.
    ///
    /// # Errors
    /// No such column, or one that holds no lists.
    pub fn with_lengths(&self, lists: &str, name: &str) -> Result<Self> {
        let column = self.data.column(lists)?.as_materialized_series().clone();
        let chunks = column.list()?.downcast_iter();
        let lengths: Vec<u32> = chunks
            .flat_map(|chunk| chunk.offsets().lengths().map(|length| length as u32))
            .collect();
        let mut data = self.data.clone();
        data.drop_in_place(lists)?;
        data.with_column(Series::new(name.into(), lengths).into())?;
        Ok(self.with(data))
    }

    /// With a column that has the same number in all rows.
    ///
    /// # Errors
    /// None is expected.
    pub fn with_number(&self, name: &str, number: u32) -> Result<Self> {
        self.with_columns([Column::new_scalar(name.into(), number.into(), self.height())])
    }

    /// With a column that has the same text in all rows.
    ///
    /// # Errors
    /// None is expected.
    pub fn with_text(&self, name: &str, text: &str) -> Result<Self> {
        let text = Scalar::new(DataType::String, AnyValue::StringOwned(text.into()));
        self.with_columns([Column::new_scalar(name.into(), text, self.height())])
    }

    /// With columns of `texts` and of `numbers` in which every value is missing.
    ///
    /// # Errors
    /// None is expected.
    pub fn with_missing(&self, texts: &[&str], numbers: &[&str]) -> Result<Self> {
        let empty = |kind: DataType| move |name: &&str| Column::full_null((*name).into(), self.height(), &kind);
        let texts: Vec<Column> = texts.iter().map(empty(DataType::String)).collect();
        let numbers = numbers.iter().map(empty(DataType::Float32));
        self.with_columns(texts.into_iter().chain(numbers))
    }

    fn with_columns(&self, columns: impl IntoIterator<Item = Column>) -> Result<Self> {
        let mut data = self.data.clone();
        for column in columns {
            data.with_column(column)?;
        }
        Ok(self.with(data))
    }

    /// Its rows with the columns of their partners in `other`, rows with the same values in the columns `keys`. What
    /// `other` lacks is missing.
    ///
    /// # Errors
    /// One of the two has no such columns.
    pub fn beside(&self, other: &Self, keys: &[&str]) -> Result<Self> {
        let same = |key: &&str| Some(self.data.column(key).ok()?.equals_missing(other.data.column(key).ok()?));
        // The usual case: both tables have the same rows in the same order.
        if keys.iter().all(|key| same(key) == Some(true)) {
            let others = other.data.columns().iter();
            return self.with_columns(others.filter(|column| !keys.contains(&column.name().as_str())).cloned());
        }
        let mut args = JoinArgs::new(JoinType::Left);
        args.maintain_order = MaintainOrderJoin::Left;
        let keys = || keys.iter().copied();
        Ok(self.with(self.data.join(&other.data, keys(), keys(), args, None)?))
    }

    /// These columns alone, in this order.
    ///
    /// # Errors
    /// No such column.
    pub fn pick(&self, columns: &[&str]) -> Result<Self> {
        Ok(self.with(self.data.select(columns.iter().copied())?))
    }

    /// These rows, in this order.
    ///
    /// # Errors
    /// A row that is not there.
    pub fn take(&self, rows: &[u32]) -> Result<Self> {
        let rows = IdxCa::from_vec(NUMBER.into(), rows.to_vec());
        Ok(self.with(self.data.take(&rows)?))
    }
}

fn column(name: &str, rows: &[Map<String, Value>]) -> Series {
    let cells: Vec<Option<&Value>> = rows
        .iter()
        .map(|row| row.get(name).filter(|value| !value.is_null()))
        .collect();
    let all = |is: fn(&Value) -> bool| cells.iter().flatten().all(|value| is(value));
    // A column without values is one of numbers, which says nothing: whoever compares asks for missing values first.
    if all(Value::is_number) {
        let numbers: Vec<Option<f64>> = cells.iter().map(|cell| cell.and_then(Value::as_f64)).collect();
        return Series::new(name.into(), numbers);
    }
    if all(Value::is_boolean) {
        let truths: Vec<Option<bool>> = cells.iter().map(|cell| cell.and_then(Value::as_bool)).collect();
        return Series::new(name.into(), truths);
    }
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let texts: Vec<Option<String>> = cells.iter().map(|cell| cell.map(text)).collect();
    Series::new(name.into(), texts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn frame(rows: &[Value]) -> Frame {
        let rows: Vec<Map<String, Value>> = rows.iter().map(|row| row.as_object().unwrap().clone()).collect();
        Frame::of_values(&rows).unwrap()
    }

    #[test]
    fn values_become_columns_of_their_type() {
        let frame = frame(&[
            json!({"n": 1, "ok": true, "text": "a", "mixed": 1, "list": [1, 2]}),
            json!({"n": null, "late": 0.5, "mixed": "x"}),
        ]);
        let columns: Vec<String> = frame
            .columns()
            .into_iter()
            .map(|(name, kind)| format!("{name} {kind}"))
            .collect();
        let expected = [
            "n Float64",
            "ok Boolean",
            "text String",
            "mixed String",
            "list String",
            "late Float64",
        ];
        assert_eq!(columns, expected);
        assert_eq!(frame.cells("mixed"), ["1", "x"]);
        assert_eq!(frame.cells("list"), ["[1,2]", ""]);
    }

    #[test]
    fn rows_are_sorted_stably_with_missing_values_last() {
        let frame = frame(&[
            json!({"n": 2, "t": "b"}),
            json!({"n": null, "t": "c"}),
            json!({"n": 1, "t": "a"}),
            json!({"n": 2, "t": "a"}),
        ]);
        let order = |by: &[&str], reverse| {
            let by: Vec<String> = by.iter().map(ToString::to_string).collect();
            frame.order(&by, reverse).unwrap()
        };
        assert_eq!(order(&["n"], false), [2, 0, 3, 1]);
        assert_eq!(order(&["n"], true), [0, 3, 2, 1]);
        assert_eq!(order(&["n", "t"], false), [2, 3, 0, 1]);
        assert_eq!(order(&[], true), [3, 2, 1, 0]);
        assert_eq!(frame.take(&[3, 0]).unwrap().cells("t"), ["a", "b"]);
    }
}
