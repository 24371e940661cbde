//! What templates can call: methods of values, filters, tests and functions.

mod brace_format;
mod call;
mod filters;
mod functions;
mod host;
mod iterate;
mod json;
mod lookup;
mod methods;
mod percent_format;
mod spec;
mod strftime;
mod tests;

pub(crate) use call::Call;
pub(crate) use filters::apply as filter;
pub(crate) use functions::{call as call_function, check_attribute, find as find_function};
pub(crate) use host::Host;
pub(crate) use iterate::iterate;
pub(crate) use lookup::{attribute, subscript};
pub(crate) use methods::call as call_method;
pub(crate) use percent_format::percent;
pub(crate) use tests::apply as test;
