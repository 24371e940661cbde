//! Gated hidden layers (Shazeer 2020, arXiv:2002.05202): `h = f(gate) * up` over a fused `[gate, up]`, `f` being SiLU
//! (SwiGLU) or GELU (GeGLU).

use burn::tensor::Tensor;
use burn::tensor::activation::{sigmoid, silu};
use rayon::prelude::*;

use super::gate::{Gate, Gelu, Silu, Slope};

use super::gpu;
use super::host::{self, Memory, View, math, pool};
use super::vjp::vjp;
use crate::device::{Path, Product};
use crate::profile::{self, Phase};

/// `gate_up` `[n, 2f]` -> `[n, f]`, which a GPU rounds as operands of `product` already.
pub(crate) fn forward(gate_up: &Tensor<2>, gate: Gate, product: impl Into<Product>) -> Tensor<2> {
    let _span = profile::span(Phase::Activation);
    let Product { path, dtype, .. } = product.into();
    match (path, gate) {
        (Path::Plain, gate) => gpu::gated(gate_up, gate, dtype).unwrap_or_else(|| definition(gate_up.clone(), gate)),
        (Path::Host, Gate::Silu) => host_forward::<Silu>(gate_up),
        (Path::Host, Gate::Gelu) => host_forward::<Gelu>(gate_up),
    }
}

/// `gate_up` `[n, 2f]`, `dh` `[n, f]` -> gradient `[n, 2f]`, and `h` `[n, f]` once more
pub(crate) fn backward(gate_up: Tensor<2>, dh: Tensor<2>, gate: Gate, path: Path) -> (Tensor<2>, Tensor<2>) {
    let _span = profile::span(Phase::Activation);
    match (path, gate) {
        (Path::Plain, gate) => gpu::gated_backward(&gate_up, &dh, gate).unwrap_or_else(|| {
            let [gradient] = vjp([&gate_up], &dh, |[gate_up]| definition(gate_up, gate));
            (gradient, definition(gate_up, gate))
        }),
        (Path::Host, Gate::Silu) => host_backward::<Silu>(gate_up, dh),
        (Path::Host, Gate::Gelu) => host_backward::<Gelu>(gate_up, dh),
    }
}

fn definition(gate_up: Tensor<2>, gate: Gate) -> Tensor<2> {
    let [_, width] = gate_up.dims();
    let x = gate_up.clone().narrow(1, 0, width / 2);
    let activated = match gate {
        Gate::Silu => silu(x),
        Gate::Gelu => x.clone() * sigmoid((x.clone() + x.powi_scalar(3) * Gelu::CUBE) * Gelu::STEEP),
    };
    activated * gate_up.narrow(1, width / 2, width / 2)
}

fn host_forward<F: Slope>(gate_up: &Tensor<2>) -> Tensor<2> {
    let ([n, width], device) = (gate_up.dims(), gate_up.device());
    let (f, inputs) = (width / 2, View::of(gate_up));
    let inputs = inputs.slice();
    let mut h = pool::vec(n * f);
    host::for_rows(
        &mut h,
        f,
        #[inline(always)]
        |first, rows| {
            let inputs = inputs[first * width..].chunks_exact(width);
            for (h, input) in rows.chunks_exact_mut(f).zip(inputs) {
                let (gate, up) = input.split_at(f);
                forward_row::<F>(gate, up, h);
            }
        },
    );
    host::tensor(h, [n, f], &device)
}

// Functions of their own, because the compiler needs their parameters' promise not to overlap in order to vectorise.

#[inline(always)]
fn forward_row<F: Slope>(gate: &[f32], up: &[f32], h: &mut [f32]) {
    for ((h, gate), up) in h.iter_mut().zip(gate).zip(up) {
        *h = gate * math::sigmoid(F::inner(*gate)) * up;
    }
}

/// Replaces gate and up by their gradients, and the gradient of `h` by `h`.
#[inline(always)]
fn backward_row<F: Slope>(gate: &mut [f32], up: &mut [f32], dh: &mut [f32]) {
    let (gate, gate_rest) = gate.as_chunks_mut::<{ math::LANES }>();
    let (up, up_rest) = up.as_chunks_mut();
    let (dh, dh_rest) = dh.as_chunks_mut();
    for ((gate, up), dh) in gate.iter_mut().zip(up).zip(dh) {
        (*gate, *up, *dh) = backward_lanes::<F, _>(*gate, *up, *dh);
    }
    for ((gate, up), dh) in gate_rest.iter_mut().zip(up_rest).zip(dh_rest) {
        ([*gate], [*up], [*dh]) = backward_lanes::<F, 1>([*gate], [*up], [*dh]);
    }
}

/// Gradients of gates and ups, and `h`. By value, because three arrays that change are too many for the compiler to see
/// that they do not overlap.
#[inline(always)]
fn backward_lanes<F: Slope, const N: usize>(
    mut gate: [f32; N],
    mut up: [f32; N],
    mut dh: [f32; N],
) -> ([f32; N], [f32; N], [f32; N]) {
    for lane in 0..N {
        let (g, u, d) = (gate[lane], up[lane], dh[lane]);
        let sigmoid = math::sigmoid(F::inner(g));
        let activated = g * sigmoid;
        gate[lane] = d * u * sigmoid * (1.0 + F::rest(g, sigmoid));
        up[lane] = d * activated;
        dh[lane] = activated * u;
    }
    (gate, up, dh)
}

/// With `s = sigmoid(inner(gate))`: `dup = dh * gate * s`, `dgate = dh * up * s * (1 + gate * inner'(gate) * (1 - s))`.
fn host_backward<F: Slope>(gate_up: Tensor<2>, dh: Tensor<2>) -> (Tensor<2>, Tensor<2>) {
    let ([_, width], device) = (gate_up.dims(), gate_up.device());
    let f = width / 2;
    let (mut gate_up, mut dh) = (Memory::take(gate_up), Memory::take(dh));
    let rows = host::rows_per_task(width);
    let tasks = gate_up
        .slice_mut()
        .par_chunks_mut(rows * width)
        .zip(dh.slice_mut().par_chunks_mut(rows * f));
    tasks.for_each(|(gate_up, dh)| {
        host::vectorised(
            #[inline(always)]
            || {
                let rows = gate_up.chunks_exact_mut(width);
                for (row, dh) in rows.zip(dh.chunks_exact_mut(f)) {
                    let (gate, up) = row.split_at_mut(f);
                    backward_row::<F>(gate, up, dh);
                }
            },
        );
    });
    (gate_up.into_tensor(&device), dh.into_tensor(&device))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_close, random};

    #[test]
    fn host_path_equals_the_definition_and_its_gradient() {
        let (x, dh) = (random([5, 44], 1), random([5, 22], 2));
        for gate in [Gate::Silu, Gate::Gelu] {
            let plain = forward(&x, gate, Path::Plain);
            assert_close(&forward(&x, gate, Path::Host), &plain, 1e-6);
            let [plain, host] = [Path::Plain, Path::Host].map(|path| backward(x.clone(), dh.clone(), gate, path));
            assert_close(&host.0, &plain.0, 1e-5);
            assert_close(&host.1, &plain.1, 1e-6);
        }
    }
}
