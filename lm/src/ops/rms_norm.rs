//! Root-mean-square normalisation (Zhang & Sennrich 2019, arXiv:1910.07467): `y = x / sqrt(mean(x^2) + eps) * gamma`.

use burn::tensor::Tensor;
use rayon::prelude::*;

use super::host::{self, Memory, math};
use super::vjp::vjp;
use crate::device::Path;
use crate::profile::{self, Phase};

/// `x` `[n, d]`, `gamma` `[1, d]` -> `[n, d]`
pub(crate) fn forward(x: &mut Tensor<2>, gamma: &Tensor<2>, epsilon: f32, path: Path) -> Tensor<2> {
    let _span = profile::span(Phase::Norm);
    match path {
        Path::Plain => definition(x.clone(), gamma.clone(), epsilon),
        Path::Host => host_forward(x, gamma, epsilon),
    }
}

/// Gradients `(dx [n, d], dgamma [1, d])`
pub(crate) fn backward(
    x: &mut Tensor<2>,
    gamma: &Tensor<2>,
    epsilon: f32,
    dy: Tensor<2>,
    path: Path,
) -> (Tensor<2>, Tensor<2>) {
    let _span = profile::span(Phase::Norm);
    match path {
        Path::Plain => {
            let [dx, dgamma] = vjp([x, gamma], &dy, |[x, gamma]| definition(x, gamma, epsilon));
            (dx, dgamma)
        }
        Path::Host => host_backward(x, gamma, epsilon, dy),
    }
}

fn definition(x: Tensor<2>, gamma: Tensor<2>, epsilon: f32) -> Tensor<2> {
    let mean_square = (x.clone() * x.clone()).mean_dim(1);
    x / (mean_square + epsilon).sqrt() * gamma
}

fn host_forward(x: &mut Tensor<2>, gamma: &Tensor<2>, epsilon: f32) -> Tensor<2> {
    let ([n, d], device) = (x.dims(), x.device());
    let gamma = host::values(gamma);
    let mut y = vec![0.0; n * d];
    host::read(x, |x| {
        host::for_rows(
            &mut y,
            d,
            #[inline(always)]
            |first, rows| {
                let inputs = x[first * d..].chunks_exact(d);
                for (y, x) in rows.chunks_exact_mut(d).zip(inputs) {
                    let scale = inverse_root(x, epsilon);
                    for ((y, x), gamma) in y.iter_mut().zip(x).zip(&gamma) {
                        *y = x * scale * gamma;
                    }
                }
            },
        );
    });
    host::tensor(y, [n, d], &device)
}

/// With `s = 1 / rms` and `t = sum(dy * gamma * x)`: `dx = s * dy * gamma - x * s^3 * t / d`, `dgamma = sum_rows(dy * x * s)`.
fn host_backward(
    x: &mut Tensor<2>,
    gamma: &Tensor<2>,
    epsilon: f32,
    dy: Tensor<2>,
) -> (Tensor<2>, Tensor<2>) {
    let ([_, d], device) = (x.dims(), x.device());
    let (gamma, mut dy) = (host::values(gamma), Memory::take(dy));
    let size = host::rows_per_task(d) * d;
    let task = |(dy, x): (&mut [f32], &[f32])| {
        let mut dgamma = vec![0.0; d];
        host::vectorised(
            #[inline(always)]
            || {
                for (dy, x) in dy.chunks_exact_mut(d).zip(x.chunks_exact(d)) {
                    backward_row(x, &gamma, epsilon, dy, &mut dgamma);
                }
            },
        );
        dgamma
    };
    let partial: Vec<Vec<f32>> = host::read(x, |x| {
        dy.slice_mut()
            .par_chunks_mut(size)
            .zip(x.par_chunks(size))
            .map(task)
            .collect()
    });
    let mut dgamma = vec![0.0; d];
    for part in &partial {
        math::axpy(&mut dgamma, 1.0, part);
    }
    (
        dy.into_tensor(&device),
        host::tensor(dgamma, [1, d], &device),
    )
}

#[inline(always)]
fn backward_row(x: &[f32], gamma: &[f32], epsilon: f32, dy: &mut [f32], dgamma: &mut [f32]) {
    let scale = inverse_root(x, epsilon);
    let pull = math::dot3(dy, gamma, x) * scale * scale * scale / x.len() as f32;
    for (((dy, x), gamma), dgamma) in dy.iter_mut().zip(x).zip(gamma).zip(dgamma) {
        *dgamma += *dy * x * scale;
        *dy = *dy * gamma * scale - x * pull;
    }
}

#[inline(always)]
fn inverse_root(x: &[f32], epsilon: f32) -> f32 {
    1.0 / (math::dot(x, x) / x.len() as f32 + epsilon).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_close, random};

    #[test]
    fn host_path_equals_the_definition_and_its_gradient() {
        let (mut x, gamma, dy) = (random([7, 24], 1), random([1, 24], 2), random([7, 24], 3));
        let plain = forward(&mut x, &gamma, 1e-5, Path::Plain);
        assert_close(&forward(&mut x, &gamma, 1e-5, Path::Host), &plain, 1e-6);
        let (dx, dgamma) = backward(&mut x, &gamma, 1e-5, dy.clone(), Path::Plain);
        let (host_dx, host_dgamma) = backward(&mut x, &gamma, 1e-5, dy, Path::Host);
        assert_close(&host_dx, &dx, 1e-5);
        assert_close(&host_dgamma, &dgamma, 1e-5);
    }

    #[test]
    fn a_row_by_hand() {
        let device = burn::tensor::Device::flex();
        let mut x = host::tensor(vec![3.0, 4.0], [1, 2], &device);
        let gamma = host::tensor(vec![1.0, 2.0], [1, 2], &device);
        // rms = sqrt(12.5)
        let y = host::values(&forward(&mut x, &gamma, 0.0, Path::Host));
        assert!(
            (y[0] - 3.0 / 12.5f32.sqrt()).abs() < 1e-6
                && (y[1] - 8.0 / 12.5f32.sqrt()).abs() < 1e-6
        );
    }
}
