//! Root-mean-square normalisation (Zhang & Sennrich 2019, arXiv:1910.07467): `y = x / sqrt(mean(x^2) + eps) * gamma`.

use burn::tensor::Tensor;
use rayon::prelude::*;

use super::gpu;
use super::host::{self, View, math, pool};
use super::vjp::vjp;
use crate::device::{Path, Product};
use crate::profile::{self, Phase};

/// `x` `[n, d]`, `gamma` `[1, d]` -> `[n, d]`, which a GPU rounds as operands of `product` already.
pub(crate) fn forward(x: &Tensor<2>, gamma: &Tensor<2>, epsilon: f32, product: impl Into<Product>) -> Tensor<2> {
    let _span = profile::span(Phase::Norm);
    let Product { path, dtype, .. } = product.into();
    match path {
        Path::Plain => {
            let fused = gpu::rms_norm(x, gamma, epsilon, dtype);
            fused.unwrap_or_else(|| definition(x.clone(), gamma.clone(), epsilon))
        }
        Path::Host => host_forward(x, gamma, epsilon),
    }
}

/// Adds the gradients of `x` to `dx` `[n, d]` and of `gamma` to `dgamma` `[1, d]`, `dy` being that of the output.
pub(crate) fn backward(
    [x, gamma, dy]: [&Tensor<2>; 3],
    epsilon: f32,
    dx: &mut Tensor<2>,
    dgamma: &mut Tensor<2>,
    path: Path,
) {
    let _span = profile::span(Phase::Norm);
    match path {
        Path::Plain if gpu::rms_norm_backward([x, gamma, dy], epsilon, dx, dgamma) => {}
        Path::Plain => {
            let gradients = vjp([x, gamma], dy, |[x, gamma]| definition(x, gamma, epsilon));
            let [to_x, to_gamma] = gradients;
            host::replace(dx, |sum| sum + to_x);
            host::replace(dgamma, |sum| sum + to_gamma);
        }
        Path::Host => host_backward([x, gamma, dy].map(View::of), epsilon, dx, dgamma),
    }
}

fn definition(x: Tensor<2>, gamma: Tensor<2>, epsilon: f32) -> Tensor<2> {
    let mean_square = (x.clone() * x.clone()).mean_dim(1);
    x / (mean_square + epsilon).sqrt() * gamma
}

fn host_forward(x: &Tensor<2>, gamma: &Tensor<2>, epsilon: f32) -> Tensor<2> {
    let ([n, d], device) = (x.dims(), x.device());
    let (x, gamma) = (View::of(x), View::of(gamma));
    let (x, gamma) = (x.slice(), gamma.slice());
    let mut y = pool::vec(n * d);
    host::for_rows(
        &mut y,
        d,
        #[inline(always)]
        |first, rows| {
            let inputs = x[first * d..].chunks_exact(d);
            for (y, x) in rows.chunks_exact_mut(d).zip(inputs) {
                forward_row(x, gamma, epsilon, y);
            }
        },
    );
    host::tensor(y, [n, d], &device)
}

/// With `s = 1 / rms` and `t = sum(dy * gamma * x)`: `dx = s * dy * gamma - x * s^3 * t / d`, `dgamma = sum_rows(dy * x
/// * s)`.
fn host_backward([x, gamma, dy]: [View; 3], epsilon: f32, dx: &mut Tensor<2>, dgamma: &mut Tensor<2>) {
    let (x, gamma, dy) = (x.slice(), gamma.slice(), dy.slice());
    let d = gamma.len();
    let size = host::rows_per_task(d) * d;
    let task = |((dx, dy), x): ((&mut [f32], &[f32]), &[f32])| {
        let mut dgamma = vec![0.0; d];
        host::vectorised(
            #[inline(always)]
            || {
                let rows = dx.chunks_exact_mut(d).zip(dy.chunks_exact(d));
                for ((dx, dy), x) in rows.zip(x.chunks_exact(d)) {
                    backward_row([x, gamma, dy], epsilon, dx, &mut dgamma);
                }
            },
        );
        dgamma
    };
    let mut partial: Vec<Vec<f32>> = Vec::new();
    host::write(dx, |dx| {
        let rows = dx.par_chunks_mut(size).zip(dy.par_chunks(size));
        partial = rows.zip(x.par_chunks(size)).map(task).collect();
    });
    host::write(dgamma, |dgamma| {
        partial.iter().for_each(|part| math::axpy(dgamma, 1.0, part));
    });
}

// Functions of their own, because the compiler needs their parameters' promise not to overlap in order to vectorise.

#[inline(always)]
fn forward_row(x: &[f32], gamma: &[f32], epsilon: f32, y: &mut [f32]) {
    let scale = inverse_root(x, epsilon);
    for ((y, x), gamma) in y.iter_mut().zip(x).zip(gamma) {
        *y = x * scale * gamma;
    }
}

#[inline(always)]
pub(super) fn backward_row([x, gamma, dy]: [&[f32]; 3], epsilon: f32, dx: &mut [f32], dgamma: &mut [f32]) {
    let scale = inverse_root(x, epsilon);
    let pull = math::dot3(dy, gamma, x) * scale * scale * scale / x.len() as f32;
    let inputs = dy.iter().zip(x).zip(gamma);
    for (((dy, x), gamma), (dx, dgamma)) in inputs.zip(dx.iter_mut().zip(dgamma)) {
        *dgamma += dy * x * scale;
        *dx += dy * gamma * scale - x * pull;
    }
}

#[inline(always)]
pub(super) fn inverse_root(x: &[f32], epsilon: f32) -> f32 {
    1.0 / (math::dot(x, x) / x.len() as f32 + epsilon).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_close, random};

    #[test]
    fn host_path_equals_the_definition_and_its_gradient() {
        let (x, gamma, dy) = (random([7, 24], 1), random([1, 24], 2), random([7, 24], 3));
        let plain = forward(&x, &gamma, 1e-5, Path::Plain);
        assert_close(&forward(&x, &gamma, 1e-5, Path::Host), &plain, 1e-6);
        let [plain, host] = [Path::Plain, Path::Host].map(|path| {
            let (mut dx, mut dgamma) = (random([7, 24], 4), random([1, 24], 5));
            backward([&x, &gamma, &dy], 1e-5, &mut dx, &mut dgamma, path);
            (dx, dgamma)
        });
        assert_close(&host.0, &plain.0, 1e-5);
        assert_close(&host.1, &plain.1, 1e-5);
    }

    #[test]
    fn a_row_by_hand() {
        let device = burn::tensor::Device::flex();
        let x = host::tensor(vec![3.0, 4.0], [1, 2], &device);
        let gamma = host::tensor(vec![1.0, 2.0], [1, 2], &device);
        // rms = sqrt(12.5)
        let y = host::values(&forward(&x, &gamma, 0.0, Path::Host));
        assert!((y[0] - 3.0 / 12.5f32.sqrt()).abs() < 1e-6 && (y[1] - 8.0 / 12.5f32.sqrt()).abs() < 1e-6);
    }
}
