//! Names of the places where a computation draws.

use crate::stream::Stream;

/// A place of a computation, named by a seed, labels and numbers: its blake3 hash is the key of a [`Stream`].
///
/// Every label goes into the hash with its length, so that `("vo", "te")` and `("vote")` are two places. A number does
/// not: the caller uses the same sequence of labels and numbers wherever it draws for the same purpose.
#[derive(Debug, Clone)]
pub struct Place(blake3::Hasher);

impl Place {
    /// The place `label` under a run's `seed`.
    pub fn new(seed: u64, label: &str) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&seed.to_le_bytes());
        Self(hasher).at(label)
    }

    /// The place `part` within this one.
    pub fn at(mut self, part: &str) -> Self {
        self.0.update(&(part.len() as u64).to_le_bytes());
        self.0.update(part.as_bytes());
        self
    }

    /// The numbered place within this one.
    pub fn index(mut self, number: u64) -> Self {
        self.0.update(&number.to_le_bytes());
        self
    }

    /// A seed for code that makes its own draws at this place, such as a sampler for one response.
    pub fn seed(&self) -> u64 {
        let hash = self.0.finalize();
        let mut first = [0; 8];
        first.copy_from_slice(&hash.as_bytes()[..8]);
        u64::from_le_bytes(first)
    }

    /// The stream of draws at this place, from its beginning.
    pub fn stream(&self) -> Stream {
        Stream::keyed(*self.0.finalize().as_bytes())
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
    fn the_numbers_of_a_place_are_fixed() {
        let place = Place::new(7, "vote").index(3).at("id");
        assert_eq!(place.seed(), 9_170_093_336_600_496_923);
        assert_eq!(place.stream().below(1 << 40), 753_138_116_870);
    }
}
