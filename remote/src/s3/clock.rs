//! Times as S3 writes them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// As in `20130524T000000Z`.
pub(super) fn stamp(time: SystemTime) -> String {
    let seconds = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let (year, month, day) = date(seconds / 86400);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

/// Reads `Fri, 24 May 2013 00:00:00 GMT` of headers and `2013-05-24T00:00:00.000Z` of listings.
pub(super) fn parse(text: &str) -> Option<SystemTime> {
    let (date, time) = match text.split_once('T') {
        Some((date, time)) if date.contains('-') => {
            let mut parts = date.split('-').map(|part| part.parse().ok());
            ((parts.next()??, parts.next()??, parts.next()??), time)
        }
        _ => {
            let mut words = text.split(' ').skip(1);
            let (day, month, year) = (words.next()?, words.next()?, words.next()?);
            let month = MONTHS.iter().position(|known| *known == month)? as u64 + 1;
            ((year.parse().ok()?, month, day.parse().ok()?), words.next()?)
        }
    };
    let mut parts = time.get(..8)?.split(':').map(|part| part.parse::<u64>().ok());
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    let (year, month, day) = date;
    if !(1970..10_000).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let seconds = days(year, month, day) * 86400 + hour.min(23) * 3600 + minute.min(59) * 60 + second.min(60);
    Some(UNIX_EPOCH + Duration::from_secs(seconds))
}

/// Days from 1970 to a date. Years are counted from March, so that leap days come last.
fn days(year: u64, month: u64, day: u64) -> u64 {
    let year = if month <= 2 { year - 1 } else { year };
    let month = (month + 9) % 12;
    let in_year = (153 * month + 2) / 5 + day - 1;
    365 * year + year / 4 - year / 100 + year / 400 + in_year - 719_468
}

/// The inverse of [`days`].
fn date(days: u64) -> (u64, u64, u64) {
    let mut year = 1970 + days / 366;
    while self::days(year + 1, 1, 1) <= days {
        year += 1;
    }
    let month = (1..=12)
        .rev()
        .find(|month| self::days(year, *month, 1) <= days)
        .unwrap_or(1);
    (year, month, days - self::days(year, month, 1) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From `date -u -d … +%s`.
    const KNOWN: [(u64, &str, &str, &str); 3] = [
        (
            0,
            "19700101T000000Z",
            "Thu, 01 Jan 1970 00:00:00 GMT",
            "1970-01-01T00:00:00.000Z",
        ),
        (
            951_827_696,
            "20000229T123456Z",
            "Tue, 29 Feb 2000 12:34:56 GMT",
            "2000-02-29T12:34:56Z",
        ),
        (
            4_107_542_399,
            "21000228T235959Z",
            "Sun, 28 Feb 2100 23:59:59 GMT",
            "2100-02-28T23:59:59.999Z",
        ),
    ];

    #[test]
    fn times_are_written_and_read() {
        for (seconds, stamped, header, listed) in KNOWN {
            let time = UNIX_EPOCH + Duration::from_secs(seconds);
            assert_eq!(stamp(time), stamped);
            assert_eq!(parse(header), Some(time), "{header}");
            assert_eq!(parse(listed), Some(time), "{listed}");
        }
        for wrong in [
            "",
            "T",
            "2000-13-01T00:00:00Z",
            "Fri, 24 Mai 2013 00:00:00 GMT",
            "1-1-1T1:1:1",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
