//! Filters of texts.

use crate::error::{Error, Result};
use crate::library::call::{Call, int, text as as_text, wrong};
use crate::library::host::Host;
use crate::library::iterate::iterate;
use crate::library::methods::{self, cased, change, lines, strip};
use crate::library::percent_format::percent;
use crate::value::{Text, TextBuf, Value, View, repr, slice, to_text};

pub(super) fn string(host: &dyn Host, value: Value, call: Call) -> Result<Value> {
    call.bind("string", [], 0)?;
    Ok(to_text(host.budget(), &value)?.into())
}

pub(super) fn pretty(host: &dyn Host, value: Value, call: Call) -> Result<Value> {
    call.bind("pprint", [], 0)?;
    Ok(repr(host.budget(), &value)?.into())
}

pub(super) fn lower(host: &dyn Host, value: Value, call: Call) -> Result<Value> {
    in_case(host, &value, call, "lower")
}

pub(super) fn upper(host: &dyn Host, value: Value, call: Call) -> Result<Value> {
    in_case(host, &value, call, "upper")
}

pub(super) fn capitalize(host: &dyn Host, value: Value, call: Call) -> Result<Value> {
    in_case(host, &value, call, "capitalize")
}

fn in_case(host: &dyn Host, value: &Value, call: Call, name: &str) -> Result<Value> {
    call.bind(name, [], 0)?;
    let text = to_text(host.budget(), value)?;
    host.budget().bytes(text.len())?;
    Ok(change(&text, name).into())
}

/// Words begin after spaces, hyphens and opening brackets; unlike `str.title`, not after apostrophes and digits.
pub(super) fn title(host: &dyn Host, value: Value, call: Call) -> Result<Value> {
    call.bind("title", [], 0)?;
    let text = to_text(host.budget(), &value)?;
    host.budget().bytes(text.len())?;
    let mut begins = true;
    let mut out = TextBuf::default();
    out.push_mapped(&text, |c, out| {
        cased(c, begins, out);
        begins = crate::value::is_space(c) || matches!(c, '-' | '(' | '{' | '[' | '<');
    });
    Ok(out.finish().into())
}

pub(super) fn trim(host: &dyn Host, value: Value, call: Call) -> Result<Value> {
    let [chars] = call.bind("trim", ["chars"], 0)?;
    let text = to_text(host.budget(), &value)?;
    host.budget().bytes(text.len())?;
    let chars = match chars {
        None | Some(Value::None) => None,
        Some(chars) => Some(as_text(&chars, "the characters to trim")?),
    };
    Ok(strip(&text, chars.as_ref(), true, true).into())
}

pub(super) fn replace(host: &dyn Host, value: Value, call: Call) -> Result<Value> {
    let [old, new, count] = call.bind("replace", ["old", "new", "count"], 2)?;
    let (old, new) = (
        to_text(host.budget(), &old.unwrap_or(Value::None))?,
        to_text(host.budget(), &new.unwrap_or(Value::None))?,
    );
    let count = match count {
        None | Some(Value::None) => None,
        Some(count) => usize::try_from(int(&count, "`count`")?).ok(),
    };
    Ok(methods::replace(host, &to_text(host.budget(), &value)?, &old, &new, count)?.into())
}

pub(super) fn center(host: &dyn Host, value: Value, call: Call) -> Result<Value> {
    let [width] = call.bind("center", ["width"], 0)?;
    let width = width.map_or(Ok(80), |width| int(&width, "the width"))?;
    Ok(methods::center(host, &to_text(host.budget(), &value)?, width)?.into())
}

pub(super) fn format(host: &dyn Host, value: Value, call: Call) -> Result<Value> {
    if !call.positional.is_empty() && !call.named.is_empty() {
        return Err(Error::new("`format` takes arguments either in order or by name"));
    }
    let format = to_text(host.budget(), &value)?;
    let values = if call.named.is_empty() {
        Value::tuple(call.positional)
    } else {
        Value::dict(call.into_dict())
    };
    Ok(percent(host, &format, &values)?.into())
}

pub(super) fn indent(host: &dyn Host, value: Value, call: Call) -> Result<Value> {
    let [width, first, blank] = call.bind("indent", ["width", "first", "blank"], 0)?;
    let is_true = |value: Option<Value>| value.is_some_and(|value| value.truth());
    let (first, blank) = (is_true(first), is_true(blank));
    let text = as_text(&value, "what `indent` is applied to")?;
    let indention: Text = match width {
        Some(Value::Str(text)) => text,
        width => {
            let width = width.map_or(Ok(4), |width| int(&width, "the width"))?;
            let width = usize::try_from(width).unwrap_or(0);
            host.budget().bytes(width)?;
            " ".repeat(width).into()
        }
    };
    // A newline is added, so that a text that ends with one has a last, empty line.
    let ended = format!("{}\n", text.as_str());
    let lines = lines(&ended, false);
    host.budget()
        .bytes(text.len().saturating_add(lines.len().saturating_mul(indention.len())))?;
    let mut out = TextBuf::default();
    for (i, line) in lines.iter().enumerate() {
        if i > 0 {
            out.push_str("\n");
        }
        let indents = if i == 0 { first } else { blank || !line.is_empty() };
        if indents {
            out.push(&indention);
        }
        let start = line.as_ptr() as usize - ended.as_ptr() as usize;
        out.push_slice(&text, start..start + line.len());
    }
    Ok(out.finish().into())
}

