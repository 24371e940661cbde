//! Arrow arrays for Python.

use arrow_array::{Array, ArrayRef};
use arrow_schema::{Field, FieldRef};
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyTuple};
use pyo3_arrow::ffi::{to_array_pycapsules, to_schema_pycapsule};

/// An Arrow array, for any library that reads the Arrow PyCapsule interface: `pyarrow.array(x)`, `polars.Series(x)`.
#[pyclass(frozen, module = "serl_answers")]
pub(crate) struct ArrowArray {
    array: ArrayRef,
    field: FieldRef,
}

impl ArrowArray {
    pub(crate) fn new(array: ArrayRef) -> Self {
        let field = Field::new("", array.data_type().clone(), true).into();
        Self { array, field }
    }
}

#[pymethods]
impl ArrowArray {
    /// The array as two capsules, of its schema and of its data.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_array__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        Ok(to_array_pycapsules(
            py,
            self.field.clone(),
            &self.array,
            requested_schema,
        )?)
    }

    /// The schema as a capsule.
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        Ok(to_schema_pycapsule(py, self.field.as_ref())?)
    }

    fn __len__(&self) -> usize {
        self.array.len()
    }

    fn __repr__(&self) -> String {
        format!(
            "<serl_answers.ArrowArray of {} rows, {}>",
            self.array.len(),
            self.array.data_type()
        )
    }
}
