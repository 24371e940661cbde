//! Arguments from Python. What has a wrong type is named together with its place.

use std::ops::Deref;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;
use pyo3::types::{PyByteArray, PyBytes, PyDict, PyString};
use serl_answers::{DEFAULT_ORDER, Method};

/// A text of Python, which can be read without the GIL.
pub(crate) enum Text {
    /// The bytes of a `str`, not copied.
    Shared(PyBackedStr),
    /// A copy, where lone surrogates are U+FFFD.
    Mended(String),
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Shared(text) => text,
            Self::Mended(text) => text,
        }
    }
}

/// The argument `name`, a `str`.
pub(crate) fn text(value: &Bound<'_, PyAny>, name: &str) -> PyResult<Text> {
    of_str(value)?.ok_or_else(|| wrong(value, name, "str"))
}

/// The argument `name`, an iterable of `str`; `None` in it is a missing text.
pub(crate) fn texts(value: &Bound<'_, PyAny>, name: &str) -> PyResult<Vec<Option<Text>>> {
    items(value, name, "a list of str", |item, place| {
        if item.is_none() {
            return Ok(None);
        }
        let text = of_str(item)?.ok_or_else(|| wrong(item, &format!("{name}[{place}]"), "str or None"))?;
        Ok(Some(text))
    })
}

/// The argument `name`, an iterable of which `read` reads each item.
pub(crate) fn items<T>(
    value: &Bound<'_, PyAny>,
    name: &str,
    wanted: &str,
    read: impl Fn(&Bound<'_, PyAny>, usize) -> PyResult<T>,
) -> PyResult<Vec<T>> {
    // These can be iterated over, but are never meant.
    let scalar = value.is_instance_of::<PyString>()
        || value.is_instance_of::<PyBytes>()
        || value.is_instance_of::<PyByteArray>()
        || value.is_instance_of::<PyDict>();
    let Some(items) = (!scalar).then(|| value.try_iter().ok()).flatten() else {
        return Err(wrong(value, name, wanted));
    };
    items.enumerate().map(|(place, item)| read(&item?, place)).collect()
}

/// The extraction methods in `order`; without one, those of [`DEFAULT_ORDER`].
pub(crate) fn methods(order: Option<&Bound<'_, PyAny>>) -> PyResult<Vec<Method>> {
    let Some(order) = order else {
        return Ok(DEFAULT_ORDER.to_vec());
    };
    items(order, "order", "a list of names of methods", |item, place| {
        let name = text(item, &format!("order[{place}]"))?;
        name.parse::<Method>()
            .map_err(|error| PyValueError::new_err(error.to_string()))
    })
}

/// The options of a question, none if there are none.
pub(crate) fn options(choices: Option<&Bound<'_, PyAny>>) -> PyResult<Vec<String>> {
    let Some(choices) = choices else {
        return Ok(Vec::new());
    };
    items(choices, "choices", "a list of str or None", |item, place| {
        Ok(text(item, &format!("choices[{place}]"))?.to_owned())
    })
}

/// How many threads to work on: 0 stands for all cores.
pub(crate) fn threads(count: isize) -> PyResult<usize> {
    match usize::try_from(count) {
        Ok(0) => Ok(std::thread::available_parallelism().map_or(1, usize::from)),
        Ok(count) => Ok(count),
        Err(_) => Err(PyValueError::new_err(format!(
            "threads must be 0 (as many as there are cores) or more, not {count}"
        ))),
    }
}

/// The error for a value of a wrong type.
fn wrong(value: &Bound<'_, PyAny>, name: &str, wanted: &str) -> PyErr {
    let given = match value.get_type().name() {
        Ok(given) => given.to_string_lossy().into_owned(),
        Err(error) => return error,
    };
    PyTypeError::new_err(format!("{name} must be {wanted}, not {given}"))
}

fn of_str(value: &Bound<'_, PyAny>) -> PyResult<Option<Text>> {
    let Ok(text) = value.cast::<PyString>() else {
        return Ok(None);
    };
    Ok(Some(match PyBackedStr::try_from(text.clone()) {
        Ok(shared) => Text::Shared(shared),
        Err(_lone_surrogate) => Text::Mended(text.to_string_lossy().into_owned()),
    }))
}
