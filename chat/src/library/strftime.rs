//! `strftime_now`, on a day that never changes.
//!
//! A prompt that changes with the calendar would make runs irreproducible. The day is the one that the templates of
//! Llama 3.x fall back to.

/// The time of every prompt, midnight of Friday, 26 July 2024, in the given format.
pub(super) fn strftime(format: &str) -> String {
    let mut out = String::new();
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut directive = chars.next();
        let flag = directive.filter(|flag| matches!(flag, '-' | '_' | '^' | '0' | '#'));
        if flag.is_some() {
            directive = chars.next();
        }
        let Some(letter) = directive else {
            out.push('%');
            out.extend(flag);
            break;
        };
        match value(letter) {
            Some(value) => out.push_str(&flagged(value, flag)),
            // As glibc: what is no directive stays as it is.
            None => {
                out.push('%');
                out.extend(flag);
                out.push(letter);
            }
        }
    }
    out
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
