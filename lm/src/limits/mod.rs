//! What this processor can do at most: the roof that measured speeds are held against (Williams et al. 2009,
//! "Roofline", doi:10.1145/1498765.1498785).

mod arithmetic;
mod reading;

use std::time::{Duration, Instant};

/// How long one attempt takes at least: long enough that threads start and stop beside it.
const ATTEMPT: Duration = Duration::from_millis(60);

/// The best of these attempts counts: other work on the machine only makes them slower.
const ATTEMPTS: usize = 5;

/// Rates of all threads together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Multiplications and additions in f32 a second.
    pub f32_operations: f64,
    /// Multiplications and additions of bf16, with sums in f32, a second.
    pub bf16_operations: f64,
    /// Multiplications and additions of int8, with integer sums, a second.
    pub int8_operations: f64,
    /// Bytes that are read from memory a second.
    pub read_bytes: f64,
}

impl Limits {
    /// Measures them, in about a second: multiply-adds in registers, and a sum over an array far larger than the
    /// caches.
    pub fn measure() -> Self {
        let [f32_operations, bf16_operations, int8_operations] =
            [arithmetic::singles(), arithmetic::pairs(), arithmetic::quads()].map(best);
        Self {
            f32_operations,
            bf16_operations,
            int8_operations,
            read_bytes: best(reading::reader()),
        }
    }
}

/// The highest rate of `work`, which does as much as it returns when it is called.
fn best(work: impl Fn() -> f64 + Sync) -> f64 {
    let attempt = |_| {
        let begun = Instant::now();
        let until = begun + ATTEMPT;
        let thread = |_: rayon::BroadcastContext| {
            let mut done = 0.0;
            while Instant::now() < until {
                done += work();
            }
            done
        };
        rayon::broadcast(thread).iter().sum::<f64>() / begun.elapsed().as_secs_f64()
    };
    (0..ATTEMPTS).map(attempt).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_says_how_much_it_did() {
        // Chains of vectors of at least four numbers, each a multiplication and an addition.
        for work in [arithmetic::singles(), arithmetic::pairs(), arithmetic::quads()] {
            assert!(work() >= 8.0 * 12.0 * f64::from(1 << 14));
        }
        assert!(arithmetic::pairs()() >= arithmetic::singles()());
        assert!(arithmetic::quads()() >= arithmetic::singles()());
    }
}
