//! Methods that fill a string up to a width.

use crate::error::Result;
use crate::library::call::{Call, int, text, wrong};
use crate::library::host::Host;
use crate::value::{Text, TextBuf, Value};

pub(super) fn call(host: &dyn Host, receiver: &Text, name: &str, call: Call) -> Result<Value> {
    if name == "expandtabs" {
        let [size] = call.bind(name, ["tabsize"], 0)?;
        let size = size.map_or(Ok(8), |size| int(&size, "`tabsize`"))?;
        return Ok(expand_tabs(host, receiver, usize::try_from(size).unwrap_or(0))?.into());
    }
    let [width, fill] = call.bind(name, ["width", "fillchar"], 1)?;
    let width = int(&width.unwrap_or(Value::None), "the width")?;
    let width = usize::try_from(width).unwrap_or(0);
    if name == "zfill" {
        return Ok(zero_fill(host, receiver, width)?.into());
    }
    let fill = match fill {
        None => " ".into(),
        Some(value) => {
            let fill = text(&value, "`fillchar`")?;
            if fill.chars() != 1 {
                return Err(wrong(&value, "`fillchar`", "one character"));
            }
            fill
        }
    };
    let missing = width.saturating_sub(receiver.chars());
    let left = match name {
        "ljust" => 0,
        "rjust" => missing,
        _ => missing / 2 + (missing & width & 1),
    };
    Ok(filled(host, receiver, left, missing - left, &fill)?.into())
}

/// `text.center(width)`.
pub(crate) fn center(host: &dyn Host, text: &Text, width: i128) -> Result<Text> {
    let width = usize::try_from(width).unwrap_or(0);
    let missing = width.saturating_sub(text.chars());
    let left = missing / 2 + (missing & width & 1);
    filled(host, text, left, missing - left, &" ".into())
}

/// `text` with `fill` so many times on both sides.
pub(crate) fn filled(host: &dyn Host, text: &Text, left: usize, right: usize, fill: &Text) -> Result<Text> {
    let added = left.saturating_add(right).saturating_mul(fill.len());
    host.budget().bytes(text.len().saturating_add(added))?;
    let mut out = TextBuf::default();
    out.push_times(fill, left);
    out.push(text);
    out.push_times(fill, right);
    Ok(out.finish())
}

fn zero_fill(host: &dyn Host, text: &Text, width: usize) -> Result<Text> {
    let missing = width.saturating_sub(text.chars());
    host.budget().bytes(text.len().saturating_add(missing))?;
    let sign = usize::from(text.as_str().starts_with(['+', '-']));
    let mut out = TextBuf::default();
    out.push_slice(text, 0..sign);
    (0..missing).for_each(|_| out.push_char('0'));
    out.push_slice(text, sign..text.len());
    Ok(out.finish())
}

fn expand_tabs(host: &dyn Host, text: &Text, size: usize) -> Result<Text> {
    let tabs = text.as_str().matches('\t').count();
    host.budget()
        .bytes(text.len().saturating_add(tabs.saturating_mul(size)))?;
    let mut column = 0;
    let mut out = TextBuf::default();
    out.push_mapped(text, |c, out| match c {
        '\t' => {
            let spaces = if size == 0 { 0 } else { size - column % size };
            out.extend(std::iter::repeat_n(' ', spaces));
            column += spaces;
        }
        _ => {
            out.push(c);
            column = if matches!(c, '\n' | '\r') { 0 } else { column + 1 };
        }
    });
    Ok(out.finish())
}
