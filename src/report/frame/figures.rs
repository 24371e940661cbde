//! Figures computed from columns.

use anyhow::Result;
use polars::prelude::{ChunkAgg, Column, DataType, QuantileMethod, SortMultipleOptions};
use serde::Serialize;

use super::reader::Frame;

/// Quartiles of some numbers, interpolated linearly between two of them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Quartiles {
    /// A quarter is at most this.
    pub q1: f64,
    /// Half is at most this.
    pub median: f64,
    /// Three quarters are at most this.
    pub q3: f64,
}

impl Frame {
    /// Quartiles of a column of numbers; `None` if it is empty.
    ///
    /// # Errors
    /// No such column, or one that holds no numbers.
    pub fn quartiles(&self, column: &str) -> Result<Option<Quartiles>> {
        let values = self.floats(column)?;
        let at = |share| -> Result<Option<f64>> {
            let found = values.quantile_reduce(share, QuantileMethod::Linear)?;
            Ok(found.value().extract())
        };
        Ok(match (at(0.25)?, at(0.5)?, at(0.75)?) {
            (Some(q1), Some(median), Some(q3)) => Some(Quartiles { q1, median, q3 }),
            _ => None,
        })
    }

    /// Mean of a column of numbers; missing ones do not count, and of none there is no mean.
    ///
    /// # Errors
    /// No such column, or one that holds no numbers.
    pub fn mean(&self, column: &str) -> Result<Option<f64>> {
        Ok(self.floats(column)?.f64()?.mean())
    }

    /// Mean of the column `values`, each row counting as often as the column `weights` says; none without weight.
    ///
    /// # Errors
    /// No such column, or one that holds no numbers.
    pub fn weighted_mean(&self, values: &str, weights: &str) -> Result<Option<f64>> {
        let (values, weights) = (self.floats(values)?, self.floats(weights)?);
        // A row without a value has no weight either.
        let known = values.is_not_null();
        let (values, weights) = (values.filter(&known)?, weights.filter(&known)?);
        let sum = |column: &Column| column.f64().map(|floats| floats.sum().unwrap_or(0.0));
        let total = sum(&weights)?;
        let weighted = sum(&(&values * &weights)?)?;
        Ok((total > 0.0).then(|| weighted / total))
    }

    /// The number of true rows in a column of truth values.
    ///
    /// # Errors
    /// No such column, or one of another type.
    pub fn count_true(&self, column: &str) -> Result<usize> {
        Ok(self.data.column(column)?.bool()?.sum().unwrap_or(0) as usize)
    }

    /// The share of true rows in a column of truth values; `None` if it is empty.
    ///
    /// # Errors
    /// As [`Self::count_true`].
    pub fn share_true(&self, column: &str) -> Result<Option<f64>> {
        let held = self.count_true(column)?;
        Ok((self.height() > 0).then(|| held as f64 / self.height() as f64))
    }

    /// How often each value of a column of texts occurs, in the order of first occurrence. A missing value does not
    /// count.
    ///
    /// # Errors
    /// No such column, or one of another type.
    pub fn counts(&self, column: &str) -> Result<Vec<(String, usize)>> {
        let groups = self.data.group_by_stable([column])?;
        let values = groups.keys().swap_remove(0);
        let values = values.str()?.iter();
        let sizes = groups.get_groups().iter().map(|rows| rows.len());
        let counted = values.zip(sizes);
        Ok(counted.filter_map(|(value, n)| Some((value?.to_owned(), n))).collect())
    }

    /// The first of all rows with equal `keys`, with their sum in the column of counts `summed`.
    ///
    /// # Errors
    /// No such columns, or counts that are not numbers.
    pub fn totals(&self, keys: [&str; 2], summed: &str) -> Result<Self> {
        if self.height() == 0 {
            return Ok(self.clone());
        }
        let groups = self.data.group_by_stable(keys)?;
        let totals = groups.apply(|rows| {
            let counts = rows.column(summed)?.cast(&DataType::UInt64)?;
            let sum = counts.u64()?.sum().unwrap_or(0);
            let mut first = rows.head(Some(1));
            first.with_column(Column::new(summed.into(), [sum]))?;
            Ok(first)
        });
        Ok(self.with(totals?))
    }

