//! The last number of a response, the last resort.
//!
//! Numbers are found as they are written: `-1,234.5`, `$7`, `3/4`, `\frac{3}{4}`, `50%`, `3:30`. Digits inside
//! of a name (`x2`) are no number.

const FRACTIONS: [&str; 3] = ["\\frac{", "\\dfrac{", "\\tfrac{"];

/// The last number, with its sign and percent mark.
pub(super) fn find(response: &str) -> Option<&str> {
    let bytes = response.as_bytes();
    let mut last = None;
    let mut at = 0;
    while at < bytes.len() {
        let end = match bytes[at] {
            b'0'..=b'9' => literal_end(bytes, at),
            b'.' if digits(bytes, at + 1) > 0 => literal_end(bytes, at),
            b'\\' => fraction_end(response, at).unwrap_or(at + 1),
            byte if byte.is_ascii_alphabetic() => {
                at += alphanumerics(bytes, at);
                continue;
            }
            _ => at + 1,
        };
        if end > at + 1 || bytes[at].is_ascii_digit() {
            last = Some((at, end));
        }
        at = end;
    }
    let (start, end) = last?;
    Some(&response[sign_start(response, start)..end])
}

fn digits(bytes: &[u8], at: usize) -> usize {
    count(bytes, at, u8::is_ascii_digit)
}

fn alphanumerics(bytes: &[u8], at: usize) -> usize {
    count(bytes, at, u8::is_ascii_alphanumeric)
}

fn count(bytes: &[u8], at: usize, is: impl Fn(&u8) -> bool) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    rest.iter().take_while(|byte| is(byte)).count()
}

/// The end of the literal that starts at `at`: digits, thousands, decimals, then `/7`, `:30` or a percent mark.
fn literal_end(bytes: &[u8], at: usize) -> usize {
    let mut end = at + digits(bytes, at);
    while let Some(separator) = thousands_separator(&bytes[end..]) {
        end += separator + 3;
    }
    if bytes.get(end) == Some(&b'.') {
        let decimals = digits(bytes, end + 1);
        end += if decimals > 0 { 1 + decimals } else { 0 };
    }
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

/// Length of the separator at the start of `rest`, if exactly three digits follow it.
fn thousands_separator(rest: &[u8]) -> Option<usize> {
    let length = [&b","[..], b"{,}", b",\\!"]
        .into_iter()
        .rev()
        .find(|separator| rest.starts_with(separator))?
        .len();
    (count(rest, length, u8::is_ascii_digit) == 3).then_some(length)
}

/// The end of `\frac{a}{b}` with two literals.
fn fraction_end(response: &str, at: usize) -> Option<usize> {
    let rest = &response.as_bytes()[at..];
    let command = FRACTIONS
        .iter()
        .find(|command| rest.starts_with(command.as_bytes()))?;
    let numerator = at + command.len();
    let bytes = response.as_bytes();
    let middle = numerator + digits(bytes, numerator);
    let denominator = middle + 2;
    let end = denominator + digits(bytes, denominator);
    let written = middle > numerator
        && bytes[middle..].starts_with(b"}{")
        && end > denominator
        && bytes.get(end) == Some(&b'}');
    written.then_some(end + 1)
}

/// Takes in a dollar sign and a minus before `start`, unless the minus subtracts.
fn sign_start(response: &str, start: usize) -> usize {
    let before = &response[..start];
    let unsigned = before.strip_suffix('$').unwrap_or(before);
    let unsigned = unsigned.strip_suffix('\\').unwrap_or(unsigned);
    let Some(left) = unsigned.strip_suffix(['-', '−']) else {
        return start;
    };
    let subtracts =
        left.ends_with(|c: char| c.is_alphanumeric() || matches!(c, ')' | '}' | ']' | '-'));
    if subtracts { start } else { left.len() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_number_is_found_as_written() {
        let cases = [
            ("There are 12 apples and 7 pears.", Some("7")),
            ("It costs $1,234.50.", Some("1,234.50")),
            ("He lost -$5", Some("-$5")),
            ("minus is −3", Some("−3")),
            ("12-7", Some("7")),
            ("(2)-7", Some("7")),
            ("x = -7", Some("-7")),
            ("3/4 of it", Some("3/4")),
            ("half: \\frac{1}{20}.", Some("\\frac{1}{20}")),
            ("-\\dfrac{3}{4}", Some("-\\dfrac{3}{4}")),
            ("about 50%.", Some("50%")),
            ("50\\% of", Some("50\\%")),
            ("at 3:30 p.m.", Some("3:30")),
            ("10,080 and 1{,}000", Some("1{,}000")),
            ("1, 2, 3,", Some("3")),
            ("1,2345", Some("2345")),
            (".75", Some(".75")),
            ("the 6th x2 H2O", Some("6")),
            ("on 2024-12-24", Some("24")),
            ("none", None),
            (". \\", None),
        ];
        for (response, expected) in cases {
            assert_eq!(find(response), expected, "{response:?}");
        }
    }
}
