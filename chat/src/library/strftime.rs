//! `strftime_now`, on a day that never changes.
//!
//! A prompt that changes with the calendar would make runs irreproducible. The day is the one that the templates of
//! Llama 3.x fall back to.

use crate::value::{Text, TextBuf};

/// The time of every prompt, midnight of Friday, 26 July 2024, in the given format.
pub(super) fn strftime(format: &Text) -> Text {
    let text = format.as_str();
    let mut out = TextBuf::default();
    let mut at = 0;
    while let Some(found) = text[at..].find('%') {
        let start = at + found;
        out.push_slice(format, at..start);
        let mut chars = text[start + 1..].chars();
        let mut directive = chars.next();
        let flag = directive.filter(|flag| matches!(flag, '-' | '_' | '^' | '0' | '#'));
        if flag.is_some() {
            directive = chars.next();
        }
        at = text.len() - chars.as_str().len();
        match directive.and_then(value) {
            Some(value) => out.push_instead(format, start..at, &flagged(value, flag)),
            // As glibc: what is no directive stays as it is.
            None => out.push_slice(format, start..at),
        }
    }
    out.push_slice(format, at..text.len());
    out.finish()
}

/// The value with its leading zeros as the flag wants them.
fn flagged(value: &str, flag: Option<char>) -> String {
    let is_number = value.bytes().all(|c| c.is_ascii_digit() || c == b' ');
    let bare = || {
        let bare = value.trim_start_matches(['0', ' ']);
        if bare.is_empty() { "0" } else { bare }
    };
    match flag {
        Some('^') => value.to_uppercase(),
        Some('-') if is_number => bare().to_owned(),
        Some('_') if is_number => format!("{:>1$}", bare(), value.len()),
        Some('0') if is_number => value.replace(' ', "0"),
        _ => value.to_owned(),
    }
}

fn value(letter: char) -> Option<&'static str> {
    Some(match letter {
        'a' => "Fri",
        'A' => "Friday",
        'w' | 'u' => "5",
        'd' | 'e' => "26",
        'b' | 'h' => "Jul",
        'B' => "July",
        'm' => "07",
        'y' | 'g' => "24",
        'Y' | 'G' => "2024",
        'C' => "20",
        'H' | 'M' | 'S' => "00",
        'k' => " 0",
        'I' | 'l' => "12",
        'p' => "AM",
        'P' => "am",
        'f' => "000000",
        'z' | 'Z' => "",
        'j' => "208",
        'U' => "29",
        'W' | 'V' => "30",
        'c' => "Fri Jul 26 00:00:00 2024",
        'x' | 'D' => "07/26/24",
        'X' | 'T' => "00:00:00",
        'R' => "00:00",
        'r' => "12:00:00 AM",
        'F' => "2024-07-26",
        'n' => "\n",
        't' => "\t",
        '%' => "%",
        _ => return None,
    })
}
