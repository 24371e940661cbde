//! Numbers and strings in a given format, as `%` and `format` share it.

use super::host::Host;
use super::methods::filled;
use crate::error::{Error, Result};
use crate::value::{Text, TextBuf, Value, to_text};

/// Most digits after the point.
const MAX_PRECISION: usize = 1000;

/// What stands between `{` and `}` after the colon, or between `%` and the conversion.
#[derive(Debug, Clone, Default)]
pub(crate) struct Spec {
    /// A character.
    pub fill: Option<Text>,
    /// `<`, `>`, `^` or `=`.
    pub align: Option<char>,
    /// `+` or a space, in front of numbers that are not negative.
    pub sign: Option<char>,
    pub alternate: bool,
    pub width: usize,
    /// `,` or `_` between groups of digits.
    pub grouping: Option<char>,
    pub precision: Option<usize>,
    /// The conversion: `d`, `x`, `f`, `s`, ….
    pub conversion: Option<char>,
}

impl Spec {
    /// The specification after a colon.
    pub fn parse(format: &Text) -> Result<Self> {
        let text = format.as_str();
        let chars: Vec<char> = text.chars().collect();
        let mut spec = Self::default();
        let mut at = 0;
        let is_align = |at: usize| chars.get(at).is_some_and(|c| "<>=^".contains(*c));
        if is_align(1) {
            let fill = format.slice(0..chars.first().map_or(0, |c| c.len_utf8()));
            (spec.fill, spec.align, at) = (Some(fill), chars.get(1).copied(), 2);
        } else if is_align(0) {
            (spec.align, at) = (chars.first().copied(), 1);
        }
        let mut take = |wanted: &str| {
            let found = chars.get(at).copied().filter(|c| wanted.contains(*c));
            at += usize::from(found.is_some());
            found
        };
        spec.sign = take("+- ").filter(|&sign| sign != '-');
        spec.alternate = take("#").is_some();
        if take("0").is_some() && spec.align.is_none() {
            (spec.fill, spec.align) = (spec.fill.or(Some("0".into())), Some('='));
        }
        let mut number = String::new();
        while let Some(digit) = take("0123456789") {
            number.push(digit);
        }
        spec.width = size(&number)?;
        spec.grouping = take(",_");
        if take(".").is_some() {
            let mut number = String::new();
            while let Some(digit) = take("0123456789") {
                number.push(digit);
            }
            if number.is_empty() {
                return Err(Error::new("the format has no precision after its point"));
            }
            spec.precision = Some(size(&number)?);
        }
        spec.conversion = take("bcdeEfFgGnosxX%");
        if at < chars.len() {
            return Err(Error::new(format!("`{text}` is not a format")));
        }
        Ok(spec)
    }

    /// `format(value, spec)`.
    pub fn format(&self, host: &dyn Host, value: &Value) -> Result<Text> {
        let number = match (value, self.conversion) {
            (Value::Str(text), None | Some('s')) => return self.text(host, text, '<'),
            (Value::Bool(_) | Value::Int(_), Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%')) | (Value::Float(_), _) => {
                self.float(value.as_float().unwrap_or_default())?
            }
            (Value::Bool(_), None) if self.width == 0 => return to_text(host.budget(), value),
            (Value::Bool(_) | Value::Int(_), _) => self.int(value.as_int().unwrap_or_default())?,
            _ => {
                return Err(Error::new(format!(
                    "`{}` cannot be formatted in this way",
                    value.type_name()
                )));
            }
        };
        self.number(host, &number)
    }

    /// A text, cut to the precision and filled up to the width.
    pub fn text(&self, host: &dyn Host, text: &Text, align: char) -> Result<Text> {
        let end = text
            .as_str()
            .char_indices()
            .nth(self.precision.unwrap_or(usize::MAX))
            .map_or(text.len(), |(at, _)| at);
        let cut = text.slice(0..end);
        self.fill(host, &cut, self.align.unwrap_or(align))
    }

    fn fill(&self, host: &dyn Host, text: &Text, align: char) -> Result<Text> {
        let missing = self.width.saturating_sub(text.chars());
        let left = match align {
            '<' => 0,
            '^' => missing / 2,
            _ => missing,
        };
        filled(host, text, left, missing - left, &self.filling())
    }

    fn filling(&self) -> Text {
        self.fill.clone().unwrap_or_else(|| " ".into())
    }

    /// A number as it was written, with sign, prefix and filling.
    pub fn number(&self, host: &dyn Host, number: &Number) -> Result<Text> {
        let sign = if number.negative {
            "-"
        } else {
            self.sign.map_or("", |c| if c == '+' { "+" } else { " " })
        };
        let head = format!("{sign}{}", number.prefix);
        if self.align == Some('=') {
            let missing = self.width.saturating_sub(head.len() + number.digits.len());
            let digits = filled(host, &number.digits.as_str().into(), missing, 0, &self.filling())?;
            let mut out = TextBuf::default();
            out.push_str(&head);
            out.push(&digits);
            return Ok(out.finish());
        }
        self.fill(host, &(head + &number.digits).into(), self.align.unwrap_or('>'))
    }

