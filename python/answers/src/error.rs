//! Exceptions.

use pyo3::create_exception;
use pyo3::exceptions::PyValueError;

create_exception!(
    serl_answers,
    OverBudget,
    PyValueError,
    "An answer is too large to compare. It counts as an answer, and equals no other."
);
