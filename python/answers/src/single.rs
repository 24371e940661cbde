//! One answer, response or ballot at a time.

use pyo3::prelude::*;
use serl_answers::vote::{Ballot, vote as counted};
use serl_answers::{Choices, canonical as form};

use crate::argument::{methods, options, text, texts};
use crate::error::OverBudget;
use crate::row::Row;
use crate::work::map;

/// The final answer of a response and the method that found it.
#[pyfunction]
#[pyo3(signature = (response, order=None))]
pub(crate) fn extract<'py>(
    response: &Bound<'py, PyAny>,
    order: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let (py, response, order) = (response.py(), text(response, "response")?, methods(order)?);
    py.detach(|| serl_answers::extract(&response, &order)).into_python(py)
}

/// The canonical form of an answer.
#[pyfunction]
#[pyo3(signature = (answer))]
pub(crate) fn canonical(answer: &Bound<'_, PyAny>) -> PyResult<String> {
    let (py, answer) = (answer.py(), text(answer, "answer")?);
    py.detach(|| form(&answer))
        .map(String::from)
        .map_err(|over| OverBudget::new_err(over.to_string()))
}

/// Whether two answers are equal.
#[pyfunction]
#[pyo3(signature = (a, b, choices=None))]
pub(crate) fn equal(a: &Bound<'_, PyAny>, b: &Bound<'_, PyAny>, choices: Option<&Bound<'_, PyAny>>) -> PyResult<bool> {
    let (py, a, b, choices) = (a.py(), text(a, "a")?, text(b, "b")?, options(choices)?);
    Ok(py.detach(|| are_equal(&a, &b, &Choices::new(&choices))))
}

/// A response graded against a gold answer.
#[pyfunction]
#[pyo3(signature = (gold, response, choices=None, order=None))]
pub(crate) fn grade<'py>(
    gold: &Bound<'py, PyAny>,
    response: &Bound<'py, PyAny>,
    choices: Option<&Bound<'py, PyAny>>,
    order: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let (py, gold, response) = (gold.py(), text(gold, "gold")?, text(response, "response")?);
    let (choices, order) = (options(choices)?, methods(order)?);
    py.detach(|| serl_answers::grade(&gold, &response, &choices, &order))
        .into_python(py)
}

/// The majority vote over responses to one question.
#[pyfunction]
#[pyo3(signature = (responses, choices=None, order=None))]
pub(crate) fn vote<'py>(
    responses: &Bound<'py, PyAny>,
    choices: Option<&Bound<'py, PyAny>>,
    order: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let (py, responses) = (responses.py(), texts(responses, "responses")?);
    let (choices, order) = (Choices::new(&options(choices)?), methods(order)?);
    let ballots = map(py, responses.len(), 1, |place| {
        let response = responses[place].as_deref()?;
        Ballot::read(response, &choices, &order)
    })?;
    counted(&ballots).into_python(py)
}

/// Whether both answers can be compared and mean the same.
pub(crate) fn are_equal(a: &str, b: &str, choices: &Choices) -> bool {
    let (a, b) = (choices.canonical(a), choices.canonical(b));
    a.is_ok() && a == b
}
