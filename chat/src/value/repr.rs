//! `str` and `repr` of values.

use super::data::{Value, View};
use super::number::float_repr;
use super::text::{Text, TextBuf};
use crate::budget::Budget;
use crate::error::Result;

/// `str(value)`, paid for before it is made.
pub(crate) fn to_text(budget: &Budget, value: &Value) -> Result<Text> {
    match value {
        Value::Str(text) => Ok(text.clone()),
        _ => {
            let mut out = TextBuf::default();
            push_str(budget, &mut out, value)?;
            Ok(out.finish())
        }
    }
}

/// Appends `str(value)`, paid for before it is made.
pub(crate) fn push_str(budget: &Budget, out: &mut TextBuf, value: &Value) -> Result<()> {
    budget.bytes(value.weight())?;
    match value {
        Value::Str(text) => out.push(text),
        Value::Undefined(_) => {}
        _ => push_repr(out, value),
    }
    Ok(())
}

/// `repr(value)`, paid for before it is made.
pub(crate) fn repr(budget: &Budget, value: &Value) -> Result<Text> {
    budget.bytes(value.weight())?;
    let mut out = TextBuf::default();
    push_repr(&mut out, value);
    Ok(out.finish())
}

fn push_repr(out: &mut TextBuf, value: &Value) {
    match value {
        Value::Undefined(_) => out.push_str("Undefined"),
        Value::None => out.push_str("None"),
        Value::Bool(true) => out.push_str("True"),
        Value::Bool(false) => out.push_str("False"),
        Value::Int(value) => out.push_str(&value.to_string()),
        Value::Float(value) => out.push_str(&float_repr(*value)),
        Value::Str(text) => quoted(out, text),
        Value::List(items) => push_items(out, "[", items.iter(), "]"),
        Value::Tuple(items) => push_items(out, "(", items.iter(), if items.len() == 1 { ",)" } else { ")" }),
        Value::Group(items) => push_items(out, "(", items.iter(), ")"),
        Value::Dict(dict) => {
            out.push_str("{");
            push_pairs(out, dict.iter());
            out.push_str("}");
        }
        Value::View(View::Keys, dict) => push_items(out, "dict_keys([", dict.iter().map(|(key, _)| key), "])"),
        Value::View(View::Values, dict) => push_items(out, "dict_values([", dict.iter().map(|(_, value)| value), "])"),
        Value::View(View::Items, dict) => {
            out.push_str("dict_items([");
            for (i, (key, value)) in dict.iter().enumerate() {
                out.push_str(if i > 0 { ", " } else { "" });
                push_items(out, "(", [key, value].into_iter(), ")");
            }
            out.push_str("])");
        }
        Value::Range(range) if range.step == 1 => out.push_str(&format!("range({}, {})", range.start, range.stop)),
        Value::Range(range) => out.push_str(&format!("range({}, {}, {})", range.start, range.stop, range.step)),
        Value::Namespace(dict) => {
            out.push_str("<Namespace {");
            push_pairs(out, dict.borrow().iter());
            out.push_str("}>");
        }
        Value::Loop(state) => {
            out.push_str(&format!(
                "<LoopContext {}/{}>",
                state.index.get() + 1,
                state.items.len()
            ));
        }
        Value::Macro(value) => out.push_str(&format!("<Macro '{}'>", value.definition.name)),
        // Python prints an address here, which no template can rely on.
        _ => out.push_str(&format!("<{} object>", value.type_name())),
    }
}

fn push_items<'v>(out: &mut TextBuf, open: &str, items: impl Iterator<Item = &'v Value>, close: &str) {
    out.push_str(open);
    for (i, item) in items.enumerate() {
        out.push_str(if i > 0 { ", " } else { "" });
        push_repr(out, item);
    }
    out.push_str(close);
}

fn push_pairs<'v>(out: &mut TextBuf, pairs: impl Iterator<Item = (&'v Value, &'v Value)>) {
    for (i, (key, value)) in pairs.enumerate() {
        out.push_str(if i > 0 { ", " } else { "" });
        push_repr(out, key);
        out.push_str(": ");
        push_repr(out, value);
    }
}

/// Appends a string in quotes: single ones, unless it has such and no double ones.
fn quoted(out: &mut TextBuf, text: &Text) {
    let quote = if text.as_str().contains('\'') && !text.as_str().contains('"') {
        '"'
    } else {
        '\''
    };
    out.push_char(quote);
    out.push_mapped(text, |c, out| match c {
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        c if c == quote => out.extend(['\\', c]),
        c if is_printable(c) => out.push(c),
        c => {
            let code = u32::from(c);
            out.push_str(&match code {
                0..=0xff => format!("\\x{code:02x}"),
                0x100..=0xffff => format!("\\u{code:04x}"),
                _ => format!("\\U{code:08x}"),
            });
        }
    });
    out.push_char(quote);
}

/// Whether Python prints the character as it is: no controls, formats, private or separating characters but the space.
fn is_printable(c: char) -> bool {
    let code = u32::from(c);
    !(c.is_control()
        || (c != ' ' && c.is_whitespace())
        || matches!(
            code,
            0xad | 0x600..=0x605 | 0x61c | 0x6dd | 0x70f | 0x890 | 0x891 | 0x8e2 | 0x180e
        )
        || matches!(code, 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x206f | 0xfeff | 0xfff9..=0xfffb)
        || matches!(code, 0xe000..=0xf8ff | 0xfffe | 0xffff | 0xe0001 | 0xe0020..=0xe007f | 0xf0000..=0x10_ffff))
}
