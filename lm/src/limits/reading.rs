//! Reading memory.

use std::array::from_fn;
use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::ops::host;

/// Bytes of the array: more than the caches of a processor hold.
const BYTES: usize = 512 << 20;

/// Bytes that are summed at once.
const PIECE: usize = 4 << 20;

/// Places of a piece that are read at once.
const STREAMS: usize = 8;

/// Numbers that are read of each in turn: two lines of a cache.
const LINES: usize = 32;

/// Sums the next piece of a large array; returns its bytes.
pub(super) fn reader() -> impl Fn() -> f64 + Sync {
    // Ones, since zeros may be one page of the system's, mapped many times.
    let values = vec![1.0f32; BYTES / size_of::<f32>()];
    let next = AtomicUsize::new(0);
    move || {
        let piece = next.fetch_add(1, Ordering::Relaxed) % (BYTES / PIECE);
        let length = PIECE / size_of::<f32>();
        let values = &values[piece * length..][..length];
        black_box(host::vectorised(
            #[inline(always)]
            || sum(values),
        ));
        PIECE as f64
    }
}

/// Sums in several places at once: the processor fetches ahead in each, which one alone does not keep it busy with.
#[inline(always)]
fn sum(values: &[f32]) -> f32 {
    let mut sums = [[0.0f32; LINES]; STREAMS];
    let length = values.len() / STREAMS;
    let streams: [&[[f32; LINES]]; STREAMS] = from_fn(|i| values[i * length..][..length].as_chunks().0);
    for at in 0..length / LINES {
        for (sums, stream) in sums.iter_mut().zip(streams) {
            for (sum, value) in sums.iter_mut().zip(stream[at]) {
                *sum += value;
            }
        }
    }
    sums.as_flattened().iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_of_a_piece_is_read_once() {
        // Each number of the first line of a place has a weight of its own; sums of so small integers are exact.
        let mut values = vec![0.0f32; PIECE / size_of::<f32>()];
        assert!(values.len().is_multiple_of(STREAMS * LINES));
        for (i, value) in values.iter_mut().step_by(LINES).enumerate() {
            *value = (1 + i % 3) as f32;
        }
        let lines = values.len() / LINES;
        let expected = (0..lines).map(|i| 1 + i % 3).sum::<usize>();
        assert_eq!(sum(&values), expected as f32);
        values.fill(1.0);
        assert_eq!(sum(&values), values.len() as f32);
    }
}
