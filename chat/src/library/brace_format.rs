//! `"…{}…".format(values)`.

use super::host::Host;
use super::lookup::{attribute, subscript};
use super::spec::Spec;
use crate::error::{Error, Result};
use crate::value::{Text, TextBuf, Value, repr, to_text};

/// How deeply fields may be nested in the formats of fields, as in Python.
const MAX_NESTING: usize = 2;

/// `format.format(*positional, **named)`.
pub(crate) fn format(
    host: &dyn Host,
    format: &Text,
    positional: &[Value],
    named: &dyn Fn(&str) -> Option<Value>,
) -> Result<Value> {
    let mut formatter = Formatter {
        host,
        positional,
        named,
        next: 0,
        numbered: None,
    };
    Ok(formatter.format(format, MAX_NESTING)?.into())
}

struct Formatter<'v> {
    host: &'v dyn Host,
    positional: &'v [Value],
    named: &'v dyn Fn(&str) -> Option<Value>,
    /// The number of the next field without a name.
    next: usize,
    /// Whether fields are numbered by hand, once one was seen.
    numbered: Option<bool>,
}

impl Formatter<'_> {
    fn format(&mut self, format: &Text, nesting: usize) -> Result<Text> {
        let text = format.as_str();
        let mut out = TextBuf::default();
        let mut at = 0;
        while let Some(found) = text[at..].find(['{', '}']) {
            let brace = at + found;
            out.push_slice(format, at..brace);
            let doubled = text[brace + 1..].starts_with(&text[brace..=brace]);
            if doubled {
                out.push_slice(format, brace..brace + 1);
                at = brace + 2;
            } else if text[brace..].starts_with('}') {
                return Err(Error::new("a format has a single `}`"));
            } else {
                let end = closing(&text[brace + 1..]).ok_or_else(|| Error::new("a format has a `{` without `}`"))?;
                let piece = self.field(&format.slice(brace + 1..brace + 1 + end), nesting)?;
                self.host.budget().bytes(piece.len())?;
                out.push(&piece);
                at = brace + 1 + end + 1;
            }
        }
        out.push_slice(format, at..text.len());
        Ok(out.finish())
    }

    /// A field: a name with attributes and items, a conversion after `!`, a format after `:`.
    fn field(&mut self, field: &Text, nesting: usize) -> Result<Text> {
        let text = field.as_str();
        let mut brackets = 0;
        let name_end = text.find(|c| {
            brackets += i32::from(c == '[') - i32::from(c == ']');
            brackets <= 0 && matches!(c, '!' | ':')
        });
        let (name, rest) = text.split_at(name_end.unwrap_or(text.len()));
        let (conversion, spec) = match rest.strip_prefix('!') {
            Some(rest) => {
                let letter = rest
                    .chars()
                    .next()
                    .ok_or_else(|| Error::new("a format ends after `!`"))?;
                (
                    Some(letter),
                    rest[letter.len_utf8()..].strip_prefix(':').unwrap_or_default(),
                )
            }
            None => (None, rest.strip_prefix(':').unwrap_or_default()),
        };
        let value = self.value(name)?;
        let value = match conversion {
            None => value,
            Some('s') => to_text(self.host.budget(), &value)?.into(),
            Some('r' | 'a') => repr(self.host.budget(), &value)?.into(),
            Some(other) => return Err(Error::new(format!("`!{other}` is not a conversion"))),
        };
        if spec.is_empty() {
            return to_text(self.host.budget(), &value);
        }
        let spec = match nesting.checked_sub(1) {
            Some(nesting) => self.format(&field.part(spec), nesting)?,
            None => return Err(Error::new("the fields of a format are nested too deeply")),
        };
        Spec::parse(&spec)?.format(self.host, &value)
    }

    /// The value of `name.attribute[item]`.
    fn value(&mut self, name: &str) -> Result<Value> {
        let (first, mut rest) = name.split_at(name.find(['.', '[']).unwrap_or(name.len()));
        // As in Python's `string.Formatter`, a field is counted only if it has no name at all.
        let by_hand = first.parse().ok();
        let counted = name.is_empty();
        if (counted || by_hand.is_some()) && *self.numbered.get_or_insert(!counted) == counted {
            return Err(Error::new("a format mixes numbered fields with others"));
        }
        let index: Option<usize> = if counted { Some(self.next) } else { by_hand };
        self.next += usize::from(counted);
        let found = match index {
            Some(index) => self.positional.get(index).cloned(),
            None => (self.named)(first),
        };
        let mut value = found.ok_or_else(|| Error::new(format!("`format` was given no value for `{{{first}}}`")))?;
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix('.') {
                let end = after.find(['.', '[']).unwrap_or(after.len());
                value = attribute(&value, &after[..end])?;
                rest = &after[end..];
            } else {
                let end = rest
                    .find(']')
                    .ok_or_else(|| Error::new("a format has a `[` without `]`"))?;
                let key = rest.get(1..end).unwrap_or_default();
                value = subscript(&value, &key.parse().map_or_else(|_| key.into(), Value::Int))?;
                rest = &rest[end + 1..];
            }
        }
        Ok(value)
    }
}

/// Where the brace that is open at the start of `text` closes.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 1;
    text.char_indices().find_map(|(at, c)| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        (depth == 0).then_some(at)
    })
}
