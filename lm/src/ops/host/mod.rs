//! What the host paths share: memory of tensors, parallel loops over rows, the vector instruction set.
//!
//! Work is cut by size alone, never by the number of threads, so results do not depend on it.

pub(crate) mod gemm;
pub(crate) mod math;

use burn::tensor::{Tensor, TensorData};
use rayon::prelude::*;

/// The host memory of a tensor on the CPU backend. Reading is free if the tensor is not shared.
pub(crate) struct Memory(TensorData);

impl Memory {
    /// Takes the memory of `tensor`, or a copy if another tensor shares it.
    pub fn take<const D: usize>(tensor: Tensor<D>) -> Self {
        Self(tensor.into_data())
    }

    /// The elements in row-major order.
    pub fn slice(&self) -> &[f32] {
        // Every float tensor of this crate is created as f32, so the view always exists.
        self.0.as_slice().unwrap_or(&[])
    }

    /// The elements, to change in place.
    pub fn slice_mut(&mut self) -> &mut [f32] {
        self.0.as_mut_slice().unwrap_or(&mut [])
    }

    /// A tensor over this memory.
    pub fn into_tensor<const D: usize>(self, device: &burn::tensor::Device) -> Tensor<D> {
        Tensor::from_data(self.0, device)
    }
}

/// Runs `f` over a tensor's elements in row-major order: without a copy if the tensor owns its memory alone.
pub(crate) fn read<const D: usize, R>(tensor: &mut Tensor<D>, f: impl FnOnce(&[f32]) -> R) -> R {
    let device = tensor.device();
    let memory = Memory::take(std::mem::replace(tensor, Tensor::empty([0; D], &device)));
    let result = f(memory.slice());
    *tensor = memory.into_tensor(&device);
    result
}

/// A tensor over `values`, without a copy on the CPU backend.
pub(crate) fn tensor<const D: usize>(
    values: Vec<f32>,
    shape: [usize; D],
    device: &burn::tensor::Device,
) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// The host values of any tensor.
pub(crate) fn values<const D: usize>(tensor: &Tensor<D>) -> Vec<f32> {
    let data = tensor.to_data();
    data.try_into_vec().unwrap_or_default()
}

/// Elements that one parallel task handles at least: below it, starting a task costs more than it saves.
const TASK_ELEMENTS: usize = 16 * 1024;

/// Rows per task for rows of `width` elements.
pub(crate) fn rows_per_task(width: usize) -> usize {
    (TASK_ELEMENTS / width.max(1)).max(1)
}

/// Runs `f` with the best vector instructions of this CPU. `f` must be small enough to be inlined.
#[inline(always)]
pub(crate) fn vectorised<R>(f: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(f)
}

/// Runs `f(first_row, rows_of_output)` in parallel over chunks of rows of `width`, vectorised.
pub(crate) fn for_rows(out: &mut [f32], width: usize, f: impl Fn(usize, &mut [f32]) + Sync) {
    let rows = rows_per_task(width);
    out.par_chunks_mut(rows * width)
        .enumerate()
        .for_each(|(task, chunk)| {
            vectorised(
                #[inline(always)]
                || f(task * rows, chunk),
            )
        });
}

/// The name of the instruction set that [`vectorised`] picks.
pub(crate) fn simd() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    match pulp::Arch::new() {
        pulp::Arch::V4(_) => return "avx512",
        pulp::Arch::V3(_) => return "avx2",
        _ => {}
    }
    #[cfg(target_arch = "aarch64")]
    if matches!(pulp::Arch::new(), pulp::Arch::Neon(_)) {
        return "neon";
    }
    "scalar"
}
