//! Subscripts and slices, as in Python.

use super::data::{Range, Value};
use super::text::{Text, TextBuf};
use crate::error::{Error, Result};

/// `value[key]`, or nothing if there is no such item or the value has none.
pub(crate) fn item(value: &Value, key: &Value) -> Option<Value> {
    let index = |length: usize| {
        let index = key.as_int()?;
        let index = if index < 0 { index + length as i128 } else { index };
        usize::try_from(index).ok().filter(|&index| index < length)
    };
    match value {
        Value::Dict(dict) => dict.get(key).cloned(),
        Value::Namespace(dict) => dict.borrow().get(key).cloned(),
        Value::List(items) | Value::Tuple(items) | Value::Group(items) => items.get(index(items.len())?).cloned(),
        Value::Range(range) => Some(Value::Int(range.at(index(range.len())?))),
        Value::Str(text) => {
            let index = if text.as_str().is_ascii() {
                index(text.len())?
            } else {
                index(text.chars())?
            };
            let (at, c) = text.as_str().char_indices().nth(index)?;
            Some(text.slice(at..at + c.len_utf8()).into())
        }
        _ => None,
    }
}

/// `value[start:stop:step]`; nothing if the value has no slices.
///
/// # Errors
/// A bound that is not a whole number, a step of zero.
pub(crate) fn slice(value: &Value, bounds: [&Value; 3]) -> Result<Option<Value>> {
    let bound = |value: &Value| match value {
        Value::None => Ok(None),
        Value::Undefined(message) => Err(Error::new(&**message)),
        _ => value
            .as_int()
            .map(Some)
            .ok_or_else(|| Error::new("the bounds of a slice must be whole numbers")),
    };
    let [start, stop, step] = [bound(bounds[0])?, bound(bounds[1])?, bound(bounds[2])?];
    let step = step.unwrap_or(1);
    if step == 0 {
        return Err(Error::new("the step of a slice cannot be 0"));
    }
    let chosen = |length| indices(length, start, stop, step);
    Ok(match value {
        Value::Str(text) => Some(slice_text(text, start, stop, step).into()),
        Value::List(items) => Some(Value::list(pick(items, chosen(items.len())))),
        Value::Tuple(items) | Value::Group(items) => Some(Value::tuple(pick(items, chosen(items.len())))),
        Value::Range(range) => Some(Value::Range(slice_range(*range, start, stop, step))),
        _ => None,
    })
}

fn pick(items: &[Value], chosen: impl Iterator<Item = usize>) -> Vec<Value> {
    chosen.filter_map(|index| items.get(index).cloned()).collect()
}

fn slice_range(range: Range, start: Option<i128>, stop: Option<i128>, step: i128) -> Range {
    let (start, stop) = bounds(range.len(), start, stop, step);
    Range {
        start: range.start + start * range.step,
        stop: range.start + stop * range.step,
        step: range.step.saturating_mul(step),
    }
}

/// Where a slice of so many items begins and ends.
fn bounds(length: usize, start: Option<i128>, stop: Option<i128>, step: i128) -> (i128, i128) {
    let length = length as i128;
    let forward = step > 0;
    let (lowest, highest) = if forward { (0, length) } else { (-1, length - 1) };
    let clamp = |bound: i128| if bound < 0 { bound.saturating_add(length) } else { bound }.clamp(lowest, highest);
    (
        start.map_or(if forward { lowest } else { highest }, clamp),
        stop.map_or(if forward { highest } else { lowest }, clamp),
    )
}

/// The indices that a slice of so many items picks.
fn indices(length: usize, start: Option<i128>, stop: Option<i128>, step: i128) -> impl Iterator<Item = usize> {
    let (start, stop) = bounds(length, start, stop, step);
    let mut next = start;
    std::iter::from_fn(move || {
        let inside = if step > 0 { next < stop } else { next > stop };
        let index = inside.then_some(next as usize);
        next = next.saturating_add(step);
        index
    })
}

fn slice_text(text: &Text, start: Option<i128>, stop: Option<i128>, step: i128) -> Text {
    let ascii = text.as_str().is_ascii();
    let ends: Vec<usize> = if ascii {
        Vec::new()
    } else {
        text.as_str().char_indices().map(|(at, _)| at).collect()
    };
    let length = if ascii { text.len() } else { ends.len() };
    let place = |index: usize| {
        if ascii {
            index
        } else {
            ends.get(index).copied().unwrap_or(text.len())
        }
    };
    let mut chosen = indices(length, start, stop, step);
    if step == 1 {
        let Some(first) = chosen.next() else {
            return Text::default();
        };
        let last = chosen.last().unwrap_or(first);
        return text.slice(place(first)..place(last + 1));
    }
    let mut picked = TextBuf::default();
    for index in chosen {
        picked.push_slice(text, place(index)..place(index + 1));
    }
    picked.finish()
}