    /// The `n` rows with the largest values of `by`, the largest first; equal ones are sorted by the columns `then`.
    ///
    /// # Errors
    /// No such columns.
    pub fn largest(&self, n: usize, by: &str, then: [&str; 2]) -> Result<Self> {
        let order = SortMultipleOptions::default().with_order_descending_multi([true, false, false]);
        let sorted = self.data.sort([by, then[0], then[1]], order)?;
        Ok(self.with(sorted.head(Some(n))))
    }

    fn floats(&self, column: &str) -> Result<Column> {
        Ok(self.data.column(column)?.cast(&DataType::Float64)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serl_artifacts::InstructionId;
    use serl_artifacts::tables::{Drift, ParseStatus, Selection, SelectionReason, Unparsed};

    fn values(values: &[(u32, f64)]) -> Frame {
        let row = |&(iteration, value): &(u32, f64)| Drift {
            iteration,
            statistic: String::new(),
            value,
        };
        Frame::of(values.iter().map(row).collect()).unwrap()
    }

    #[test]
    fn quartiles_are_interpolated() {
        // numpy.quantile([1, 2, 3, 4], [.25, .5, .75])
        let quartiles = values(&[(0, 4.0), (0, 1.0), (0, 3.0), (0, 2.0)]).quartiles("value");
        let expected = Quartiles {
            q1: 1.75,
            median: 2.5,
            q3: 3.25,
        };
        assert_eq!(quartiles.unwrap(), Some(expected));
        assert_eq!(values(&[]).quartiles("value").unwrap(), None);
        assert!(values(&[]).quartiles("other").is_err());
    }

    #[test]
    fn means_are_weighted() {
        let mean = |rows| values(rows).weighted_mean("value", "iteration").unwrap();
        assert_eq!(mean(&[(1, 1.0), (3, 0.5)]), Some(0.625));
        assert_eq!(mean(&[(0, 1.0)]), None);
        assert_eq!(mean(&[]), None);
    }

    #[test]
    fn truth_values_are_counted() {
        let row = |selected| Selection {
            instruction_id: InstructionId::of("x"),
            iteration: 1,
            round: 0,
            r_mean: 0.5,
            selected,
            reason: SelectionReason::Selected,
        };
        let frame = Frame::of(vec![row(true), row(false), row(true)]).unwrap();
        assert_eq!(frame.count_true("selected").unwrap(), 2);
        assert_eq!(frame.share_true("selected").unwrap(), Some(2.0 / 3.0));
        let empty = Frame::of::<Selection>(Vec::new()).unwrap();
        assert_eq!(empty.count_true("selected").unwrap(), 0);
        assert_eq!(empty.share_true("selected").unwrap(), None);
        assert!(frame.count_true("r_mean").is_err());
    }

    fn unparsed(rows: &[(&str, u32, &str)]) -> Frame {
        let row = |&(text, count, example): &(&str, u32, &str)| Unparsed {
            text: text.into(),
            status: ParseStatus::NoAnswer,
            count,
            example_id: example.into(),
        };
        Frame::of(rows.iter().map(row).collect()).unwrap()
    }

    #[test]
    fn values_are_counted_in_the_order_in_which_they_come() {
        let frame = unparsed(&[("b", 1, ""), ("a", 1, ""), ("b", 1, "")]);
        assert_eq!(
            frame.counts("text").unwrap(),
            [("b".to_owned(), 2), ("a".to_owned(), 1)]
        );
        assert_eq!(unparsed(&[]).counts("text").unwrap(), []);
    }

    #[test]
    fn totals_keep_the_first_row_and_the_largest_come_first() {
        let keys = ["text", "status"];
        let frame = unparsed(&[
            ("b", 2, "1"),
            ("c", 5, "2"),
            ("b", 3, "3"),
            ("a", 5, "4"),
            ("z", 1, "5"),
        ]);
        let top = frame.totals(keys, "count").unwrap().largest(3, "count", keys).unwrap();
        assert_eq!(top.cells("text"), ["a", "b", "c"]);
        assert_eq!(top.cells("count"), ["5", "5", "5"]);
        assert_eq!(top.cells("example_id"), ["4", "1", "2"]);
        assert_eq!(unparsed(&[]).totals(keys, "count").unwrap().height(), 0);
    }
}
