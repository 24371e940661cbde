//! An AdamW update in one kernel, in place.

use burn::tensor::{DType, Element, Tensor};
use burn_cubecl::cubecl;
use burn_cubecl::cubecl::prelude::{Tensor as Strided, *};
use half::bf16;

use super::buffer::Matrix;
use super::cube;
use crate::ops::host;
use crate::ops::slot::{Slot, Update};

/// Units of a cube.
const UNITS: usize = 256;

/// [`crate::ops::adamw::update`] on a GPU; says whether that is where the tensors are.
pub(crate) fn adamw(slot: &mut Slot, gradient: &Tensor<2>, with: Update) -> bool {
    let Some(gradient) = Matrix::of(gradient) else {
        return false;
    };
    match slot.mean.dtype() {
        DType::BF16 => launch::<bf16>(slot, &gradient, with),
        _ => launch::<f32>(slot, &gradient, with),
    }
    true
}

fn launch<K: Float + CubeElement + Element>(slot: &mut Slot, gradient: &Matrix, with: Update) {
    let [rows, width] = slot.value.dims();
    let parts = [&mut slot.value, &mut slot.mean, &mut slot.square];
    let [value, mean, square] = parts.map(|part| Matrix::owned(host::take(part)));
    adamw_kernel::launch::<K>(
        gradient.client(),
        cube::count((rows * width).div_ceil(UNITS)),
        CubeDim::new_1d(UNITS as u32),
        value.arg(),
        mean.arg(),
        square.arg(),
        gradient.arg(),
        numbers(with),
    );
    *slot = Slot {
        value: value.into_tensor(),
        mean: mean.into_tensor(),
        square: square.into_tensor(),
    };
}

/// The numbers of an update.
#[derive(CubeType, CubeLaunch)]
struct Numbers {
    scale: f32,
    beta1: f32,
    beta2: f32,
    correction1: f32,
    correction2: f32,
    epsilon: f32,
    lr: f32,
    /// What remains of a weight: `1 - lr * weight_decay`.
    kept: f32,
}

fn numbers(with: Update) -> NumbersLaunch {
    NumbersLaunch::new(
        with.scale,
        with.beta1,
        with.beta2,
        with.correction1,
        with.correction2,
        with.epsilon,
        with.lr,
        1.0 - with.lr * with.weight_decay,
    )
}

#[cube(launch)]
fn adamw_kernel<K: Float>(
    value: &mut Strided<f32>,
    mean: &mut Strided<K>,
    square: &mut Strided<K>,
    gradient: &Strided<f32>,
    with: &Numbers,
) {
    let width = gradient.shape(1);
    let (row, column) = (ABSOLUTE_POS / width, ABSOLUTE_POS % width);
    if row < gradient.shape(0) {
        let at = row * value.stride(0) + column;
        let (of_mean, of_square) = (row * mean.stride(0) + column, row * square.stride(0) + column);
        let g = gradient[row * gradient.stride(0) + column] * with.scale;
        let m = f32::cast_from(mean[of_mean]) * with.beta1 + g * (1.0 - with.beta1);
        let v = f32::cast_from(square[of_square]) * with.beta2 + g * g * (1.0 - with.beta2);
        let denominator = (v / with.correction2).sqrt() + with.epsilon;
        value[at] = value[at] * with.kept - m / with.correction1 / denominator * with.lr;
        mean[of_mean] = K::cast_from(m);
        square[of_square] = K::cast_from(v);
    }
}