    /// A whole number in the base of the conversion.
    pub fn int(&self, value: i128) -> Result<Number> {
        let (negative, value) = (value < 0, value.unsigned_abs());
        let (prefix, digits, group) = match self.conversion {
            Some('b') => ("0b", format!("{value:b}"), 4),
            Some('o') => ("0o", format!("{value:o}"), 4),
            Some('x') => ("0x", format!("{value:x}"), 4),
            Some('X') => ("0X", format!("{value:X}"), 4),
            Some('c') => {
                let c = u32::try_from(value).ok().and_then(char::from_u32);
                (
                    "",
                    c.ok_or_else(|| Error::new("no character has this number"))?.to_string(),
                    3,
                )
            }
            None | Some('d' | 'n') => ("", value.to_string(), 3),
            Some(other) => return Err(Error::new(format!("a whole number has no format `{other}`"))),
        };
        let prefix = if self.alternate { prefix } else { "" };
        Ok(Number {
            negative,
            prefix,
            digits: self.grouped(digits, group),
        })
    }

    /// A float in the notation of the conversion.
    pub fn float(&self, value: f64) -> Result<Number> {
        if self.precision.is_some_and(|precision| precision > MAX_PRECISION) {
            return Err(Error::new(format!(
                "a number cannot have more than {MAX_PRECISION} digits after its point"
            )));
        }
        let digits = match self.conversion {
            None if self.precision.is_none() => crate::value::float_repr(value.abs()),
            None => with_point(float_digits(value.abs(), 'g', self.precision, false)),
            Some('%') => float_digits(value.abs() * 100.0, 'f', self.precision, self.alternate) + "%",
            Some(conversion @ ('e' | 'E' | 'f' | 'F' | 'g' | 'G')) => {
                float_digits(value.abs(), conversion, self.precision, self.alternate)
            }
            Some('n') => float_digits(value.abs(), 'g', self.precision, self.alternate),
            Some(other) => return Err(Error::new(format!("a float has no format `{other}`"))),
        };
        Ok(Number {
            negative: value.is_sign_negative() && !value.is_nan(),
            prefix: "",
            digits: self.grouped(digits, 3),
        })
    }

    /// Digits with a separator between groups of `size` before the point.
    fn grouped(&self, digits: String, size: usize) -> String {
        let Some(separator) = self.grouping else { return digits };
        let end = digits
            .find(|c: char| !c.is_ascii_hexdigit() || c == 'e')
            .unwrap_or(digits.len());
        let mut grouped = String::new();
        for (i, c) in digits[..end].chars().enumerate() {
            if i > 0 && (end - i).is_multiple_of(size) {
                grouped.push(separator);
            }
            grouped.push(c);
        }
        grouped + &digits[end..]
    }
}

/// A number without its sign.
pub(crate) struct Number {
    pub negative: bool,
    pub prefix: &'static str,
    pub digits: String,
}

/// A width or a precision.
pub(crate) fn size(digits: &str) -> Result<usize> {
    if digits.is_empty() {
        return Ok(0);
    }
    digits
        .parse()
        .map_err(|_| Error::new(format!("the width `{digits}` is too big")))
}

fn with_point(digits: String) -> String {
    if digits.contains(['.', 'e', 'n', 'i']) {
        digits
    } else {
        digits + ".0"
    }
}

/// A float that is not negative in the notation `e`, `f` or `g`, in capitals if the letter is one.
fn float_digits(value: f64, conversion: char, precision: Option<usize>, alternate: bool) -> String {
    let digits = if value.is_nan() {
        "nan".to_owned()
    } else if value.is_infinite() {
        "inf".to_owned()
    } else {
        let precision = precision.unwrap_or(6);
        match conversion.to_ascii_lowercase() {
            'f' => format!("{value:.precision$}"),
            'e' => exponential(value, precision),
            _ => general(value, precision.max(1), alternate),
        }
    };
    if conversion.is_ascii_uppercase() {
        digits.to_ascii_uppercase()
    } else {
        digits
    }
}

fn exponential(value: f64, precision: usize) -> String {
    let text = format!("{value:.precision$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

fn general(value: f64, precision: usize, alternate: bool) -> String {
    let scientific = exponential(value, precision - 1);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let power: i64 = exponent.parse().unwrap_or_default();
    let short = |digits: &str| {
        if alternate || !digits.contains('.') {
            digits.to_owned()
        } else {
            digits.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
    };
    if (-4..precision as i64).contains(&power) {
        let decimals = (precision as i64 - 1 - power).max(0) as usize;
        short(&format!("{value:.decimals$}"))
    } else {
        format!("{}e{exponent}", short(mantissa))
    }
}
