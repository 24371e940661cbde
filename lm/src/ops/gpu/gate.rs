//! Gated hidden layers in one kernel.

use burn::tensor::{Element, Tensor};
use burn_cubecl::cubecl;
use burn_cubecl::cubecl::prelude::{Tensor as Strided, *};
use half::bf16;

use super::buffer::{Buffer, Matrix};
use super::cube;
use crate::Dtype;
use crate::ops::gate::{Gate, Gelu};

/// Units of a cube.
const UNITS: usize = 256;

/// [`crate::ops::gated::forward`] on a GPU: `gate_up` `[n, 2f]` -> `[n, f]` in `dtype`
pub(crate) fn gated(gate_up: &Tensor<2>, gate: Gate, dtype: Dtype) -> Option<Tensor<2>> {
    match dtype {
        Dtype::F32 => gated_in::<f32>(gate_up, gate),
        Dtype::Bf16 => gated_in::<bf16>(gate_up, gate),
    }
}

/// [`gated`] with results in `O`.
pub(super) fn gated_in<O: Float + CubeElement + Element>(gate_up: &Tensor<2>, gate: Gate) -> Option<Tensor<2>> {
    let [n, width] = gate_up.dims();
    let f = width / 2;
    let gate_up = Matrix::of(gate_up)?;
    let h = Buffer::empty::<O, 2>(&gate_up, [n, f]);
    gated_kernel::launch::<O>(
        gate_up.client(),
        cube::count((n * f).div_ceil(UNITS)),
        CubeDim::new_1d(UNITS as u32),
        gate_up.arg(),
        h.arg(),
        f,
        gate == Gate::Gelu,
    );
    Some(h.into_tensor())
}

/// [`crate::ops::gated::backward`] on a GPU: the gradient `[n, 2f]`, and `h` `[n, f]`.
pub(crate) fn gated_backward(gate_up: &Tensor<2>, dh: &Tensor<2>, gate: Gate) -> Option<(Tensor<2>, Tensor<2>)> {
    let [n, f] = dh.dims();
    let (gate_up, dh) = (Matrix::of(gate_up)?, Matrix::of(dh)?);
    let gradient = Buffer::empty::<f32, 2>(&dh, [n, 2 * f]);
    let h = Buffer::empty::<f32, 2>(&dh, [n, f]);
    gated_backward_kernel::launch(
        dh.client(),
        cube::count((n * f).div_ceil(UNITS)),
        CubeDim::new_1d(UNITS as u32),
        gate_up.arg(),
        dh.arg(),
        gradient.arg(),
        h.arg(),
        f,
        gate == Gate::Gelu,
    );
    Some((gradient.into_tensor(), h.into_tensor()))
}

/// The inner function of a gate.
#[cube]
fn inner(x: f32, #[comptime] gelu: bool) -> f32 {
    let mut inner = x;
    if gelu {
        inner = Gelu::STEEP * (x + Gelu::CUBE * x * x * x);
    }
    inner
}

/// `x` times the slope of the inner function.
#[cube]
fn slope(x: f32, #[comptime] gelu: bool) -> f32 {
    let mut slope = x;
    if gelu {
        slope = x * Gelu::STEEP * (1.0 + 3.0 * Gelu::CUBE * x * x);
    }
    slope
}

#[cube(launch)]
fn gated_backward_kernel(
    gate_up: &Strided<f32>,
    dh: &Strided<f32>,
    gradient: &mut [f32],
    h: &mut [f32],
    #[comptime] f: usize,
    #[comptime] gelu: bool,
) {
    let at = ABSOLUTE_POS;
    let (row, column) = (at / f, at % f);
    if row < gate_up.shape(0) {
        let from = row * gate_up.stride(0) + column;
        let (x, up, dh) = (gate_up[from], gate_up[from + f], dh[row * dh.stride(0) + column]);
        let gate = row * 2 * f + column;
        let sigmoid = 1.0 / (1.0 + (-inner(x, gelu)).exp());
        gradient[gate] = dh * up * sigmoid * (1.0 + slope(x, gelu) * (1.0 - sigmoid));
        gradient[gate + f] = dh * x * sigmoid;
        h[at] = x * sigmoid * up;
    }
}

#[cube(launch)]
fn gated_kernel<O: Float>(gate_up: &Strided<f32>, h: &mut [O], #[comptime] f: usize, #[comptime] gelu: bool) {
    let at = ABSOLUTE_POS;
    let (row, column) = (at / f, at % f);
    if row < gate_up.shape(0) {
        let from = row * gate_up.stride(0) + column;
        let (x, up) = (gate_up[from], gate_up[from + f]);
        h[at] = O::cast_from(x / (1.0 + (-inner(x, gelu)).exp()) * up);
    }
}
