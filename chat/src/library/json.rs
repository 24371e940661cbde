//! `json.dumps`, as `transformers` calls it for `tojson`.

use super::call::{Call, wrong};
use super::host::Host;
use crate::error::{Error, Result};
use crate::value::{Dict, Text, TextBuf, Value, float_repr, order};

/// How JSON is written.
struct Style {
    ascii: bool,
    indent: Option<Text>,
    item_separator: Text,
    key_separator: Text,
    sorted: bool,
}

/// `value | tojson(ensure_ascii, indent, separators, sort_keys)`.
pub(super) fn to_json(host: &dyn Host, value: &Value, call: Call) -> Result<Value> {
    let [ascii, indent, separators, sorted] =
        call.bind("tojson", ["ensure_ascii", "indent", "separators", "sort_keys"], 0)?;
    let is_true = |value: Option<Value>| value.is_some_and(|value| value.truth());
    let indent = match indent {
        None | Some(Value::None) => None,
        Some(Value::Str(text)) => Some(text),
        Some(width) => {
            let spaces = width
                .as_int()
                .ok_or_else(|| wrong(&width, "`indent`", "a number or a string"))?;
            let spaces = usize::try_from(spaces).unwrap_or(0);
            host.budget().bytes(spaces)?;
            Some(" ".repeat(spaces).into())
        }
    };
    let (item_separator, key_separator) = match separators {
        None | Some(Value::None) => (if indent.is_some() { "," } else { ", " }.into(), ": ".into()),
        Some(Value::Tuple(pair) | Value::List(pair)) if pair.len() == 2 => match (&pair[0], &pair[1]) {
            (Value::Str(item), Value::Str(key)) => (item.clone(), key.clone()),
            _ => return Err(Error::new("`separators` must be two strings")),
        },
        Some(_) => return Err(Error::new("`separators` must be two strings")),
    };
    let style = Style {
        ascii: is_true(ascii),
        indent,
        item_separator,
        key_separator,
        sorted: is_true(sorted),
    };
    let mut out = TextBuf::default();
    style.write(host, &mut out, value, 0)?;
    Ok(out.finish().into())
}

impl Style {
    fn write(&self, host: &dyn Host, out: &mut TextBuf, value: &Value, level: usize) -> Result<()> {
        host.budget().steps(1)?;
        match value {
            Value::None => out.push_str("null"),
            Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Value::Int(value) => out.push_str(&value.to_string()),
            Value::Float(value) => out.push_str(&number(*value)),
            Value::Str(text) => {
                host.budget().bytes(text.len())?;
                self.string(out, text);
            }
            Value::List(items) | Value::Tuple(items) | Value::Group(items) => {
                self.brackets(host, out, ["[", "]"], items.iter(), level, |out, item| {
                    self.write(host, out, item, level + 1)
                })?;
            }
            Value::Dict(dict) => {
                let pairs = self.pairs(dict)?;
                self.brackets(host, out, ["{", "}"], pairs.into_iter(), level, |out, (key, value)| {
                    self.string(out, &key);
                    out.push(&self.key_separator);
                    self.write(host, out, value, level + 1)
                })?;
            }
            _ => return Err(Error::new(format!("`{}` has no form in JSON", value.type_name()))),
        }
        Ok(())
    }

    fn brackets<T>(
        &self,
        host: &dyn Host,
        out: &mut TextBuf,
        [open, close]: [&str; 2],
        items: impl Iterator<Item = T>,
        level: usize,
        mut write: impl FnMut(&mut TextBuf, T) -> Result<()>,
    ) -> Result<()> {
        out.push_str(open);
        let mut empty = true;
        for item in items {
            if !empty {
                out.push(&self.item_separator);
            }
            empty = false;
            self.newline(host, out, level + 1)?;
            write(out, item)?;
        }
        if !empty {
            self.newline(host, out, level)?;
        }
        out.push_str(close);
        Ok(())
    }

    fn newline(&self, host: &dyn Host, out: &mut TextBuf, level: usize) -> Result<()> {
        if let Some(indent) = &self.indent {
            host.budget().bytes(indent.len().saturating_mul(level))?;
            out.push_str("\n");
            (0..level).for_each(|_| out.push(indent));
        }
        Ok(())
    }

    fn pairs<'d>(&self, dict: &'d Dict) -> Result<Vec<(Text, &'d Value)>> {
        let mut pairs: Vec<(&Value, &Value)> = dict.iter().collect();
        if self.sorted {
            let mut failed = None;
            pairs.sort_by(|(a, _), (b, _)| match order(a, b, "<") {
                Ok(order) => order.unwrap_or(std::cmp::Ordering::Equal),
                Err(error) => {
                    failed = Some(error);
                    std::cmp::Ordering::Equal
                }
            });
            if let Some(error) = failed {
                return Err(error);
            }
        }
        pairs.into_iter().map(|(name, value)| Ok((key(name)?, value))).collect()
    }

    fn string(&self, out: &mut TextBuf, text: &Text) {
        out.push_str("\"");
        out.push_mapped(text, |c, out| match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\x08' => out.push_str("\\b"),
            '\x0c' => out.push_str("\\f"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c if self.ascii && !(' '..='~').contains(&c) => {
                let mut units = [0; 2];
                c.encode_utf16(&mut units)
                    .iter()
                    .for_each(|unit| out.push_str(&format!("\\u{unit:04x}")));
            }
            c => out.push(c),
        });
        out.push_str("\"");
    }
}

fn number(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned()
    } else {
        float_repr(value)
    }
}

fn key(value: &Value) -> Result<Text> {
    Ok(match value {
        Value::Str(text) => text.clone(),
        Value::None => "null".into(),
        Value::Bool(value) => if *value { "true" } else { "false" }.into(),
        Value::Int(value) => value.to_string().into(),
        Value::Float(value) => number(*value).into(),
        _ => return Err(Error::new(format!("`{}` cannot be a key in JSON", value.type_name()))),
    })
}
