//! Rotary position embedding (Su et al. 2021, arXiv:2104.09864), the half-split form of Hugging Face:
//! element `i` of a head is rotated with element `i + head_dim / 2` by the angle `position * frequency_i`.

use crate::config::{Config, RopeScaling};

/// Cosines and sines of every position of the context.
#[derive(Debug)]
pub(crate) struct Rope {
    half: usize,
    /// `[context, half]`
    cos: Vec<f32>,
    /// `[context, half]`
    sin: Vec<f32>,
}

impl Rope {
    /// The tables of a model. Angles are rounded to f32 before the cosine, as `transformers` does.
    pub fn new(config: &Config) -> Self {
        let frequencies = frequencies(config);
        let half = frequencies.len();
        let mut cos = Vec::with_capacity(config.context * half);
        let mut sin = Vec::with_capacity(config.context * half);
        for position in 0..config.context {
            for frequency in &frequencies {
                let angle = f64::from(position as f32 * frequency);
                cos.push(angle.cos() as f32);
                sin.push(angle.sin() as f32);
            }
        }
        Self { half, cos, sin }
    }

    /// Width of the heads that it rotates.
    pub fn dim(&self) -> usize {
        2 * self.half
    }

    /// Cosines and sines of one position, `head_dim / 2` each.
    pub fn at(&self, position: usize) -> (&[f32], &[f32]) {
        let range = position * self.half..(position + 1) * self.half;
        (&self.cos[range.clone()], &self.sin[range])
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
