//! How often progress is written.

use std::time::{Duration, Instant};

/// Nothing before this: most nodes of a small run are done by then.
const FIRST: Duration = Duration::from_secs(1);
/// The shortest and the longest time between two lines.
const INTERVAL: (Duration, Duration) = (Duration::from_secs(2), Duration::from_secs(30));

/// Lets progress through at intervals of 1 % of the time that the work has taken, so that a stream grows slowly.
#[derive(Debug)]
pub(super) struct Throttle {
    began: Instant,
    last: Option<Instant>,
}

impl Throttle {
    /// Work begins now.
    pub(super) fn starting(now: Instant) -> Self {
        Self { began: now, last: None }
    }

    /// Whether a line is due; if so, the next one is not for a while.
    pub(super) fn is_due(&mut self, now: Instant) -> bool {
        let took = now.duration_since(self.began);
        let due = match self.last {
            None => took >= FIRST,
            Some(last) => now.duration_since(last) >= (took / 100).clamp(INTERVAL.0, INTERVAL.1),
        };
        if due {
            self.last = Some(now);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_rarer_but_never_stop() {
        let began = Instant::now();
        let lines = |seconds: u64| {
            let mut throttle = Throttle::starting(began);
            let ticks = (0..seconds * 10).map(|tick| began + Duration::from_millis(100 * tick));
            ticks.filter(|&now| throttle.is_due(now)).count()
        };
        assert_eq!([lines(1), lines(2), lines(10)], [0, 1, 5]);
        // Every 2 s for 200 s, then every 1 %, then every 30 s.
        assert_eq!(lines(200), 100);
        // 200 s times 1.01 to the 272nd are 3000 s; ticks of 0.1 s make some intervals longer.
        assert!((355..=372).contains(&lines(3000)), "{}", lines(3000));
        assert_eq!(lines(36_000) - lines(33_000), 100);
    }
}
