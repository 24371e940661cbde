//! Lengths: one for all, or spread over a range.

use std::fmt;
use std::str::FromStr;

/// Lengths from `first` to `last`, both inclusive; a single length if they are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spread {
    first: usize,
    last: usize,
}

impl Spread {
    /// `n` lengths in equal steps over the range, in a shuffled order that depends on `n` and `seed` alone.
    pub(super) fn lengths(self, n: usize, seed: u64) -> Vec<usize> {
        let (width, steps) = (self.last - self.first, n.saturating_sub(1).max(1));
        let mut lengths: Vec<usize> = (0..n).map(|i| self.first + (width * i + steps / 2) / steps).collect();
        let mut draws = Draws(seed);
        for end in (1..n).rev() {
            lengths.swap(end, draws.below(end + 1));
        }
        lengths
    }
}

impl FromStr for Spread {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |part: &str| {
            let expected = "expected a length such as `128`, or a range such as `16..400`";
            part.parse::<usize>().map_err(|_| expected.to_owned())
        };
        let (first, last) = match text.split_once("..") {
            Some((first, last)) => (number(first)?, number(last)?),
            None => (number(text)?, number(text)?),
        };
        match (first, last) {
            (0, _) => Err("a length must be at least 1".to_owned()),
            _ if first > last => Err("a range must begin with its smaller end".to_owned()),
            _ => Ok(Self { first, last }),
        }
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self { first, last } if first == last => write!(f, "{first}"),
            Self { first, last } => write!(f, "{first}..{last}"),
        }
    }
}

/// Pseudo-random numbers, a function of the seed: SplitMix64 (Steele et al. 2014).
pub(super) struct Draws(pub(super) u64);

impl Draws {
    /// Any number.
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `n`, which must not be 0.
    pub(super) fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_reach_both_ends_in_equal_steps() {
        let spread: Spread = "16..400".parse().unwrap();
        let mut lengths = spread.lengths(5, 1);
        assert_ne!(lengths, spread.lengths(5, 2));
        lengths.sort_unstable();
        assert_eq!(lengths, [16, 112, 208, 304, 400]);
        assert_eq!(spread.lengths(1, 0), [16]);
        assert_eq!("7".parse::<Spread>().unwrap().lengths(3, 0), [7; 3]);
        assert_eq!(spread.to_string(), "16..400");
    }

    #[test]
    fn what_is_no_length_is_refused() {
        for text in ["", "x", "1..", "0", "0..4", "9..8", "-1"] {
            assert!(text.parse::<Spread>().is_err(), "{text}");
        }
    }
}
