//! Filters that order, group or compare items.

use std::cmp::Ordering;
use std::rc::Rc;

use super::sequence::count;
use crate::error::{Error, Result};
use crate::library::call::Call;
use crate::library::host::Host;
use crate::library::iterate::iterate;
use crate::library::lookup::path;
use crate::library::methods::change;
use crate::value::{Value, View, equal, order};

/// The value by which an item is ordered: an attribute or the item, in lower case unless case matters.
fn key(item: &Value, attribute: &Value, default: Option<&Value>, case_sensitive: bool) -> Result<Value> {
    Ok(match path(item, attribute, default)? {
        Value::Str(text) if !case_sensitive => change(&text, "lower").into(),
        other => other,
    })
}

fn is_true(value: Option<Value>) -> bool {
    value.is_some_and(|value| value.truth())
}

/// Sorts stably by key; in reverse, items with equal keys keep their order.
fn sorted(host: &dyn Host, mut keyed: Vec<(Value, Value)>, reverse: bool) -> Result<Vec<(Value, Value)>> {
    // What is compared about as often as there are halvings of the list.
    let weight = keyed.iter().map(|(key, _)| key.weight()).fold(0, usize::saturating_add);
    host.budget().bytes(weight.saturating_mul(4))?;
    host.budget().steps(keyed.len().saturating_mul(8))?;
    let mut failed = None;
    keyed.sort_by(|(a, _), (b, _)| {
        let (a, b) = if reverse { (b, a) } else { (a, b) };
        order(a, b, "<")
            .map(|order| order.unwrap_or(Ordering::Equal))
            .unwrap_or_else(|error| {
                failed.get_or_insert(error);
                Ordering::Equal
            })
    });
    failed.map_or(Ok(keyed), Err)
}

pub(super) fn sort(host: &dyn Host, value: Value, call: Call) -> Result<Value> {
    let [reverse, case_sensitive, attribute] = call.bind("sort", ["reverse", "case_sensitive", "attribute"], 0)?;
    let case_sensitive = is_true(case_sensitive);
    let attributes: Vec<Value> = match attribute {
        Some(Value::Str(names)) => names.as_str().split(',').map(Value::from).collect(),
        other => vec![other.unwrap_or(Value::None)],
    };
    let mut keyed = Vec::new();
    for item in iterate(host, &value)? {
        let keys: Result<Vec<Value>> = attributes
            .iter()
            .map(|attribute| key(&item, attribute, None, case_sensitive))
            .collect();
        keyed.push((Value::list(keys?), item));
    }
    let sorted = sorted(host, keyed, is_true(reverse))?;
    Ok(Value::list(sorted.into_iter().map(|(_, item)| item).collect()))
}

pub(super) fn dict_sort(host: &dyn Host, value: Value, call: Call) -> Result<Value> {
    let [case_sensitive, by, reverse] = call.bind("dictsort", ["case_sensitive", "by", "reverse"], 0)?;
    let case_sensitive = is_true(case_sensitive);
    let at = match by.as_ref().and_then(Value::as_text).map(|by| by.as_str()) {
        None | Some("key") => 0,
        Some("value") => 1,
        Some(other) => {
            return Err(Error::new(format!(
                "`dictsort` sorts by `key` or `value`, not `{other}`"
            )));
        }
    };
    let Value::Dict(dict) = &value else {
        return Err(Error::new(format!(
            "`dictsort` needs a dictionary, not `{}`",
            value.type_name()
        )));
    };
    let items = iterate(host, &Value::View(View::Items, dict.clone()))?;
    let keyed: Result<Vec<(Value, Value)>> = items
        .into_iter()
        .map(|item| Ok((key(&item, &Value::Int(at), None, case_sensitive)?, item)))
        .collect();
    let sorted = sorted(host, keyed?, is_true(reverse))?;
    Ok(Value::list(sorted.into_iter().map(|(_, item)| item).collect()))
}

pub(super) fn unique(host: &dyn Host, value: Value, call: Call) -> Result<Value> {
    let [case_sensitive, attribute] = call.bind("unique", ["case_sensitive", "attribute"], 0)?;
    let (case_sensitive, attribute) = (is_true(case_sensitive), attribute.unwrap_or(Value::None));
    let mut seen: Vec<Value> = Vec::new();
    let mut unique = Vec::new();
    for item in iterate(host, &value)? {
        host.budget().steps(seen.len())?;
        let key = key(&item, &attribute, None, case_sensitive)?;
        host.budget().bytes(key.weight())?;
        if !seen.iter().any(|other| equal(other, &key)) {
            seen.push(key);
            unique.push(item);
        }
    }
    Ok(Value::generator(unique))
}

