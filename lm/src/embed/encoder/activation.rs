//! What the MLP of a layer puts between its two products.

use std::path::Path;

use burn::tensor::Tensor;

use crate::LmError;
use crate::ops::gate::{Gelu, Slope};
use crate::ops::host::{self, math};

/// The function of an MLP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Activation {
    /// `x * (1 + erf(x / sqrt(2))) / 2` (Hendrycks & Gimpel 2016, arXiv:1606.08415).
    Gelu,
    /// Its approximation with `tanh`.
    GeluTanh,
    /// `max(x, 0)`
    Relu,
}

impl Activation {
    /// The function that `hidden_act` names; GELU if it names none. `path` names the file in errors.
    pub fn of(path: &Path, name: Option<&str>) -> Result<Self, LmError> {
        match name {
            None | Some("gelu") => Ok(Self::Gelu),
            Some("gelu_new" | "gelu_pytorch_tanh") => Ok(Self::GeluTanh),
            Some("relu") => Ok(Self::Relu),
            Some(other) => Err(LmError::Unsupported {
                path: path.to_path_buf(),
                what: format!("hidden_act `{other}`"),
                supported: "`gelu`, `gelu_new`, `gelu_pytorch_tanh` and `relu`",
            }),
        }
    }

    /// Applies it where the values are.
    pub fn apply(self, x: &mut Tensor<2>) {
        let [_, width] = x.dims();
        host::write(x, |values| {
            host::for_rows(
                values,
                width,
                #[inline(always)]
                |_, rows| match self {
                    Self::Gelu => each(rows, |x| 0.5 * x * (1.0 + erf(x * std::f32::consts::FRAC_1_SQRT_2))),
                    Self::GeluTanh => each(rows, |x| x * math::sigmoid(Gelu::inner(x))),
                    Self::Relu => each(rows, |x| x.max(0.0)),
                },
            );
        });
    }
}

#[inline(always)]
fn each(values: &mut [f32], f: impl Fn(f32) -> f32) {
    for value in values {
        *value = f(*value);
    }
}

/// The error function, within 3e-7 (Abramowitz & Stegun 1964, formula 7.1.26).
#[inline(always)]
fn erf(x: f32) -> f32 {
    let size = x.abs();
    let t = 1.0 / (1.0 + 0.327_591_1 * size);
    let series = ((((1.061_405_4 * t - 1.453_152) * t + 1.421_413_7) * t - 0.284_496_74) * t + 0.254_829_6) * t;
    (1.0 - series * math::exp(-size * size)).copysign(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn erf_is_that_of_scipy() {
        let expected = [
            (0.0, 0.0),
            (0.1, 0.112_462_916),
            (0.5, 0.520_499_9),
            (1.0, 0.842_700_8),
            (2.0, 0.995_322_3),
            (4.5, 1.0),
            (30.0, 1.0),
        ];
        for (x, expected) in expected {
            for sign in [1.0f32, -1.0] {
                let error = (erf(sign * x) - sign * expected).abs();
                assert!(error < 3e-7, "{x}: {error}");
            }
        }
    }

    #[test]
    fn activations_are_those_of_torch() {
        // torch.nn.functional.gelu, gelu(approximate="tanh") and relu
        let cases = [
            (
                Activation::Gelu,
                [-0.045_500_264, -0.154_268_79, 0.841_344_7, 2.995_950_2],
            ),
            (
                Activation::GeluTanh,
                [-0.045_402_348, -0.154_286, 0.841_191_95, 2.996_362_7],
            ),
            (Activation::Relu, [0.0, 0.0, 1.0, 3.0]),
        ];
        for (activation, expected) in cases {
            let mut x = host::tensor(vec![-2.0, -0.5, 1.0, 3.0], [2, 2], &burn::tensor::Device::flex());
            activation.apply(&mut x);
            for (got, expected) in host::values(&x).into_iter().zip(expected) {
                assert!((got - expected).abs() < 1e-6, "{activation:?}: {got}, not {expected}");
            }
        }
    }
}
