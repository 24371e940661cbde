//! The items of values that can be looped over.

use std::rc::Rc;

use super::host::Host;
use crate::error::{Error, Result};
use crate::value::{Dict, Range, Value, View};

/// Most items of a `range`, as in Jinja2's sandbox.
const MAX_RANGE: usize = 100_000;

/// The items of a value. An iterator is then at its end.
pub(crate) fn iterate(host: &dyn Host, value: &Value) -> Result<Vec<Value>> {
    let items: Vec<Value> = match value {
        Value::Undefined(_) => Vec::new(),
        Value::Str(text) => {
            host.budget().steps(text.len())?;
            let character = |(at, c): (usize, char)| Value::Str(text.slice(at..at + c.len_utf8()));
            text.as_str().char_indices().map(character).collect()
        }
        Value::List(items) | Value::Tuple(items) | Value::Group(items) => items.to_vec(),
        Value::Dict(dict) => view(dict, View::Keys),
        Value::View(part, dict) => view(dict, *part),
        Value::Range(range) => (0..range.len()).map(|index| Value::Int(range.at(index))).collect(),
        Value::Iterator(walk) => walk.borrow_mut().items.by_ref().collect(),
        _ => return Err(Error::new(format!("`{}` cannot be looped over", value.type_name()))),
    };
    host.budget().steps(items.len())?;
    Ok(items)
}

fn view(dict: &Rc<Dict>, part: View) -> Vec<Value> {
    match part {
        View::Keys => dict.iter().map(|(key, _)| key.clone()).collect(),
        View::Values => dict.iter().map(|(_, value)| value.clone()).collect(),
        View::Items => dict
            .iter()
            .map(|(key, value)| Value::tuple(vec![key.clone(), value.clone()]))
            .collect(),
    }
}

/// `range(…)`.
pub(crate) fn range(bounds: &[i128]) -> Result<Value> {
    let (start, stop, step) = match *bounds {
        [stop] => (0, stop, 1),
        [start, stop] => (start, stop, 1),
        [start, stop, step] => (start, stop, step),
        _ => return Err(Error::new("`range` takes one to three numbers")),
    };
    let bound = i128::from(i64::MAX);
    if [start, stop, step]
        .iter()
        .any(|value| !(-bound..=bound).contains(value))
    {
        return Err(Error::new("a number of `range` is too big"));
    }
    if step == 0 {
        return Err(Error::new("the step of `range` cannot be 0"));
    }
    let range = Range { start, stop, step };
    if range.len() > MAX_RANGE {
        return Err(Error::new(format!("`range` has more than {MAX_RANGE} items")));
    }
    Ok(Value::Range(range))
}
