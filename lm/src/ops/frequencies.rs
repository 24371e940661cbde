//! The frequencies of rotary position embedding, stretched for contexts longer than those of training.

use crate::config::{Config, RopeScaling, Rotation, Yarn};

/// The frequencies of a model's rotation, `theta^(-2i / n)` before stretching, and the factor of cosines and sines.
pub(super) fn frequencies(config: &Config, rotation: Rotation) -> (Vec<f32>, f32) {
    let dim = config.rotated.unwrap_or(config.head_dim);
    let powers = |theta: f64| -> Vec<f32> {
        let power = |i| (theta as f32).powf((2.0 * i as f64 / dim as f64) as f32);
        (0..dim / 2).map(power).collect()
    };
    match rotation {
        Rotation::None => (vec![0.0; dim / 2], 1.0),
        Rotation::Local => (
            powers(config.local_theta).iter().map(|power| 1.0 / power).collect(),
            1.0,
        ),
        Rotation::Model => {
            let powers = powers(config.rope_theta);
            let stretched = powers.iter().enumerate();
            let stretched = stretched.map(|(i, power)| stretch(i, *power, dim, config)).collect();
            (stretched, attention(&config.rope_scaling))
        }
    }
}

/// The factor of cosines and sines.
fn attention(scaling: &RopeScaling) -> f32 {
    match scaling {
        RopeScaling::Yarn(yarn) => yarn.attention as f32,
        RopeScaling::Long { attention, .. } => *attention as f32,
        _ => 1.0,
    }
}

/// Frequency `i` of a rotation of `dim` elements, `power` being its inverse without scaling.
fn stretch(i: usize, power: f32, dim: usize, config: &Config) -> f32 {
    match &config.rope_scaling {
        RopeScaling::Yarn(yarn) => yarn_frequency(i, power, dim, config.rope_theta, yarn),
        RopeScaling::Long { short, .. } => 1.0 / (short.get(i).copied().unwrap_or(1.0) as f32 * power),
        other => by_wavelength(f64::from(1.0 / power), other) as f32,
    }
}

/// One frequency after scaling. Llama 3.1's rule is by wavelength: longer than `original / low` is divided by the
/// factor, shorter than `original / high` is kept, between the two is interpolated (Llama 3.1 model card and code).
fn by_wavelength(frequency: f64, scaling: &RopeScaling) -> f64 {
    match *scaling {
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
        _ => frequency,
    }
}

/// YaRN's frequencies (Peng et al. 2023, arXiv:2309.00071, section 3.2), with the ramp over numbers of frequencies as
/// its authors' code has it.
fn yarn_frequency(i: usize, power: f32, dim: usize, theta: f64, yarn: &Yarn) -> f32 {
    let number = |turns: f64| {
        let ratio = yarn.original_context / (turns * std::f64::consts::TAU);
        dim as f64 * ratio.ln() / (2.0 * theta.ln())
    };
    let (mut low, mut high) = (number(yarn.fast), number(yarn.slow));
    if yarn.truncate {
        (low, high) = (low.floor(), high.ceil());
    }
    (low, high) = (low.max(0.0), high.min(dim as f64 - 1.0));
    if low == high {
        high += 0.001;
    }
    let divided = ((i as f64 - low) / (high - low)).clamp(0.0, 1.0) as f32;
    let kept = 1.0 - divided;
    (1.0 / (yarn.factor as f32 * power)) * (1.0 - kept) + (1.0 / power) * kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn llama3_keeps_high_and_divides_low_frequencies() {
        let scaling = &RopeScaling::Llama3 {
            factor: 8.0,
            low: 1.0,
            high: 4.0,
            original_context: 8192.0,
        };
        assert_eq!(by_wavelength(1.0, scaling), 1.0);
        assert_eq!(by_wavelength(1e-5, scaling), 1e-5 / 8.0);
        // wavelength 4096: smooth = (2 - 1) / 3, so f * (2/3 / 8 + 1/3) = f * 5/12
        let frequency = std::f64::consts::TAU / 4096.0;
        assert!((by_wavelength(frequency, scaling) - frequency * 5.0 / 12.0).abs() < 1e-12);
    }
}
