//! The same for many rows, from lists or Arrow arrays.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use serl_answers::vote::{Ballot, vote as counted};
use serl_answers::{Choices, canonical as form};

use crate::argument::{methods, threads as thread_count};
use crate::column::{Groups, Texts};
use crate::row::returned;
use crate::single::are_equal;
use crate::work::map;

/// The final answer of each response.
#[pyfunction]
#[pyo3(signature = (responses, order=None, threads=1))]
pub(crate) fn extract_batch<'py>(
    responses: &Bound<'py, PyAny>,
    order: Option<&Bound<'py, PyAny>>,
    threads: isize,
) -> PyResult<Bound<'py, PyAny>> {
    let py = responses.py();
    let (responses, order) = (Texts::read(responses, "responses")?, methods(order)?);
    let rows = map(py, responses.len(), thread_count(threads)?, |place| {
        Some(serl_answers::extract(responses.get(place)?, &order))
    })?;
    returned(py, rows, responses.is_arrow())
}

/// The canonical form of each answer, none where it is over budget.
#[pyfunction]
#[pyo3(signature = (answers, threads=1))]
pub(crate) fn canonical_batch<'py>(answers: &Bound<'py, PyAny>, threads: isize) -> PyResult<Bound<'py, PyAny>> {
    let py = answers.py();
    let answers = Texts::read(answers, "answers")?;
    let rows = map(py, answers.len(), thread_count(threads)?, |place| {
        form(answers.get(place)?).map(String::from).ok()
    })?;
    returned(py, rows, answers.is_arrow())
}

/// Whether the answers of each pair are equal.
#[pyfunction]
#[pyo3(signature = (a, b, choices=None, threads=1))]
pub(crate) fn equal_batch<'py>(
    a: &Bound<'py, PyAny>,
    b: &Bound<'py, PyAny>,
    choices: Option<&Bound<'py, PyAny>>,
    threads: isize,
) -> PyResult<Bound<'py, PyAny>> {
    let py = a.py();
    let (a, b, choices) = (Texts::read(a, "a")?, Texts::read(b, "b")?, Options::read(choices)?);
    same_length(("a", a.len()), ("b", b.len()))?;
    choices.fit(("a", a.len()))?;
    let rows = map(py, a.len(), thread_count(threads)?, |place| {
        Some(are_equal(
            a.get(place)?,
            b.get(place)?,
            &Choices::new(&choices.get(place)),
        ))
    })?;
    returned(py, rows, a.is_arrow())
}

/// Each response graded against its gold answer.
#[pyfunction]
#[pyo3(signature = (gold, responses, choices=None, order=None, threads=1))]
pub(crate) fn grade_batch<'py>(
    gold: &Bound<'py, PyAny>,
    responses: &Bound<'py, PyAny>,
    choices: Option<&Bound<'py, PyAny>>,
    order: Option<&Bound<'py, PyAny>>,
    threads: isize,
) -> PyResult<Bound<'py, PyAny>> {
    let py = gold.py();
    let (gold, responses) = (Texts::read(gold, "gold")?, Texts::read(responses, "responses")?);
    let (choices, order) = (Options::read(choices)?, methods(order)?);
    same_length(("gold", gold.len()), ("responses", responses.len()))?;
    choices.fit(("responses", responses.len()))?;
    let rows = map(py, gold.len(), thread_count(threads)?, |place| {
        let (gold, response) = (
            gold.get(place).unwrap_or_default(),
            responses.get(place).unwrap_or_default(),
        );
        Some(serl_answers::grade(gold, response, &choices.get(place), &order))
    })?;
    returned(py, rows, responses.is_arrow())
}

/// The majority vote over each group of responses.
#[pyfunction]
#[pyo3(signature = (groups, choices=None, order=None, threads=1))]
pub(crate) fn vote_batch<'py>(
    groups: &Bound<'py, PyAny>,
    choices: Option<&Bound<'py, PyAny>>,
    order: Option<&Bound<'py, PyAny>>,
    threads: isize,
) -> PyResult<Bound<'py, PyAny>> {
    let py = groups.py();
    let groups = Groups::read(groups, "groups")?;
    let (choices, order) = (Options::read(choices)?, methods(order)?);
    choices.fit(("groups", groups.len()))?;
    let rows = map(py, groups.len(), thread_count(threads)?, |place| {
        let choices = Choices::new(&choices.get(place));
        let read = |response: Option<&str>| Ballot::read(response?, &choices, &order);
        let ballots: Vec<Option<Ballot>> = groups.get(place)?.into_iter().map(read).collect();
        Some(counted(&ballots))
    })?;
    returned(py, rows, groups.is_arrow())
}

/// The options of each row, where there are any.
struct Options(Option<Groups>);

impl Options {
    fn read(choices: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        choices
            .map(|choices| Groups::read(choices, "choices"))
            .transpose()
            .map(Self)
    }

    fn fit(&self, rows: (&str, usize)) -> PyResult<()> {
        match &self.0 {
            Some(choices) => same_length(rows, ("choices", choices.len())),
            None => Ok(()),
        }
    }

    fn get(&self, place: usize) -> Vec<String> {
        let options = self.0.as_ref().and_then(|choices| choices.get(place));
        let texts = options.unwrap_or_default().into_iter();
        texts.map(|text| text.unwrap_or_default().to_owned()).collect()
    }
}

fn same_length(a: (&str, usize), b: (&str, usize)) -> PyResult<()> {
    if a.1 == b.1 {
        return Ok(());
    }
    let message = format!("{} has {} rows, but {} has {}", a.0, a.1, b.0, b.1);
    Err(PyValueError::new_err(message))
}
