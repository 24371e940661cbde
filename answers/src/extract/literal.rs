//! The extent of a written number: `1,234.5`, `7`, `3/4`, `\frac{3}{4}`, `2 1/2`, `50%`, `3:30`, `1.5 \times 10^{3}`.
//!
//! Works on bytes: all marks of a number but `×` are ASCII. Reads each byte a bounded number of times.

const FRACTIONS: [&[u8]; 3] = [b"\\frac{", b"\\dfrac{", b"\\tfrac{"];

/// Text between a number and its power of ten.
const TIMES: [&[u8]; 5] = [b"\\times", b"\\cdot", b"*", b"x", "×".as_bytes()];

/// The end of the number that starts at `at`, if there is one.
pub(super) fn end(bytes: &[u8], at: usize) -> Option<usize> {
    match bytes.get(at)? {
        b'0'..=b'9' => Some(number_end(bytes, at)),
        b'.' if digits(bytes, at + 1) > 0 => Some(number_end(bytes, at)),
        b'\\' => fraction(bytes, at).map(|fraction| fraction.end),
        _ => None,
    }
}

/// How many bytes from `at` on are of one kind.
pub(super) fn count(bytes: &[u8], at: usize, is: impl Fn(&u8) -> bool) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    rest.iter().take_while(|byte| is(byte)).count()
}

fn digits(bytes: &[u8], at: usize) -> usize {
    count(bytes, at, u8::is_ascii_digit)
}

/// The end of digits, thousands and decimals, with their suffixes.
fn number_end(bytes: &[u8], at: usize) -> usize {
    let integer = integer_end(bytes, at);
    let decimal = decimals_end(bytes, integer);
    if let Some(end) = power_end(bytes, decimal).or_else(|| scientific_end(bytes, decimal)) {
        return end;
    }
    let mixed = || (decimal == integer).then(|| mixed_end(bytes, integer))?;
    mixed().unwrap_or_else(|| suffix_end(bytes, decimal))
}

fn integer_end(bytes: &[u8], at: usize) -> usize {
    let mut end = at + digits(bytes, at);
    while let Some(separator) = thousands_separator(&bytes[end..]) {
        end += separator + 3;
    }
    end
}

fn decimals_end(bytes: &[u8], at: usize) -> usize {
    if bytes.get(at) != Some(&b'.') {
        return at;
    }
    match digits(bytes, at + 1) {
        0 => at,
        decimals => at + 1 + decimals,
    }
}

/// The end of `/7`, `:30` and a percent mark.
fn suffix_end(bytes: &[u8], at: usize) -> usize {
    let mut end = at;
    if bytes.get(end) == Some(&b'/') {
        let denominator = digits(bytes, end + 1);
        end += if denominator > 0 { 1 + denominator } else { 0 };
    }
    while bytes.get(end) == Some(&b':') && digits(bytes, end + 1) > 0 {
        end += 1 + digits(bytes, end + 1);
    }
    match &bytes[end..] {
        [b'%', ..] => end + 1,
        [b'\\', b'%', ..] => end + 2,
        _ => end,
    }
}

/// The end of `^5`, `^-5` or `^{-5}` at `at`.
fn power_end(bytes: &[u8], at: usize) -> Option<usize> {
    let rest = bytes.get(at..)?.strip_prefix(b"^")?;
    let braced = rest.starts_with(b"{");
    let start = usize::from(braced);
    let start = start + usize::from(rest.get(start) == Some(&b'-'));
    let end = start + digits(rest, start);
    let closed = !braced || rest.get(end) == Some(&b'}');
    (end > start && closed).then_some(at + 1 + end + usize::from(braced))
}

/// The end of `e3`, or of `\times 10^{3}`, at `at`.
fn scientific_end(bytes: &[u8], at: usize) -> Option<usize> {
    if let [b'e' | b'E', rest @ ..] = &bytes[at..] {
        let sign = usize::from(matches!(rest, [b'-' | b'+', ..]));
        let end = sign + digits(rest, sign);
        let ends = !rest.get(end).is_some_and(u8::is_ascii_alphanumeric);
        return (end > sign && ends).then_some(at + 1 + end);
    }
    let times = at + usize::from(bytes.get(at) == Some(&b' '));
    let mark = TIMES.into_iter().find(|mark| bytes[times..].starts_with(mark))?;
    let base = times + mark.len();
    let base = base + usize::from(bytes.get(base) == Some(&b' '));
    let of_ten = bytes.get(base..)?.starts_with(b"10^");
    of_ten.then(|| power_end(bytes, base + 2))?
}

