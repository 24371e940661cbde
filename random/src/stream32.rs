//! Draws from a numbered ChaCha8 stream, 32 bits at a time.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::stream::shuffle;

/// One of the numbered streams of a seed. Two streams never share draws, so that a new use of one does not change what
/// is drawn from another.
///
/// For small bounds, where a bias below `bound / 2^32` does not matter; [`Stream`](crate::Stream) has none.
#[derive(Debug, Clone)]
pub struct Stream32(ChaCha8Rng);

impl Stream32 {
    /// The stream number `stream` of `seed`.
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        Self(rng)
    }

    /// A whole number in `0..n` (0 when `n` is 0), by multiply-shift: the bias is below `n / 2^32`.
    pub fn below(&mut self, n: usize) -> usize {
        ((u64::from(self.0.next_u32()) * n as u64) >> 32) as usize
    }

    /// A whole number in `low..=high`.
    pub fn between(&mut self, low: u32, high: u32) -> u32 {
        low + self.below((high - low + 1) as usize) as u32
    }

    /// True with probability `p`.
    pub fn chance(&mut self, p: f64) -> bool {
        self.uniform() < p
    }

    /// A real number in `[0, 1)`, of 32 bits.
    pub fn uniform(&mut self) -> f64 {
        f64::from(self.0.next_u32()) / 4_294_967_296.0
    }

    /// One element of a non-empty slice.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    /// Puts the items in random order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        shuffle(items, |bound| self.below(bound));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_reproducible_and_distinct() {
        let take = |seed, stream| {
            let mut draw = Stream32::new(seed, stream);
            (0..8).map(|_| draw.below(1000)).collect::<Vec<_>>()
        };
        assert_eq!(take(1, 2), take(1, 2));
        assert_ne!(take(1, 2), take(1, 3));
        assert_ne!(take(1, 2), take(2, 2));
    }

    #[test]
    fn the_numbers_of_a_stream_are_fixed() {
        let mut draw = Stream32::new(7, 2);
        assert_eq!([draw.below(1000), draw.below(1000)], [587, 300]);
        assert_eq!(draw.uniform(), 0.302_245_315_164_327_6);
    }

    #[test]
    fn draws_stay_in_range_and_reach_its_ends() {
        let mut draw = Stream32::new(0, 0);
        let seen: std::collections::BTreeSet<u32> = (0..200).map(|_| draw.between(3, 6)).collect();
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), [3, 4, 5, 6]);
    }

    #[test]
    fn a_shuffle_keeps_the_items() {
        let mut items: Vec<u32> = (0..20).collect();
        Stream32::new(5, 0).shuffle(&mut items);
        assert_ne!(items, (0..20).collect::<Vec<_>>());
        items.sort_unstable();
        assert_eq!(items, (0..20).collect::<Vec<_>>());
    }
}
