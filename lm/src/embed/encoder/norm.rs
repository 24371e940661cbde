//! Layer normalisation (Ba et al. 2016, arXiv:1607.06450): `y = (x - mean) / sqrt(variance + eps) * gamma + beta`.

use burn::tensor::Tensor;

use super::weights::Affine;
use crate::ops::host::{self, View};

/// Normalises the rows of `x` where they are.
pub(super) fn layer_norm(x: &mut Tensor<2>, norm: &Affine, epsilon: f32) {
    let [_, width] = x.dims();
    let (gamma, beta) = (View::of(&norm.weight), View::of(&norm.bias));
    host::write(x, |values| {
        host::for_rows(values, width, |_, rows| {
            let rows = rows.chunks_exact_mut(width);
            rows.for_each(|row| normalise(row, gamma.slice(), beta.slice(), epsilon));
        });
    });
}

/// One row; its moments are taken in f64, the variance from the mean.
fn normalise(row: &mut [f32], gamma: &[f32], beta: &[f32], epsilon: f32) {
    let count = row.len() as f64;
    let mean = row.iter().map(|x| f64::from(*x)).sum::<f64>() / count;
    let squares = row.iter().map(|x| (f64::from(*x) - mean).powi(2)).sum::<f64>();
    let scale = 1.0 / (squares / count + f64::from(epsilon)).sqrt();
    for ((x, gamma), beta) in row.iter_mut().zip(gamma).zip(beta) {
        *x = ((f64::from(*x) - mean) * scale) as f32 * gamma + beta;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_those_of_torch() {
        let tensor = |values: &[f32], rows| {
            host::tensor(
                values.to_vec(),
                [rows, values.len() / rows],
                &burn::tensor::Device::flex(),
            )
        };
        let norm = Affine {
            weight: tensor(&[1.0, 2.0, 0.5, -1.0], 1),
            bias: tensor(&[0.0, 0.1, 0.2, 0.3], 1),
        };
        let mut x = tensor(&[1.0, 2.0, 3.0, 6.0, -1.0, 0.0, 0.0, 1.0], 2);
        layer_norm(&mut x, &norm, 1e-5);
        // torch.nn.functional.layer_norm
        let expected = [
            -1.069_043_5,
            -0.969_043_5,
            0.2,
            -1.303_565_3,
            -1.414_199_5,
            0.1,
            0.2,
            -1.114_199_5,
        ];
        for (got, expected) in host::values(&x).into_iter().zip(expected) {
            assert!((got - expected).abs() < 1e-6, "{got}, not {expected}");
        }
    }
}
