//! What the gate of an MLP passes through: `x * sigmoid(inner(x))`.

/// The function of a gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gate {
    /// `x * sigmoid(x)`
    Silu,
    /// GELU by its approximation with `tanh` (Hendrycks & Gimpel 2016, arXiv:1606.08415, section 2).
    Gelu,
}

/// The inner function and its slope, known when the code is compiled.
pub(crate) trait Slope {
    /// The argument of the sigmoid.
    fn inner(x: f32) -> f32;

    /// `x * inner'(x) * (1 - sigmoid)`
    fn rest(x: f32, sigmoid: f32) -> f32;
}

/// See [`Gate::Silu`].
pub(crate) struct Silu;

impl Slope for Silu {
    #[inline(always)]
    fn inner(x: f32) -> f32 {
        x
    }

    #[inline(always)]
    fn rest(x: f32, sigmoid: f32) -> f32 {
        x * (1.0 - sigmoid)
    }
}

/// See [`Gate::Gelu`]. `(1 + tanh(z)) / 2` is `sigmoid(2 z)`, and `z = sqrt(2 / pi) (x + 0.044715 x^3)`.
pub(crate) struct Gelu;

impl Gelu {
    pub const CUBE: f32 = 0.044_715;
    /// `2 sqrt(2 / pi)`
    pub const STEEP: f32 = std::f32::consts::FRAC_2_SQRT_PI * std::f32::consts::SQRT_2;
}

impl Slope for Gelu {
    #[inline(always)]
    fn inner(x: f32) -> f32 {
        Self::STEEP * (x + Self::CUBE * x * x * x)
    }

    #[inline(always)]
    fn rest(x: f32, sigmoid: f32) -> f32 {
        x * (1.0 - sigmoid) * Self::STEEP * (1.0 + 3.0 * Self::CUBE * x * x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::host::math::sigmoid;

    #[test]
    fn gelu_is_that_of_its_definition() {
        for x in [-3.0f32, -0.5, 0.0, 0.7, 4.0] {
            let z = (2.0 / std::f64::consts::PI).sqrt() * (f64::from(x) + 0.044715 * f64::from(x).powi(3));
            let expected = 0.5 * f64::from(x) * (1.0 + z.tanh());
            let got = x * sigmoid(Gelu::inner(x));
            assert!((f64::from(got) - expected).abs() < 1e-6, "{x}: {got}");
        }
    }
}
