//! Results, as tuples of Python and as columns of Arrow.

use std::sync::Arc;

use arrow_array::types::Float32Type;
use arrow_array::{Array, ArrayRef, BooleanArray, Float32Array, ListArray, StringArray, StructArray, UInt32Array};
use arrow_schema::{ArrowError, Field, Fields};
use pyo3::IntoPyObjectExt;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyList;
use serl_answers::vote::Outcome;
use serl_answers::{Extraction, Grade};

use crate::arrow::ArrowArray;

/// A result of one row.
pub(crate) trait Row: Sized + Send + Sync {
    /// The row as a tuple of its columns, or as its only column.
    fn into_python(self, py: Python<'_>) -> PyResult<Bound<'_, PyAny>>;

    /// Many rows, some of them missing.
    fn arrow(rows: &[Option<Self>]) -> Result<ArrayRef, ArrowError>;
}

/// Rows for Python: a list, or an Arrow array where one came in.
pub(crate) fn returned<R: Row>(py: Python<'_>, rows: Vec<Option<R>>, arrow: bool) -> PyResult<Bound<'_, PyAny>> {
    if arrow {
        let array = py.detach(|| R::arrow(&rows));
        return ArrowArray::new(array.map_err(|error| PyValueError::new_err(error.to_string()))?).into_bound_py_any(py);
    }
    let list = PyList::empty(py);
    for row in rows {
        list.append(row.map(|row| row.into_python(py)).transpose()?)?;
    }
    Ok(list.into_any())
}

impl Row for bool {
    fn into_python(self, py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        self.into_bound_py_any(py)
    }

    fn arrow(rows: &[Option<Self>]) -> Result<ArrayRef, ArrowError> {
        Ok(Arc::new(BooleanArray::from(rows.to_vec())))
    }
}

impl Row for String {
    fn into_python(self, py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        self.into_bound_py_any(py)
    }

    fn arrow(rows: &[Option<Self>]) -> Result<ArrayRef, ArrowError> {
        Ok(strings(rows, |text| Some(text.as_str())))
    }
}

impl Row for Extraction {
    fn into_python(self, py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        (self.answer, self.method.map(|method| method.name())).into_bound_py_any(py)
    }

    fn arrow(rows: &[Option<Self>]) -> Result<ArrayRef, ArrowError> {
        let columns = [
            ("answer", strings(rows, |row| row.answer.as_deref())),
            ("method", strings(rows, |row| Some(row.method?.name()))),
        ];
        structs(rows, columns)
    }
}

impl Row for Grade {
    fn into_python(self, py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        let method = self.method.map(|method| method.name());
        (
            self.equal,
            self.status.name(),
            self.gold_answer,
            self.pred_answer,
            method,
        )
            .into_bound_py_any(py)
    }

    fn arrow(rows: &[Option<Self>]) -> Result<ArrayRef, ArrowError> {
        let equal: BooleanArray = rows.iter().map(|row| Some(row.as_ref()?.equal)).collect();
        let columns = [
            ("equal", Arc::new(equal) as ArrayRef),
            ("status", strings(rows, |row| Some(row.status.name()))),
            ("gold_answer", strings(rows, |row| row.gold_answer.as_deref())),
            ("answer", strings(rows, |row| row.pred_answer.as_deref())),
            ("method", strings(rows, |row| Some(row.method?.name()))),
        ];
        structs(rows, columns)
    }
}

impl Row for Outcome {
    fn into_python(self, py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        let (majority, canonical) = self.majority.map(|ballot| (ballot.answer, ballot.canonical)).unzip();
        (
            majority,
            canonical,
            self.r_mean,
            self.rewards,
            self.count,
            self.parsed,
            self.distinct,
            self.tie,
            self.entropy,
        )
            .into_bound_py_any(py)
    }

    fn arrow(rows: &[Option<Self>]) -> Result<ArrayRef, ArrowError> {
        let counts = |count: fn(&Self) -> u32| {
            let counts: UInt32Array = rows.iter().map(|row| Some(count(row.as_ref()?))).collect();
            Arc::new(counts) as ArrayRef
        };
        let figures = |figure: fn(&Self) -> f32| {
            let figures: Float32Array = rows.iter().map(|row| Some(figure(row.as_ref()?))).collect();
            Arc::new(figures) as ArrayRef
        };
        let tie: BooleanArray = rows.iter().map(|row| Some(row.as_ref()?.tie)).collect();
        let rewards = rows
            .iter()
            .map(|row| Some(row.as_ref()?.rewards.iter().map(|&reward| Some(reward))));
        let columns = [
            (
                "majority",
                strings(rows, |row| Some(row.majority.as_ref()?.answer.as_str())),
            ),
            (
                "canonical",
                strings(rows, |row| Some(row.majority.as_ref()?.canonical.as_str())),
            ),
            ("r_mean", figures(|row| row.r_mean)),
            (
                "rewards",
                Arc::new(ListArray::from_iter_primitive::<Float32Type, _, _>(rewards)) as ArrayRef,
            ),
            ("majority_count", counts(|row| row.count)),
            ("n_parsed", counts(|row| row.parsed)),
            ("n_distinct", counts(|row| row.distinct)),
            ("tie", Arc::new(tie) as ArrayRef),
            ("entropy", figures(|row| row.entropy)),
        ];
        structs(rows, columns)
    }
}

fn strings<R>(rows: &[Option<R>], text: impl Fn(&R) -> Option<&str>) -> ArrayRef {
    let texts: StringArray = rows.iter().map(|row| text(row.as_ref()?)).collect();
    Arc::new(texts)
}

fn structs<R, const N: usize>(
    rows: &[Option<R>],
    columns: [(&'static str, ArrayRef); N],
) -> Result<ArrayRef, ArrowError> {
    let field = |(name, array): &(&'static str, ArrayRef)| Field::new(*name, array.data_type().clone(), true);
    let fields: Fields = columns.iter().map(field).collect();
    let present = rows.iter().map(Option::is_some).collect();
    let arrays = columns.into_iter().map(|(_, array)| array).collect();
    let array = StructArray::try_new_with_length(fields, arrays, Some(present), rows.len())?;
    Ok(Arc::new(array))
}
