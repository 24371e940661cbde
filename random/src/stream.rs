//! Draws from a ChaCha8 stream, 64 bits at a time.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// 2^53: a double holds every whole number up to it.
const STEPS: f64 = (1_u64 << 53) as f64;

/// A stream of draws. Equal beginnings give equal draws.
#[derive(Debug, Clone)]
pub struct Stream(ChaCha8Rng);

impl Stream {
    /// The stream of a seed, as [`Place::seed`](crate::Place::seed) gives one.
    pub fn seeded(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// The stream called `name` under `seed`: one name alone, where [`Place`](crate::Place) takes several parts.
    pub fn named(seed: u64, name: &str) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&seed.to_le_bytes());
        hasher.update(name.as_bytes());
        Self::keyed(*hasher.finalize().as_bytes())
    }

    /// The stream of a key of 256 bits.
    pub(crate) fn keyed(key: [u8; 32]) -> Self {
        Self(ChaCha8Rng::from_seed(key))
    }

    /// A whole number in `0..bound`, without the bias of a plain remainder (Lemire 2019, arXiv:1805.10941). `bound` is
    /// at least 1.
    pub fn below(&mut self, bound: usize) -> usize {
        let bound = bound as u64;
        // The 2^64 words do not divide evenly among `bound` numbers: the first 2^64 mod bound of them are one too many
        // each, and are drawn again.
        let threshold = bound.wrapping_neg() % bound;
        loop {
            let wide = u128::from(self.0.next_u64()) * u128::from(bound);
            if wide as u64 >= threshold {
                return (wide >> 64) as usize;
            }
        }
    }

    /// A real number in `[0, 1)`, of 53 bits.
    pub fn uniform(&mut self) -> f64 {
        self.step() / STEPS
    }

    /// A real number in `(0, 1)`, of 53 bits: shifted by half a step, so that neither end is drawn and a logarithm is
    /// finite.
    pub fn uniform_open(&mut self) -> f64 {
        (self.step() + 0.5) / STEPS
    }

    /// A whole number in `0..2^53`, as a double.
    fn step(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64
    }

    /// Normal values of mean 0 and variance 1, without end, by Box and Muller's transform (1958): two of every two
    /// uniform draws.
    pub fn normals(mut self) -> impl Iterator<Item = f64> {
        std::iter::repeat_with(move || {
            let (radius, angle) = (
                (-2.0 * self.uniform_open().ln()).sqrt(),
                std::f64::consts::TAU * self.uniform_open(),
            );
            [radius * angle.cos(), radius * angle.sin()]
        })
        .flatten()
    }

    /// Puts the items in random order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        shuffle(items, |bound| self.below(bound));
    }

    /// `count` distinct items (all, if there are fewer), in random order.
    pub fn choose<'a, T>(&mut self, items: &'a [T], count: usize) -> Vec<&'a T> {
        let mut order: Vec<usize> = (0..items.len()).collect();
        let count = count.min(items.len());
        // The first `count` steps of a shuffle from the front.
        for place in 0..count {
            let other = place + self.below(order.len() - place);
            order.swap(place, other);
        }
        order[..count].iter().map(|&i| &items[i]).collect()
    }
}

/// Fisher and Yates' shuffle in Durstenfeld's form (1964), `below(n)` giving numbers in `0..n`.
pub(crate) fn shuffle<T>(items: &mut [T], mut below: impl FnMut(usize) -> usize) {
    for last in (1..items.len()).rev() {
        items.swap(last, below(last + 1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Place;
    use proptest::prelude::*;

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

    proptest! {
        #[test]
        fn choosing_takes_distinct_items(seed: u64, n in 0usize..30, count in 0usize..40) {
            let items: Vec<usize> = (0..n).collect();
            let mut chosen = Stream::seeded(seed).choose(&items, count);
            prop_assert_eq!(chosen.len(), count.min(n));
            chosen.sort_unstable();
            chosen.dedup();
            prop_assert_eq!(chosen.len(), count.min(n));
        }

        #[test]
        fn numbers_stay_below_their_bound(seed: u64, bound in 1usize..) {
            prop_assert!(Stream::seeded(seed).below(bound) < bound);
        }
    }

    #[test]
    fn uniform_draws_fill_the_unit_interval_and_open_ones_are_half_a_step_above() {
        let mut stream = Stream::named(3, "uniform");
        let draws: Vec<f64> = (0..10_000).map(|_| stream.uniform()).collect();
        assert!(draws.iter().all(|x| (0.0..1.0).contains(x)));
        let mean = draws.iter().sum::<f64>() / 1e4;
        let variance = draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 1e4;
        assert!((mean - 0.5).abs() < 0.01 && (variance - 1.0 / 12.0).abs() < 0.003);
        let open = Stream::named(3, "uniform").uniform_open();
        assert!(open > draws[0] && open - draws[0] <= f64::EPSILON);
    }

    #[test]
    fn normal_draws_have_the_moments_of_a_normal_distribution() {
        let draws: Vec<f64> = Stream::named(7, "a").normals().take(100_000).collect();
        let moment = |k: i32| draws.iter().map(|x| x.powi(k)).sum::<f64>() / 1e5;
        assert!(moment(1).abs() < 0.01 && (moment(2) - 1.0).abs() < 0.02);
        assert!(moment(3).abs() < 0.04 && (moment(4) - 3.0).abs() < 0.15);
    }

    #[test]
    fn the_numbers_of_a_stream_are_fixed() {
        assert_eq!(Stream::seeded(7).uniform(), 0.157_796_097_020_619_36);
        assert_eq!(Stream::named(7, "a").uniform_open(), 0.644_501_065_891_196_5);
        let normals = Stream::named(7, "a").normals().take(3).map(|x| x as f32);
        assert_eq!(normals.collect::<Vec<_>>(), [0.139_634_86, -0.926_854_7, 0.333_932_8]);
    }

    #[test]
    fn streams_depend_on_seed_and_name() {
        let first = |seed, name| Stream::named(seed, name).uniform();
        assert_eq!(first(7, "a"), first(7, "a"));
        assert_ne!(first(7, "a"), first(8, "a"));
        assert_ne!(first(7, "a"), first(7, "b"));
    }
}
