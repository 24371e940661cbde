//! Numbers and strings of a template, as Python writes them.

use super::token::Kind;
use crate::error::{Error, Result};

/// The number at the start of `rest` and its length. After a `.` only a whole number can follow (`a.0.1`).
pub(super) fn number(rest: &str, after_dot: bool) -> Result<(Kind, usize)> {
    if !after_dot && let Some(length) = float_length(rest) {
        let digits: String = rest[..length].chars().filter(|&c| c != '_').collect();
        let value = digits
            .parse()
            .map_err(|_| Error::new(format!("`{digits}` is not a number")))?;
        return Ok((Kind::Float(value), length));
    }
    let (radix, length) = integer_length(rest);
    let digits: String = rest[..length].chars().filter(|&c| c != '_').collect();
    let bare = if radix == 10 { digits.as_str() } else { &digits[2..] };
    let value =
        i128::from_str_radix(bare, radix).map_err(|_| Error::new(format!("the number `{digits}` is too big")))?;
    Ok((Kind::Int(value), length))
}

/// The length of digits with single underscores between them.
fn digits(rest: &str, is_digit: impl Fn(u8) -> bool) -> usize {
    let bytes = rest.as_bytes();
    let mut length = 0;
    loop {
        let underscore = usize::from(length > 0 && bytes.get(length) == Some(&b'_'));
        match bytes.get(length + underscore) {
            Some(&c) if is_digit(c) => length += underscore + 1,
            _ => return length,
        }
    }
}

fn float_length(rest: &str) -> Option<usize> {
    let decimal = |rest: &str| digits(rest, |c| c.is_ascii_digit());
    let whole = decimal(rest);
    let fraction = match rest[whole..].strip_prefix('.').map(decimal) {
        Some(length) if length > 0 => 1 + length,
        _ => 0,
    };
    let mantissa = whole + fraction;
    let exponent = rest[mantissa..].strip_prefix(['e', 'E']).map_or(0, |after| {
        let signed = usize::from(after.starts_with(['+', '-']));
        match decimal(&after[signed..]) {
            0 => 0,
            length => 1 + signed + length,
        }
    });
    (fraction + exponent > 0).then_some(mantissa + exponent)
}

fn integer_length(rest: &str) -> (u32, usize) {
    let lower = rest.as_bytes().get(1).map(u8::to_ascii_lowercase);
    if rest.starts_with('0') {
        let radix = match lower {
            Some(b'b') => 2,
            Some(b'o') => 8,
            Some(b'x') => 16,
            _ => 10,
        };
        if radix != 10 {
            let after = rest[2..].strip_prefix('_').map_or(2, |_| 3);
            let length = digits(&rest[after..], |c| char::from(c).is_digit(radix));
            if length > 0 {
                return (radix, after + length);
            }
        }
        return (10, digits(rest, |c| c == b'0'));
    }
    (10, digits(rest, |c| c.is_ascii_digit()))
}

/// The string at the start of `rest`, its escapes resolved as in Python, and its length with the quotes.
pub(super) fn string(rest: &str) -> Result<(String, usize)> {
    let mut chars = rest.char_indices();
    let quote = chars.next().map(|(_, c)| c);
    let mut text = String::new();
    while let Some((at, c)) = chars.next() {
        if Some(c) == quote {
            return Ok((text, at + c.len_utf8()));
        }
        if c != '\\' {
            text.push(c);
            continue;
        }
        let Some((_, escaped)) = chars.next() else { break };
        let simple = match escaped {
            '\n' => continue,
            '\\' | '\'' | '"' => escaped,
            'a' => '\x07',
            'b' => '\x08',
            'f' => '\x0c',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\x0b',
            'x' => hexadecimal(&mut chars, 2)?,
            'u' => hexadecimal(&mut chars, 4)?,
            'U' => hexadecimal(&mut chars, 8)?,
            '0'..='7' => octal(&mut chars, escaped)?,
            'N' => {
                return Err(Error::new(
                    "the escape `\\N{…}` is not supported; write the character itself",
                ));
            }
            // Jinja2 turns characters beyond ASCII into escapes first, whose backslash is then the escaped one.
            _ if !escaped.is_ascii() => {
                let code = u32::from(escaped);
                text.push_str(&match code {
                    0..=0xff => format!("\\x{code:02x}"),
                    0x100..=0xffff => format!("\\u{code:04x}"),
                    _ => format!("\\U{code:08x}"),
                });
                continue;
            }
            other => {
                text.push('\\');
                other
            }
        };
        text.push(simple);
    }
    Err(Error::new("a string has no end"))
}

fn hexadecimal(chars: &mut std::str::CharIndices<'_>, count: usize) -> Result<char> {
    let mut code = 0;
    for _ in 0..count {
        let digit = chars.next().and_then(|(_, c)| c.to_digit(16));
        code = code * 16 + digit.ok_or_else(|| Error::new("an escape in a string has too few digits"))?;
    }
    char::from_u32(code).ok_or_else(|| Error::new("an escape in a string names no character"))
}

fn octal(chars: &mut std::str::CharIndices<'_>, first: char) -> Result<char> {
    let mut code = first.to_digit(8).unwrap_or_default();
    for _ in 0..2 {
        let mut ahead = chars.clone();
        let Some(digit) = ahead.next().and_then(|(_, c)| c.to_digit(8)) else {
            break;
        };
        code = code * 8 + digit;
        *chars = ahead;
    }
    char::from_u32(code).ok_or_else(|| Error::new("an escape in a string names no character"))
}
