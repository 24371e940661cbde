//! `"…%s…" % values`.

use super::host::Host;
use super::spec::{Spec, size};
use crate::error::{Error, Result};
use crate::value::{Text, TextBuf, Value, repr, to_text};

/// `format % values`.
pub(crate) fn percent(host: &dyn Host, format: &Text, values: &Value) -> Result<Text> {
    let single = std::slice::from_ref(values);
    let mut arguments = Arguments {
        values: if let Value::Tuple(items) = values {
            items
        } else {
            single
        },
        whole: values,
        used: 0,
    };
    let text = format.as_str();
    let mut out = TextBuf::default();
    let mut at = 0;
    while let Some(found) = text[at..].find('%') {
        out.push_slice(format, at..at + found);
        at += found + 1;
        let (piece, length) = conversion(host, format, at, &mut arguments)?;
        host.budget().bytes(piece.len())?;
        out.push(&piece);
        at += length;
    }
    out.push_slice(format, at..text.len());
    if arguments.used < arguments.values.len()
        && !matches!(values, Value::Dict(_) | Value::List(_) | Value::Undefined(_))
    {
        return Err(Error::new("`%` was given more values than the format uses"));
    }
    Ok(out.finish())
}

struct Arguments<'v> {
    values: &'v [Value],
    whole: &'v Value,
    used: usize,
}

impl Arguments<'_> {
    fn next(&mut self) -> Result<Value> {
        let value = self.values.get(self.used).cloned();
        self.used += 1;
        value.ok_or_else(|| Error::new("`%` was given fewer values than the format uses"))
    }

    fn named(&self, key: &str) -> Result<Value> {
        match self.whole {
            Value::Dict(dict) => {
                let found = dict.get_str(key).cloned();
                found.ok_or_else(|| Error::new(format!("`%({key})` names no value")))
            }
            _ => Err(Error::new("`%(…)` needs a dictionary")),
        }
    }
}

/// What the conversion at `at`, after a `%`, gives, and its length.
fn conversion(host: &dyn Host, format: &Text, at: usize, arguments: &mut Arguments<'_>) -> Result<(Text, usize)> {
    let rest = &format.as_str()[at..];
    let incomplete = || Error::new("the format ends within a `%`");
    let mut left = rest;
    let mut given = None;
    if let Some(after) = left.strip_prefix('(') {
        let end = closing(after).ok_or_else(incomplete)?;
        given = Some(arguments.named(&after[..end])?);
        left = &after[end + 1..];
    }
    let mut spec = Spec::default();
    let mut zero = false;
    while let Some(flag) = left.chars().next().filter(|c| "#0- +".contains(*c)) {
        match flag {
            '#' => spec.alternate = true,
            '0' => zero = true,
            '-' => spec.align = Some('<'),
            '+' => spec.sign = Some('+'),
            _ => spec.sign = spec.sign.or(Some(' ')),
        }
        left = &left[1..];
    }
    let mut counted = |left: &mut &str| -> Result<i128> {
        if let Some(after) = left.strip_prefix('*') {
            *left = after;
            let value = arguments.next()?;
            return value.as_int().ok_or_else(|| Error::new("`*` needs a whole number"));
        }
        let end = left.find(|c: char| !c.is_ascii_digit()).unwrap_or(left.len());
        let digits = &left[..end];
        *left = &left[end..];
        Ok(size(digits)? as i128)
    };
    let width = counted(&mut left)?;
    if width < 0 {
        spec.align = Some('<');
    }
    spec.width = usize::try_from(width.unsigned_abs()).unwrap_or(usize::MAX);
    if let Some(after) = left.strip_prefix('.') {
        left = after;
        spec.precision = Some(usize::try_from(counted(&mut left)?).unwrap_or(0));
    }
    left = left.strip_prefix(['h', 'l', 'L']).unwrap_or(left);
    let letter = left.chars().next().ok_or_else(incomplete)?;
    let length = rest.len() - left.len() + letter.len_utf8();
    if letter == '%' {
        return Ok((format.slice(at + length - 1..at + length), length));
    }
    let value = match given {
        Some(value) => value,
        None => arguments.next()?,
    };
    if zero && spec.align.is_none() && !matches!(letter, 'c' | 'r' | 's' | 'a') {
        (spec.fill, spec.align) = (Some("0".into()), Some('='));
    }
    Ok((one(host, spec, letter, &value)?, length))
}

/// Where the parenthesis that is open at the start of `text` closes.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 1;
    text.char_indices().find_map(|(at, c)| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        (depth == 0).then_some(at)
    })
}

fn one(host: &dyn Host, mut spec: Spec, letter: char, value: &Value) -> Result<Text> {
    let needs = |what: &str| Error::new(format!("`%{letter}` needs {what}, not `{}`", value.type_name()));
    match letter {
        's' => spec.text(host, &to_text(host.budget(), value)?, '>'),
        'r' | 'a' => spec.text(host, &repr(host.budget(), value)?, '>'),
        'c' => match value {
            Value::Str(text) if text.chars() == 1 => spec.text(host, text, '>'),
            Value::Int(_) => {
                spec.conversion = Some('c');
                let number = spec.int(value.as_int().unwrap_or_default())?;
                spec.text(host, &number.digits.into(), '>')
            }
            _ => Err(needs("a character")),
        },
        'd' | 'i' | 'u' => {
            let whole = match value {
                Value::Float(value) if value.is_finite() => value.trunc() as i128,
                _ => value.as_int().ok_or_else(|| needs("a number"))?,
            };
            integer(host, spec, 'd', whole)
        }
        'o' | 'x' | 'X' => integer(
            host,
            spec,
            letter,
            value.as_int().ok_or_else(|| needs("a whole number"))?,
        ),
        'e' | 'E' | 'f' | 'F' | 'g' | 'G' => {
            spec.conversion = Some(letter);
            let number = spec.float(value.as_float().ok_or_else(|| needs("a number"))?)?;
            spec.number(host, &number)
        }
        _ => Err(Error::new(format!("`%{letter}` is not a format"))),
    }
}

/// A whole number, with at least as many digits as the precision says.
fn integer(host: &dyn Host, mut spec: Spec, letter: char, value: i128) -> Result<Text> {
    spec.conversion = Some(letter);
    let mut number = spec.int(value)?;
    let missing = spec.precision.unwrap_or(0).saturating_sub(number.digits.len());
    host.budget().bytes(missing)?;
    number.digits.insert_str(0, &"0".repeat(missing));
    spec.number(host, &number)
}
