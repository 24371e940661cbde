//! Several items of a list as one.

use super::part::Part;
use super::reader::Item;
use super::split::Separator;
use super::{name, relation};

/// Whether the values of `x_1, x_2, …` are numbers that do not fall as the index grows, so that the indices say no more
/// than the order of the values does.
fn ascend(items: &[Item]) -> bool {
    let numbered = |item: &Item| {
        let index = item.name.as_deref().and_then(name::index)?;
        let Part::Scalar(value) = &item.part else {
            return None;
        };
        Some((index, number(value)?))
    };
    let Some(mut values) = items.iter().map(numbered).collect::<Option<Vec<(u32, f64)>>>() else {
        return false;
    };
    values.sort_by_key(|(index, _)| *index);
    values.windows(2).all(|pair| pair[0].1 <= pair[1].1)
}

/// The value of a printed number, near enough to be ordered.
fn number(printed: &str) -> Option<f64> {
    match printed.split_once('/') {
        Some((numerator, denominator)) => Some(numerator.parse::<f64>().ok()? / denominator.parse::<f64>().ok()?),
        None => printed.parse().ok().filter(|value: &f64| value.is_finite()),
    }
}

/// Several items as one: a union of intervals, an interval bounded on both sides, or else a set.
pub(super) fn item(items: Vec<Item>, separator: Separator) -> Item {
    if separator == Separator::And
        && let [a, b] = items.as_slice()
        && let Some(both) = relation::both(a, b)
    {
        return both;
    }
    // "(1, 2) or (3, 4)" are two points, "1 < x < 2 or x > 3" two intervals.
    let points = items.iter().all(|item| item.name.is_none() && item.part.is_pair());
    if separator == Separator::Or && !points {
        let parts: Option<Vec<Vec<String>>> = items.iter().map(|item| item.part.clone().united()).collect();
        if let Some(parts) = parts {
            let part = Part::Union(parts.into_iter().flatten().collect());
            return Item {
                name: items[0].name.clone(),
                part,
            };
        }
    }
    let mut names: Vec<&String> = items.iter().filter_map(|item| item.name.as_ref()).collect();
    names.sort();
    names.dedup();
    if name::are_roots(&names) && ascend(&items) {
        names.truncate(1);
    }
    // x = 1, y = 2 is not x = 2, y = 1; but x = 1, x = 2 is 1, 2.
    let named = names.len() > 1;
    let mut members = Vec::new();
    for item in items {
        let prefix = match item.name {
            Some(name) if named => format!("{name}="),
            _ => String::new(),
        };
        match item.part {
            Part::Set(more) => members.extend(more.into_iter().map(|text| prefix.clone() + &text)),
            part => members.push(prefix + &part.print()),
        }
    }
    Item {
        name: None,
        part: Part::Set(members),
    }
}
