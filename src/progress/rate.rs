//! Rates and remaining times.

use std::time::{Duration, Instant};

/// The pace of one piece of work. Counts from the first report, for what an earlier run did took none of this time.
pub(super) struct Pace {
    since: Instant,
    first: u64,
}

impl Pace {
    pub(super) fn starting(done: u64) -> Self {
        Self {
            since: Instant::now(),
            first: done,
        }
    }

    /// Rate and remaining time, such as `45.0/s, 9 s left`; empty until both can be estimated.
    pub(super) fn told(&self, done: u64, total: u64) -> String {
        told(
            self.since.elapsed(),
            done.saturating_sub(self.first),
            total.saturating_sub(done),
        )
    }
}

fn told(elapsed: Duration, done: u64, left: u64) -> String {
    let seconds = elapsed.as_secs_f64();
    if done == 0 || seconds <= 0.0 {
        return String::new();
    }
    let rate = done as f64 / seconds;
    let remaining = duration(left as f64 / rate);
    if left == 0 {
        format!("{rate:.1}/s")
    } else {
        format!("{rate:.1}/s, {remaining} left")
    }
}

/// Formats seconds for reading: `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`.
pub fn duration(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    match whole {
        _ if seconds < 9.95 => format!("{seconds:.1} s"),
        0..60 => format!("{whole} s"),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paces_are_told_with_what_is_left() {
        let four = Duration::from_secs(4);
        assert_eq!(told(four, 0, 10), "");
        assert_eq!(told(four, 8, 100), "2.0/s, 50 s left");
        assert_eq!(told(four, 8, 0), "2.0/s");
    }

    #[test]
    fn durations_grow_with_their_units() {
        let all = [0.42, 9.96, 59.4, 200.0, 7500.0].map(duration);
        assert_eq!(all, ["0.4 s", "10 s", "59 s", "3 min 20 s", "2 h 5 min"]);
    }
}
