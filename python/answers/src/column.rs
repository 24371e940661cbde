//! Columns of texts, and of lists of texts, from Python lists or Arrow arrays.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, LargeListArray, StringViewArray, new_empty_array};
use arrow_cast::cast;
use arrow_schema::{ArrowError, DataType, Field};
use arrow_select::concat::concat;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3_arrow::input::AnyArray;

use crate::argument::{Text, items, texts};

/// A column of texts, some of which may be missing.
pub(crate) enum Texts {
    List(Vec<Option<Text>>),
    Arrow(StringViewArray),
}

impl Texts {
    /// Reads the argument `name`.
    pub(crate) fn read(value: &Bound<'_, PyAny>, name: &str) -> PyResult<Self> {
        match arrow(value, name, "strings", &DataType::Utf8View)? {
            Some(array) => Ok(Self::Arrow(array.as_string_view().clone())),
            None => texts(value, name).map(Self::List),
        }
    }

    pub(crate) fn is_arrow(&self) -> bool {
        matches!(self, Self::Arrow(_))
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::List(list) => list.len(),
            Self::Arrow(array) => array.len(),
        }
    }

    pub(crate) fn get(&self, place: usize) -> Option<&str> {
        match self {
            Self::List(list) => list[place].as_deref(),
            Self::Arrow(array) => array.is_valid(place).then(|| array.value(place)),
        }
    }
}

/// A column of lists of texts, some of which may be missing.
pub(crate) enum Groups {
    List(Vec<Option<Vec<Option<Text>>>>),
    Arrow(LargeListArray),
}

impl Groups {
    /// Reads the argument `name`.
    pub(crate) fn read(value: &Bound<'_, PyAny>, name: &str) -> PyResult<Self> {
        let wanted = DataType::LargeList(Arc::new(Field::new("item", DataType::Utf8View, true)));
        if let Some(array) = arrow(value, name, "lists of strings", &wanted)? {
            return Ok(Self::Arrow(array.as_list().clone()));
        }
        let lists = items(value, name, "a list of lists of str", |item, place| {
            let name = format!("{name}[{place}]");
            (!item.is_none()).then(|| texts(item, &name)).transpose()
        });
        lists.map(Self::List)
    }

    pub(crate) fn is_arrow(&self) -> bool {
        matches!(self, Self::Arrow(_))
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::List(list) => list.len(),
            Self::Arrow(array) => array.len(),
        }
    }

    pub(crate) fn get(&self, place: usize) -> Option<Vec<Option<&str>>> {
        match self {
            Self::List(list) => Some(list[place].as_ref()?.iter().map(Option::as_deref).collect()),
            Self::Arrow(array) if array.is_null(place) => None,
            Self::Arrow(array) => {
                let offsets = &array.value_offsets()[place..=place + 1];
                let texts = array.values().as_string_view();
                let text = |at: i64| {
                    let at = usize::try_from(at).ok()?;
                    texts.is_valid(at).then(|| texts.value(at))
                };
                Some((offsets[0]..offsets[1]).map(text).collect())
            }
        }
    }
}

/// The argument `name` as one array of the type `wanted`, if it is an Arrow array; `kind` says in words of what.
fn arrow(value: &Bound<'_, PyAny>, name: &str, kind: &str, wanted: &DataType) -> PyResult<Option<ArrayRef>> {
    let exports = |method| value.hasattr(method);
    if !exports("__arrow_c_array__")? && !exports("__arrow_c_stream__")? {
        return Ok(None);
    }
    let (chunks, field) = value.extract::<AnyArray>()?.into_chunked_array()?.into_inner();
    if !is_text(field.data_type(), wanted) {
        let given = field.data_type();
        return Err(PyTypeError::new_err(format!(
            "{name} must be an Arrow array of {kind}, not of {given}"
        )));
    }
    joined(&chunks, wanted)
        .map(Some)
        .map_err(|error| PyValueError::new_err(format!("{name}: {error}")))
}

fn joined(chunks: &[ArrayRef], wanted: &DataType) -> Result<ArrayRef, ArrowError> {
    let chunks: Vec<ArrayRef> = chunks
        .iter()
        .map(|chunk| cast(chunk, wanted))
        .collect::<Result<_, _>>()?;
    match &chunks[..] {
        [] => Ok(new_empty_array(wanted)),
        [chunk] => Ok(Arc::clone(chunk)),
        _ => concat(&chunks.iter().map(AsRef::as_ref).collect::<Vec<_>>()),
    }
}

/// Whether arrays of the type `given` hold what those of `wanted` hold. Numbers could be cast to texts, too, but are
/// not meant.
fn is_text(given: &DataType, wanted: &DataType) -> bool {
    match (given, wanted) {
        (DataType::Null, _) => true,
        (
            DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _),
            DataType::LargeList(wanted),
        ) => is_text(item.data_type(), wanted.data_type()),
        (DataType::Dictionary(_, value), DataType::Utf8View) => is_text(value, wanted),
        (given, DataType::Utf8View) => matches!(given, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View),
        _ => false,
    }
}
