//! The native part of the Python package `serl_answers`.
//!
//! ```text
//! str, list, Arrow array ──> argument, column ──> serl_answers, on threads ──> row ──> tuple, list, Arrow array
//! ```
//! It knows no answers: `serl_answers` reads and compares them. The package in `python/` gives results their names.

mod argument;
mod arrow;
mod batch;
mod column;
mod error;
mod row;
mod single;
mod work;

use pyo3::prelude::*;

/// The native part of `serl_answers`.
#[pymodule]
fn _native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    module.add("METHODS", serl_answers::DEFAULT_ORDER.map(serl_answers::Method::name))?;
    module.add("OverBudget", py.get_type::<error::OverBudget>())?;
    module.add_class::<arrow::ArrowArray>()?;
    for function in [
        wrap_pyfunction!(single::extract, module)?,
        wrap_pyfunction!(single::canonical, module)?,
        wrap_pyfunction!(single::equal, module)?,
        wrap_pyfunction!(single::grade, module)?,
        wrap_pyfunction!(single::vote, module)?,
        wrap_pyfunction!(batch::extract_batch, module)?,
        wrap_pyfunction!(batch::canonical_batch, module)?,
        wrap_pyfunction!(batch::equal_batch, module)?,
        wrap_pyfunction!(batch::grade_batch, module)?,
        wrap_pyfunction!(batch::vote_batch, module)?,
    ] {
        module.add_function(function)?;
    }
    Ok(())
}
