//! The values of a template, which behave as Python's.

mod compare;
mod convert;
mod data;
mod dict;
mod make;
mod number;
mod operate;
mod repr;
mod scope;
mod shape;
mod slice;
mod text;

pub(crate) use compare::{contains, equal, order};
pub(crate) use data::{Bound, Cycler, Dict, Loop, MacroValue, Range, Recursion, Scope, Sequence, Value, View};
pub(crate) use number::{float_repr, parse_float, parse_int, round_half_even};
pub(crate) use operate::{negative, operate, positive};
pub(crate) use repr::{push_str, repr, to_text};
pub(crate) use slice::{item, slice};
pub(crate) use text::{Text, TextBuf, is_space};
