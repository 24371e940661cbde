//! Rotary position embedding (Su et al. 2021, arXiv:2104.09864), the half-split form of Hugging Face:
//! element `i` of a head is rotated with element `i + head_dim / 2` by the angle `position * frequency_i`.

use std::sync::OnceLock;

use crate::config::{Config, RopeScaling};

/// Positions of the first block of a table; every further block has twice as many as the one before.
const FIRST: usize = 1024;

/// Blocks for every position that a `usize` can name.
const BLOCKS: usize = usize::BITS as usize;

/// Cosines and sines of positions. Tables grow with the positions that are used: a model's context may be far longer.
#[derive(Debug)]
pub(crate) struct Rope {
    frequencies: Vec<f32>,
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
    /// The tables of a model, still empty.
    pub fn new(config: &Config) -> Self {
        Self {
            frequencies: frequencies(config),
            blocks: [const { OnceLock::new() }; BLOCKS],
        }
    }

    /// Width of the heads that it rotates.
    pub fn dim(&self) -> usize {
        2 * self.frequencies.len()
    }

    /// Cosines and sines of one position, `head_dim / 2` each.
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
                cos.push(angle.cos() as f32);
                sin.push(angle.sin() as f32);
            }
        }
        Block { cos, sin }
    }
}

/// `theta^(-2i / head_dim)`, stretched as the configuration says.
fn frequencies(config: &Config) -> Vec<f32> {
    let dim = config.head_dim as f64;
    (0..config.head_dim / 2)
        .map(|i| (1.0 / (config.rope_theta as f32).powf((2.0 * i as f64 / dim) as f32)) as f64)
        .map(|frequency| stretch(frequency, config.rope_scaling) as f32)
        .collect()
}

/// One frequency after scaling. Llama 3.1's rule is by wavelength: longer than `original / low` is divided by the
/// factor, shorter than `original / high` is kept, between the two is interpolated (Llama 3.1 model card and code).
fn stretch(frequency: f64, scaling: RopeScaling) -> f64 {
    match scaling {
        RopeScaling::None => frequency,
        RopeScaling::Linear { factor } => frequency / factor,
        RopeScaling::Llama3 {
            factor,
            low,
            high,
            original_context,
        } => {
            let wavelength = std::f64::consts::TAU / frequency;
            if wavelength > original_context / low {
                frequency / factor
            } else if wavelength < original_context / high {
                frequency
            } else {
                let smooth = (original_context / wavelength - low) / (high - low);
                (1.0 - smooth) * frequency / factor + smooth * frequency
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::config;

    #[test]
    fn positions_anywhere_have_the_angles_of_the_definition() {
        let rope = Rope::new(&Config {
            context: usize::MAX,
            head_dim: 8,
            ..config(8)
        });
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
    fn llama3_keeps_high_and_divides_low_frequencies() {
        let scaling = RopeScaling::Llama3 {
            factor: 8.0,
            low: 1.0,
            high: 4.0,
            original_context: 8192.0,
        };
        assert_eq!(stretch(1.0, scaling), 1.0);
        assert_eq!(stretch(1e-5, scaling), 1e-5 / 8.0);
        // wavelength 4096: smooth = (2 - 1) / 3, so f * (2/3 / 8 + 1/3) = f * 5/12
        let frequency = std::f64::consts::TAU / 4096.0;
        assert!((stretch(frequency, scaling) - frequency * 5.0 / 12.0).abs() < 1e-12);
    }
}
