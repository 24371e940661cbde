//! Counter-based randomness: each draw is a function of where it is made, never of what was drawn before.
//!
//! A place is named by the run's seed, a label and numbers or ids; its blake3 hash seeds a ChaCha8 stream.
//! So a resumed, re-ordered or parallel computation draws the same numbers.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Names a place of the computation.
#[derive(Debug, Clone)]
pub(crate) struct Place(blake3::Hasher);

impl Place {
    /// The place `label` under the run's `seed`.
    pub(crate) fn new(seed: u64, label: &str) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&seed.to_le_bytes());
        Self(hasher).at(label)
    }

    /// A place within this one.
    pub(crate) fn at(mut self, part: &str) -> Self {
        self.0.update(&(part.len() as u64).to_le_bytes());
        self.0.update(part.as_bytes());
        self
    }

    /// The numbered place within this one.
    pub(crate) fn index(mut self, number: u64) -> Self {
        self.0.update(&number.to_le_bytes());
        self
    }

    /// A seed for a generator of its own.
    pub(crate) fn seed(&self) -> u64 {
        let hash = self.0.finalize();
        let mut first = [0; 8];
        first.copy_from_slice(&hash.as_bytes()[..8]);
        u64::from_le_bytes(first)
    }

    /// The stream of draws at this place.
    pub(crate) fn stream(&self) -> Stream {
        Stream(ChaCha8Rng::from_seed(*self.0.finalize().as_bytes()))
    }
}

/// A stream of draws.
pub(crate) struct Stream(ChaCha8Rng);

impl Stream {
    /// Uniform in `0..bound`, without the bias of a plain remainder (Lemire, arXiv 1805.10941).
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        let bound = bound as u64;
        let threshold = bound.wrapping_neg() % bound;
        loop {
            let wide = u128::from(self.0.next_u64()) * u128::from(bound);
            if wide as u64 >= threshold {
                return (wide >> 64) as usize;
            }
        }
    }

    /// Fisher-Yates.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }

    /// `count` distinct items (all, if there are fewer), in random order.
    pub(crate) fn choose<'a, T>(&mut self, items: &'a [T], count: usize) -> Vec<&'a T> {
        let mut order: Vec<usize> = (0..items.len()).collect();
        let count = count.min(items.len());
        for place in 0..count {
            let other = place + self.below(order.len() - place);
            order.swap(place, other);
        }
        order[..count].iter().map(|&i| &items[i]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_differ_in_every_part() {
        let seeds = [
            Place::new(1, "vote").index(0).seed(),
            Place::new(2, "vote").index(0).seed(),
            Place::new(1, "vote").index(1).seed(),
            Place::new(1, "generate").index(0).seed(),
            Place::new(1, "vo").at("te").index(0).seed(),
        ];
        for (i, a) in seeds.iter().enumerate() {
            assert!(seeds[i + 1..].iter().all(|b| a != b));
        }
        assert_eq!(seeds[0], Place::new(1, "vote").index(0).seed());
    }

    #[test]
    fn shuffling_keeps_the_items_and_spreads_them() {
        let mut firsts = [0; 4];
        for i in 0..4000 {
            let mut items = [0, 1, 2, 3];
            Place::new(1, "shuffle").index(i).stream().shuffle(&mut items);
            firsts[items[0]] += 1;
            items.sort_unstable();
            assert_eq!(items, [0, 1, 2, 3]);
        }
        assert!(firsts.iter().all(|&n| (850..1150).contains(&n)), "{firsts:?}");
    }

    #[test]
    fn choosing_takes_distinct_items() {
        let items: Vec<u32> = (0..10).collect();
        let mut chosen: Vec<u32> = Place::new(3, "choose")
            .stream()
            .choose(&items, 6)
            .into_iter()
            .copied()
            .collect();
        chosen.sort_unstable();
        chosen.dedup();
        assert_eq!(chosen.len(), 6);
        assert_eq!(Place::new(3, "choose").stream().choose(&items, 99).len(), 10);
    }
}