/// The end of the fraction of a mixed number, after its whole part: ` 1/2`, `\frac{1}{2}`.
fn mixed_end(bytes: &[u8], at: usize) -> Option<usize> {
    let spaced = bytes.get(at) == Some(&b' ');
    let start = at + usize::from(spaced);
    if let Some(fraction) = fraction(bytes, start) {
        return fraction.is_proper(bytes).then_some(fraction.end);
    }
    let middle = start + digits(bytes, start);
    let slash = spaced && middle > start && bytes.get(middle) == Some(&b'/');
    let end = middle + 1 + digits(bytes, middle + 1);
    let fraction = Fraction {
        numerator: (start, middle),
        denominator: (middle + 1, end),
        end,
    };
    // "1/2/2024" is a date.
    let whole = slash && end > middle + 1 && bytes.get(end) != Some(&b'/');
    (whole && fraction.is_proper(bytes)).then_some(end)
}

/// A written fraction, by byte positions.
struct Fraction {
    numerator: (usize, usize),
    denominator: (usize, usize),
    end: usize,
}

impl Fraction {
    /// Whether it is less than one, as in a mixed number. Compares digits, since there may be many.
    fn is_proper(&self, bytes: &[u8]) -> bool {
        let (top, bottom) = (
            &bytes[self.numerator.0..self.numerator.1],
            &bytes[self.denominator.0..self.denominator.1],
        );
        (top.len(), top) < (bottom.len(), bottom)
    }
}

/// The `\frac{a}{b}` with two literals at `at`.
fn fraction(bytes: &[u8], at: usize) -> Option<Fraction> {
    let rest = bytes.get(at..)?;
    let command = FRACTIONS.into_iter().find(|command| rest.starts_with(command))?;
    let numerator = at + command.len();
    let middle = numerator + digits(bytes, numerator);
    let denominator = middle + 2;
    let end = denominator + digits(bytes, denominator);
    let written =
        middle > numerator && bytes[middle..].starts_with(b"}{") && end > denominator && bytes.get(end) == Some(&b'}');
    written.then_some(Fraction {
        numerator: (numerator, middle),
        denominator: (denominator, end),
        end: end + 1,
    })
}

/// Length of the separator at the start of `rest`, if exactly three digits follow it.
fn thousands_separator(rest: &[u8]) -> Option<usize> {
    let length = [&b","[..], b"{,}", b",\\!"]
        .into_iter()
        .rev()
        .find(|separator| rest.starts_with(separator))?
        .len();
    (count(rest, length, u8::is_ascii_digit) == 3).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_reaches_as_far_as_it_is_written() {
        let cases = [
            ("1,234.5 m", "1,234.5"),
            ("1{,}000", "1{,}000"),
            ("1,\\!000", "1,\\!000"),
            ("3/4 of", "3/4"),
            ("\\frac{3}{4} of", "\\frac{3}{4}"),
            ("50\\% of", "50\\%"),
            ("3:30:15 h", "3:30:15"),
            ("2 1/2 of", "2 1/2"),
            ("1.5 \\times 10^{-3} m", "1.5 \\times 10^{-3}"),
            ("1.5×10^3", "1.5×10^3"),
            ("1.5e+3 m", "1.5e+3"),
            ("2^{10}", "2^{10}"),
            ("2^{10", "2"),
            ("2^{n}", "2"),
            ("5. Then", "5"),
            ("5, 6", "5"),
            (".5.", ".5"),
        ];
        for (text, expected) in cases {
            let end = end(text.as_bytes(), 0);
            assert_eq!(end.map(|end| &text[..end]), Some(expected), "{text:?}");
        }
        for text in ["", "x", ".", "\\frac{3}", "\\frac{x}{4}", "-5"] {
            assert_eq!(end(text.as_bytes(), 0), None, "{text:?}");
        }
    }
}