pub(super) fn truncate(host: &dyn Host, value: Value, call: Call) -> Result<Value> {
    let [length, kill_words, end, leeway] = call.bind("truncate", ["length", "killwords", "end", "leeway"], 0)?;
    let length = length.map_or(Ok(255), |length| int(&length, "`length`"))?;
    let end = end.map_or_else(|| Ok("...".into()), |end| as_text(&end, "`end`"))?;
    let leeway = match leeway {
        None | Some(Value::None) => 5,
        Some(leeway) => int(&leeway, "`leeway`")?,
    };
    let kept = length - end.chars() as i128;
    if kept < 0 || leeway < 0 {
        return Err(Error::new("the length of `truncate` must be at least that of its end"));
    }
    let chars = value
        .length()
        .ok_or_else(|| wrong(&value, "what `truncate` is applied to", "a string"))?;
    if chars as i128 <= length.saturating_add(leeway) {
        return Ok(value);
    }
    let text = as_text(&value, "what `truncate` is applied to")?;
    host.budget().bytes(text.len())?;
    let cut = slice(&value, [&Value::None, &Value::Int(kept), &Value::None])?.unwrap_or(value);
    let mut cut = to_text(host.budget(), &cut)?;
    if !kill_words.is_some_and(|kill| kill.truth())
        && let Some(space) = cut.as_str().rfind(' ')
    {
        cut = cut.slice(0..space);
    }
    let mut out = TextBuf::default();
    out.push(&cut);
    out.push(&end);
    Ok(out.finish().into())
}

pub(super) fn word_count(host: &dyn Host, value: Value, call: Call) -> Result<Value> {
    call.bind("wordcount", [], 0)?;
    let text = to_text(host.budget(), &value)?;
    host.budget().bytes(text.len())?;
    let words = text.as_str().split(|c: char| !c.is_alphanumeric() && c != '_');
    Ok(words.filter(|word| !word.is_empty()).count().into())
}

/// The value with the characters escaped that mean something in HTML.
pub(super) fn escape(host: &dyn Host, value: Value, call: Call) -> Result<Value> {
    call.bind("escape", [], 0)?;
    Ok(escaped(host, &to_text(host.budget(), &value)?)?.into())
}

fn escaped(host: &dyn Host, text: &Text) -> Result<Text> {
    host.budget().bytes(text.len().saturating_mul(5))?;
    let mut out = TextBuf::default();
    out.push_mapped(text, |c, out| match c {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '\'' => out.push_str("&#39;"),
        '"' => out.push_str("&#34;"),
        c => out.push(c),
    });
    Ok(out.finish())
}

pub(super) fn xml_attributes(host: &dyn Host, value: Value, call: Call) -> Result<Value> {
    let [space] = call.bind("xmlattr", ["autospace"], 0)?;
    let Value::Dict(dict) = &value else {
        return Err(wrong(&value, "what `xmlattr` is applied to", "a dictionary"));
    };
    let mut out = TextBuf::default();
    for (key, value) in dict
        .iter()
        .filter(|(_, value)| !matches!(value, Value::None | Value::Undefined(_)))
    {
        let key = to_text(host.budget(), key)?;
        if key
            .as_str()
            .contains([' ', '\t', '\n', '\r', '\x0b', '\x0c', '/', '>', '='])
        {
            return Err(Error::new(
                "the name of an XML attribute has a character that it cannot have",
            ));
        }
        if out.len() > 0 || space.as_ref().is_none_or(Value::truth) {
            out.push_str(" ");
        }
        out.push(&escaped(host, &key)?);
        out.push_str("=\"");
        out.push(&escaped(host, &to_text(host.budget(), value)?)?);
        out.push_str("\"");
    }
    Ok(out.finish().into())
}

pub(super) fn url_encode(host: &dyn Host, value: Value, call: Call) -> Result<Value> {
    call.bind("urlencode", [], 0)?;
    let pairs = match &value {
        Value::Dict(dict) => iterate(host, &Value::View(View::Items, dict.clone()))?,
        Value::List(_) | Value::Tuple(_) | Value::Iterator(_) | Value::View(..) => iterate(host, &value)?,
        _ => return Ok(quoted(host, &to_text(host.budget(), &value)?, false)?.into()),
    };
    let mut out = TextBuf::default();
    for pair in &pairs {
        let [key, value] = iterate(host, pair)?
            .try_into()
            .map_err(|_| wrong(pair, "what `urlencode` is applied to", "a string or pairs"))?;
        if out.len() > 0 {
            out.push_str("&");
        }
        out.push(&quoted(host, &to_text(host.budget(), &key)?, true)?);
        out.push_str("=");
        out.push(&quoted(host, &to_text(host.budget(), &value)?, true)?);
    }
    Ok(out.finish().into())
}

fn quoted(host: &dyn Host, text: &Text, in_query: bool) -> Result<Text> {
    host.budget().bytes(text.len().saturating_mul(3))?;
    let mut out = TextBuf::default();
    out.push_mapped(text, |c, out| {
        if c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '~') || (c == '/' && !in_query) {
            out.push(c);
        } else if c == ' ' && in_query {
            out.push('+');
        } else {
            let mut bytes = [0; 4];
            c.encode_utf8(&mut bytes)
                .bytes()
                .for_each(|byte| out.push_str(&format!("%{byte:02X}")));
        }
    });
    Ok(out.finish())
}