pub(super) fn min(host: &dyn Host, value: Value, call: Call) -> Result<Value> {
    extreme(host, &value, call, Ordering::Less)
}

pub(super) fn max(host: &dyn Host, value: Value, call: Call) -> Result<Value> {
    extreme(host, &value, call, Ordering::Greater)
}

fn extreme(host: &dyn Host, value: &Value, call: Call, wanted: Ordering) -> Result<Value> {
    let [case_sensitive, attribute] = call.bind("min or max", ["case_sensitive", "attribute"], 0)?;
    let (case_sensitive, attribute) = (is_true(case_sensitive), attribute.unwrap_or(Value::None));
    let mut best: Option<(Value, Value)> = None;
    for item in iterate(host, value)? {
        let key = key(&item, &attribute, None, case_sensitive)?;
        host.budget().bytes(key.weight())?;
        let better = match &best {
            None => true,
            Some((other, _)) => order(&key, other, "<")? == Some(wanted),
        };
        if better {
            best = Some((key, item));
        }
    }
    Ok(best.map_or_else(|| Value::undefined("the sequence was empty"), |(_, item)| item))
}

pub(super) fn group_by(host: &dyn Host, value: Value, call: Call) -> Result<Value> {
    let [attribute, default, case_sensitive] = call.bind("groupby", ["attribute", "default", "case_sensitive"], 1)?;
    let (case_sensitive, attribute) = (is_true(case_sensitive), attribute.unwrap_or(Value::None));
    let default = default.filter(|default| !matches!(default, Value::None));
    let keyed: Result<Vec<(Value, Value)>> = iterate(host, &value)?
        .into_iter()
        .map(|item| Ok((key(&item, &attribute, default.as_ref(), case_sensitive)?, item)))
        .collect();
    let mut groups: Vec<(Value, Vec<Value>)> = Vec::new();
    for (key, item) in sorted(host, keyed?, false)? {
        match groups.last_mut() {
            Some((other, items)) if equal(other, &key) => items.push(item),
            _ => groups.push((key, vec![item])),
        }
    }
    let group = |(_, items): (Value, Vec<Value>)| {
        // The key as it was written in the first item.
        let grouper = path(items.first().unwrap_or(&Value::None), &attribute, default.as_ref())?;
        Ok(Value::Group(Rc::new(vec![grouper, Value::list(items)].into())))
    };
    let groups: Result<Vec<Value>> = groups.into_iter().map(group).collect();
    Ok(Value::list(groups?))
}

pub(super) fn batch(host: &dyn Host, value: Value, call: Call) -> Result<Value> {
    let [size, fill] = call.bind("batch", ["linecount", "fill_with"], 1)?;
    let size = count(size, "the size of a batch")?;
    let fill = fill.filter(|fill| !matches!(fill, Value::None));
    let items = iterate(host, &value)?;
    let mut batches: Vec<Vec<Value>> = items.chunks(size).map(<[Value]>::to_vec).collect();
    if let (Some(fill), Some(last)) = (fill, batches.last_mut()) {
        host.budget().steps(size)?;
        last.resize(size, fill);
    }
    Ok(Value::generator(batches.into_iter().map(Value::list).collect()))
}

pub(super) fn slice(host: &dyn Host, value: Value, call: Call) -> Result<Value> {
    let [slices, fill] = call.bind("slice", ["slices", "fill_with"], 1)?;
    let slices = count(slices, "the number of slices")?;
    let fill = fill.filter(|fill| !matches!(fill, Value::None));
    let items = iterate(host, &value)?;
    host.budget().steps(slices)?;
    let (each, longer) = (items.len() / slices, items.len() % slices);
    let mut rest = items.as_slice();
    let mut sliced = Vec::with_capacity(slices);
    for i in 0..slices {
        let (slice, after) = rest.split_at((each + usize::from(i < longer)).min(rest.len()));
        rest = after;
        let padding = fill.iter().filter(|_| i >= longer).cloned();
        sliced.push(Value::list(slice.iter().cloned().chain(padding).collect()));
    }
    Ok(Value::generator(sliced))
}
