//! Rotary position embedding (Su et al. 2021, arXiv:2104.09864), the half-split form of Hugging Face: of the `n`
//! elements of a head that are rotated, element `i` turns with element `i + n / 2` by the angle
//! `position * frequency_i`.

use std::sync::OnceLock;

use super::frequencies::frequencies;
use crate::config::{Config, Rotation};

/// Positions of the first block of a table; every further block has twice as many as the one before.
const FIRST: usize = 1024;

/// Blocks for every position that a `usize` can name.
const BLOCKS: usize = usize::BITS as usize;

/// Cosines and sines of positions. Tables grow with the positions that are used: a model's context may be far longer.
#[derive(Debug)]
pub(crate) struct Rope {
    frequencies: Vec<f32>,
    /// What cosines and sines are multiplied by.
    scale: f32,
    blocks: [OnceLock<Block>; BLOCKS],
}

/// The tables of some consecutive positions.
#[derive(Debug)]
struct Block {
    /// `[positions, half]`
    cos: Vec<f32>,
    /// `[positions, half]`
    sin: Vec<f32>,
}

impl Rope {
    /// The tables of a rotation of a model, still empty.
    pub fn new(config: &Config, rotation: Rotation) -> Self {
        let (frequencies, scale) = frequencies(config, rotation);
        Self {
            frequencies,
            scale,
            blocks: [const { OnceLock::new() }; BLOCKS],
        }
    }

    /// Elements of a head that it rotates.
    pub fn dim(&self) -> usize {
        2 * self.frequencies.len()
    }

    /// Cosines and sines of one position, half as many as elements that are rotated.
    pub fn at(&self, position: usize) -> (&[f32], &[f32]) {
        let half = self.frequencies.len();
        let number = (position / FIRST + 1).ilog2() as usize;
        let first = FIRST * ((1 << number) - 1);
        let block = self.blocks[number].get_or_init(|| self.block(first, FIRST << number));
        let range = (position - first) * half..(position - first + 1) * half;
        (&block.cos[range.clone()], &block.sin[range])
    }

    /// Angles are rounded to f32 before the cosine, as `transformers` does.
    fn block(&self, first: usize, positions: usize) -> Block {
        let size = positions * self.frequencies.len();
        let (mut cos, mut sin) = (Vec::with_capacity(size), Vec::with_capacity(size));
        for position in first..first + positions {
            for frequency in &self.frequencies {
                let angle = f64::from(position as f32 * frequency);
                cos.push(angle.cos() as f32 * self.scale);
                sin.push(angle.sin() as f32 * self.scale);
            }
        }
        Block { cos, sin }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::config;

    #[test]
    fn positions_anywhere_have_the_angles_of_the_definition() {
        let config = Config {
            context: usize::MAX,
            head_dim: 8,
            ..config(8)
        };
        let rope = Rope::new(&config, Rotation::Model);
        assert_eq!(rope.dim(), 8);
        for position in [0, 1, 1023, 1024, 1025, 3071, 3072, 7167, 7168, 40_000] {
            let (cos, sin) = rope.at(position);
            for (i, (cos, sin)) in cos.iter().zip(sin).enumerate() {
                let frequency = 10000f64.powf(-(2.0 * i as f64) / 8.0);
                let angle = position as f64 * frequency;
                // An angle of 40,000 has 12 bits behind the point in f32.
                let close = |got: &f32, expected: f64| (f64::from(*got) - expected).abs() < 4e-3;
                assert!(close(cos, angle.cos()) && close(sin, angle.sin()), "{position}");
            }
        }
    }

    #[test]
    fn a_layer_that_does_not_rotate_leaves_heads_as_they_are() {
        let rope = Rope::new(&config(8), Rotation::None);
        let (cos, sin) = rope.at(77);
        assert!(cos.iter().all(|cos| *cos == 1.0) && sin.iter().all(|sin| *sin == 0.0));
    }
}
