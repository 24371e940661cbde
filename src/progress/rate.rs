//! Rates and remaining times.

use std::time::{Duration, Instant};

use serl_pipeline::Headway;

/// The pace of one piece of work. Counts from the first report, for what an earlier run did took none of this time.
#[derive(Debug, Clone)]
pub struct Pace {
    since: Instant,
    done: u64,
    tokens: u64,
}

/// How fast work goes; what cannot be estimated yet is missing.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Speed {
    /// Units per second.
    pub units: Option<f64>,
    /// Tokens per second, where they are counted.
    pub tokens: Option<f64>,
    /// Seconds until the work is done.
    pub seconds_left: Option<f64>,
}

impl Pace {
    /// Begins to count at `headway`.
    pub fn starting(headway: &Headway<'_>) -> Self {
        Self {
            since: Instant::now(),
            done: headway.done,
            tokens: headway.tokens,
        }
    }

    /// The speed since then.
    pub fn speed(&self, headway: &Headway<'_>) -> Speed {
        speed(
            self.since.elapsed(),
            headway.done.saturating_sub(self.done),
            headway.tokens.saturating_sub(self.tokens),
            headway.total.saturating_sub(headway.done),
        )
    }
}

fn speed(elapsed: Duration, done: u64, tokens: u64, left: u64) -> Speed {
    let seconds = elapsed.as_secs_f64();
    let per_second = |count: u64| (count > 0 && seconds > 0.0).then(|| count as f64 / seconds);
    let units = per_second(done);
    Speed {
        units,
        tokens: per_second(tokens),
        seconds_left: units.filter(|_| left > 0).map(|rate| left as f64 / rate),
    }
}

impl Speed {
    /// In words, such as `45.0/s, 9 s left` or, where tokens are counted, `12,300 tokens/s, 9 s left`; empty until
    /// anything can be estimated.
    pub fn told(&self) -> String {
        let rate = match (self.tokens, self.units) {
            (Some(tokens), _) => Some(format!("{} tokens/s", count(tokens.round() as u64))),
            (None, Some(units)) => Some(format!("{units:.1}/s")),
            (None, None) => None,
        };
        let left = self.seconds_left.map(|left| format!("{} left", duration(left)));
        let told: Vec<String> = rate.into_iter().chain(left).collect();
        told.join(", ")
    }
}

/// A count for reading: `1,234,567`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut told = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            told.push(',');
        }
        told.push(digit);
    }
    told
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
    fn speeds_are_told_with_what_is_left() {
        let four = |done, tokens, left| speed(Duration::from_secs(4), done, tokens, left).told();
        assert_eq!(four(0, 0, 10), "");
        assert_eq!(four(8, 0, 100), "2.0/s, 50 s left");
        assert_eq!(four(8, 0, 0), "2.0/s");
        assert_eq!(four(8, 49_200, 100), "12,300 tokens/s, 50 s left");
        // No response has ended yet.
        assert_eq!(four(0, 400, 100), "100 tokens/s");
    }

    #[test]
    fn durations_grow_with_their_units() {
        let all = [0.42, 9.96, 59.4, 200.0, 7500.0].map(duration);
        assert_eq!(all, ["0.4 s", "10 s", "59 s", "3 min 20 s", "2 h 5 min"]);
    }

    #[test]
    fn counts_are_grouped() {
        assert_eq!([0, 999, 1000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
    }
}
