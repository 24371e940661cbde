//! Root-mean-square normalisation in one kernel, a cube for each row.

use burn::tensor::{Element, Tensor};
use burn_cubecl::cubecl;
use burn_cubecl::cubecl::prelude::{Tensor as Strided, *};
use half::bf16;

use super::buffer::{Buffer, Matrix};
use super::cube;
use crate::Dtype;
use crate::ops::host;

/// Units of a cube.
const UNITS: usize = 256;

/// [`crate::ops::rms_norm::forward`] on a GPU: `x` `[n, d]`, `gamma` `[1, d]` -> `[n, d]` in `dtype`
pub(crate) fn rms_norm(x: &Tensor<2>, gamma: &Tensor<2>, epsilon: f32, dtype: Dtype) -> Option<Tensor<2>> {
    match dtype {
        Dtype::F32 => rms_norm_in::<f32>(x, gamma, epsilon),
        Dtype::Bf16 => rms_norm_in::<bf16>(x, gamma, epsilon),
    }
}

/// [`rms_norm`] with results in `O`.
pub(super) fn rms_norm_in<O: Float + CubeElement + Element>(
    x: &Tensor<2>,
    gamma: &Tensor<2>,
    epsilon: f32,
) -> Option<Tensor<2>> {
    let [n, d] = x.dims();
    let (x, gamma) = (Matrix::of(x)?, Buffer::of(gamma)?);
    let y = Buffer::empty::<O, 2>(&x, [n, d]);
    rms_norm_kernel::launch::<O>(
        x.client(),
        cube::count(n),
        CubeDim::new_1d(UNITS as u32),
        x.arg(),
        gamma.arg(),
        y.arg(),
        epsilon,
        d,
        UNITS,
    );
    Some(y.into_tensor())
}

/// Rows whose parts of a weight's gradient are added together first.
const ROWS: usize = 64;

/// [`crate::ops::rms_norm::backward`] on a GPU; says whether that is where the tensors are.
pub(crate) fn rms_norm_backward(
    [x, gamma, dy]: [&Tensor<2>; 3],
    epsilon: f32,
    dx: &mut Tensor<2>,
    dgamma: &mut Tensor<2>,
) -> bool {
    let [n, d] = x.dims();
    let ([Some(x), Some(dy)], Some(gamma)) = ([x, dy].map(Matrix::of), Buffer::of(gamma)) else {
        return false;
    };
    let scales = Buffer::empty::<f32, 1>(&x, [n]);
    let units = CubeDim::new_1d(UNITS as u32);
    host::replace(dx, |sum| {
        let sum = Matrix::owned(sum);
        let (x, gamma, dy, scales) = (x.arg(), gamma.arg(), dy.arg(), scales.arg());
        input_gradient_kernel::launch(
            sum.client(),
            cube::count(n),
            units,
            x,
            gamma,
            dy,
            sum.arg(),
            scales,
            epsilon,
            d,
            UNITS,
        );
        sum.into_tensor()
    });
    let parts = n.div_ceil(ROWS);
    let sums = Buffer::empty::<f32, 2>(&x, [parts, d]);
    weight_gradient_kernel::launch(
        x.client(),
        cube::count((parts * d).div_ceil(UNITS)),
        units,
        x.arg(),
        dy.arg(),
        scales.arg(),
        sums.tensor_arg(),
        d,
        ROWS,
    );
    host::replace(dgamma, |sum| sum + sums.into_tensor::<2>().sum_dim(0));
    true
}

/// With `s = 1 / rms` and `t = sum(dy * gamma * x)`: adds `s * dy * gamma - x * s^3 * t / d` to `dx`, and keeps `s`.
#[cube(launch)]
#[allow(clippy::too_many_arguments)]
fn input_gradient_kernel(
    x: &Strided<f32>,
    gamma: &[f32],
    dy: &Strided<f32>,
    dx: &mut Strided<f32>,
    scales: &mut [f32],
    epsilon: f32,
    #[comptime] width: usize,
    #[comptime] units: usize,
) {
    let unit = UNIT_POS as usize;
    if CUBE_POS >= x.shape(0) {
        terminate!();
    }
    let (of_x, of_dy, of_dx) = (CUBE_POS * x.stride(0), CUBE_POS * dy.stride(0), CUBE_POS * dx.stride(0));
    let mut squares = 0.0f32;
    let mut pull = 0.0f32;
    for i in range_stepped(unit, width, CUBE_DIM as usize) {
        let x = x[of_x + i];
        squares += x * x;
        pull += dy[of_dy + i] * gamma[i] * x;
    }
    let mean = cube::sum(squares, units) / width as f32;
    let scale = 1.0 / (mean + epsilon).sqrt();
    let pull = cube::sum(pull, units) * scale * scale * scale / width as f32;
    for i in range_stepped(unit, width, CUBE_DIM as usize) {
        dx[of_dx + i] += dy[of_dy + i] * gamma[i] * scale - x[of_x + i] * pull;
    }
    if unit == 0 {
        scales[CUBE_POS] = scale;
    }
}

/// Sums of `dy * x * s` over runs of `rows` rows, by column.
#[cube(launch)]
fn weight_gradient_kernel(
    x: &Strided<f32>,
    dy: &Strided<f32>,
    scales: &[f32],
    sums: &mut Strided<f32>,
    #[comptime] width: usize,
    #[comptime] rows: usize,
) {
    let at = ABSOLUTE_POS;
    if at < sums.shape(0) * width {
        let first = at / width * rows;
        let column = at % width;
        let mut sum = 0.0f32;
        for row in first..min(first + rows, x.shape(0)) {
            sum += dy[row * dy.stride(0) + column] * x[row * x.stride(0) + column] * scales[row];
        }
        sums[at] = sum;
    }
}

#[cube(launch)]
fn rms_norm_kernel<O: Float>(
    x: &Strided<f32>,
    gamma: &[f32],
    y: &mut [O],
    epsilon: f32,
    #[comptime] width: usize,
    #[comptime] units: usize,
) {
    let unit = UNIT_POS as usize;
    if CUBE_POS >= x.shape(0) {
        terminate!();
    }
    let (from, to) = (CUBE_POS * x.stride(0), CUBE_POS * width);
    let mut squares = 0.0f32;
    for i in range_stepped(unit, width, CUBE_DIM as usize) {
        let x = x[from + i];
        squares += x * x;
    }
    let mean = cube::sum(squares, units) / width as f32;
    let scale = 1.0 / (mean + epsilon).sqrt();
    for i in range_stepped(unit, width, CUBE_DIM as usize) {
        y[to + i] = O::cast_from(x[from + i] * scale * gamma[i]);
    }
}
