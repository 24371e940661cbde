//! Filters: what may follow `|`.

mod group;
mod number;
mod select;
mod sequence;
mod tags;
mod text;
mod wrap;

use super::call::Call;
use super::host::Host;
use super::json::to_json;
use crate::error::{Error, Result};
use crate::value::Value;

/// A filter: the value on its left, and its arguments.
type Filter = fn(&dyn Host, Value, Call) -> Result<Value>;

/// `value | name(…)`.
pub(crate) fn apply(host: &dyn Host, name: &str, value: Value, call: Call) -> Result<Value> {
    host.budget().steps(1)?;
    match find(name) {
        Some(filter) => filter(host, value, call),
        None => Err(Error::new(format!("there is no filter `{name}`"))),
    }
}

/// Whether there is a filter of this name.
pub(super) fn exists(name: &str) -> bool {
    find(name).is_some()
}

fn find(name: &str) -> Option<Filter> {
    Some(match name {
        "abs" => number::abs,
        "float" => number::float,
        "int" => number::int,
        "round" => number::round,
        "filesizeformat" => number::file_size,
        "sum" => number::sum,
        "capitalize" => text::capitalize,
        "center" => text::center,
        "e" | "escape" | "forceescape" => text::escape,
        "format" => text::format,
        "indent" => text::indent,
        "lower" => text::lower,
        "replace" => text::replace,
        "safe" | "string" => text::string,
        "pprint" => text::pretty,
        "striptags" => tags::strip_tags,
        "title" => text::title,
        "trim" => text::trim,
        "truncate" => text::truncate,
        "upper" => text::upper,
        "urlencode" => text::url_encode,
        "wordcount" => text::word_count,
        "wordwrap" => wrap::word_wrap,
        "xmlattr" => text::xml_attributes,
        "tojson" => |host, value, call| to_json(host, &value, call),
        "attr" => sequence::attr,
        "batch" => group::batch,
        "count" | "length" => sequence::length,
        "d" | "default" => sequence::default,
        "dictsort" => group::dict_sort,
        "first" => sequence::first,
        "groupby" => group::group_by,
        "items" => sequence::items,
        "join" => sequence::join,
        "last" => sequence::last,
        "list" => sequence::list,
        "max" => group::max,
        "min" => group::min,
        "reverse" => sequence::reverse,
        "slice" => group::slice,
        "sort" => group::sort,
        "unique" => group::unique,
        "map" => select::map,
        "select" => select::select,
        "reject" => select::reject,
        "selectattr" => select::select_attribute,
        "rejectattr" => select::reject_attribute,
        _ => return None,
    })
}
