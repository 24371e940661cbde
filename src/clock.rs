//! Times as texts.

use std::time::{SystemTime, UNIX_EPOCH};

/// A time as date and clock in UTC, as in `2026-11-29 12:00:46 UTC`.
pub fn utc(unix: u64) -> String {
    let (date, clock) = parts(unix);
    format!("{date} {clock} UTC")
}

/// Now, in UTC and to the millisecond, as RFC 3339 writes it: `2026-11-29T12:00:46.123Z`.
pub fn now() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    rfc3339(since.as_secs_f64())
}

/// As [`now`], of a time in seconds since 1970.
pub fn rfc3339(unix: f64) -> String {
    let milliseconds = (unix * 1000.0) as u64;
    let (date, clock) = parts(milliseconds / 1000);
    format!("{date}T{clock}.{:03}Z", milliseconds % 1000)
}

/// Seconds since 1970 of a time as [`now`] writes it; none for any other text.
pub fn unix(text: &str) -> Option<f64> {
    let (date, clock) = text.strip_suffix('Z')?.split_once('T')?;
    let numbers = |text: &str, sign| {
        text.split(sign)
            .map(|part| part.parse::<f64>().ok())
            .collect::<Option<Vec<_>>>()
    };
    let (date, clock) = (numbers(date, '-')?, numbers(clock, ':')?);
    let (&[year, month, day], &[hour, minute, second]) = (&date[..], &clock[..]) else {
        return None;
    };
    // As in `parts`, the other way round.
    let (year, month) = if month > 2.0 {
        (year, month - 3.0)
    } else {
        (year - 1.0, month + 9.0)
    };
    let (era, of_era) = ((year / 400.0).floor(), year.rem_euclid(400.0));
    let of_year = ((153.0 * month + 2.0) / 5.0).floor() + day - 1.0;
    let days = of_era * 365.0 + (of_era / 4.0).floor() - (of_era / 100.0).floor() + of_year;
    Some((era * 146_097.0 + days - 719_468.0) * 86_400.0 + hour * 3600.0 + minute * 60.0 + second)
}

/// Date and clock: days are turned into a date by the rule of the Gregorian calendar.
fn parts(unix: u64) -> (String, String) {
    let (days, second) = (unix / 86_400, unix % 86_400);
    // Years begin in March here, so that the leap day is the last; eras are 400 years of equal length.
    let shifted = days + 719_468;
    let (era, day) = (shifted / 146_097, shifted % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let date = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    (
        format!("{year:04}-{month:02}-{date:02}"),
        format!("{hour:02}:{minute:02}:{second:02}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_dates() {
        // date -u -d @SECONDS
        assert_eq!(utc(0), "1970-01-01 00:00:00 UTC");
        assert_eq!(utc(951_782_399), "2000-02-28 23:59:59 UTC");
        assert_eq!(utc(951_868_799), "2000-02-29 23:59:59 UTC");
        assert_eq!(utc(1_798_761_600), "2027-01-01 00:00:00 UTC");
    }

    #[test]
    fn times_are_read_as_they_are_written() {
        for (text, seconds) in [
            ("1970-01-01T00:00:00.000Z", 0.0),
            ("2000-02-28T23:59:59.250Z", 951_782_399.25),
            ("2000-03-01T00:00:00.000Z", 951_868_800.0),
            ("2027-01-01T00:00:00.000Z", 1_798_761_600.0),
        ] {
            assert_eq!(unix(text), Some(seconds));
        }
        assert!(unix(&now()).is_some_and(|seconds| seconds > 1.7e9));
        assert_eq!(unix("yesterday"), None);
        assert_eq!(unix("2027-01-01T00:00Z"), None);
    }
}
