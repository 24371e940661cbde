//! Spans of time as arguments.

use std::time::Duration;

/// A span such as `90s`, `30m`, `2h` or `7d`.
///
/// # Errors
/// Another text; the error says what is expected.
pub(super) fn span(text: &str) -> Result<Duration, String> {
    let wrong = || "give a whole number with `s`, `m`, `h` or `d`, as in `2h`".to_owned();
    let unit = text.chars().last().ok_or_else(wrong)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86400,
        _ => return Err(wrong()),
    };
    let number: u64 = text[..text.len() - 1].parse().map_err(|_| wrong())?;
    let seconds = number.checked_mul(seconds).ok_or_else(wrong)?;
    // No file has a time before 1970, and no clock one that late.
    let century = 100 * 365 * 86400;
    Ok(Duration::from_secs(seconds.min(century / 2)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_units() {
        assert_eq!(span("2h"), Ok(Duration::from_secs(7200)));
        assert_eq!(span("0s"), Ok(Duration::ZERO));
        for wrong in ["", "2", "h", "-1h", "2w", "1.5h", "ä"] {
            assert!(span(wrong).is_err(), "{wrong}");
        }
    }
}
