//! Shared by the host paths: memory of tensors, parallel loops over rows, the vector instruction set.
//!
//! Work is cut by size alone, never by the number of threads, so results do not depend on it.

mod chunks;
pub(crate) mod gemm;
pub(crate) mod math;
pub(crate) mod mixed;
pub(crate) mod pool;
mod team;
pub(crate) mod tiles;

use std::ops::Range;

use burn::backend::Flex;
use burn::backend::flex::FlexTensor;
use burn::tensor::{Element, Int, Tensor, TensorData, Transaction};

pub(crate) use chunks::for_chunks;
use pool::Pool;
pub(crate) use team::{awake, awake_here, for_each};

/// A tensor's elements to read: in place wherever they lie one after another in host memory, else a copy.
pub(crate) enum View {
    Shared(FlexTensor, Range<usize>),
    Copied(TensorData),
}

impl View {
    pub fn of<const D: usize>(tensor: &Tensor<D>) -> Self {
        match tensor.clone().try_into_primitive::<Flex>() {
            Ok(tensor) if tensor.layout().is_contiguous() => {
                let start = tensor.layout().start_offset();
                let range = start..start + tensor.layout().num_elements();
                Self::Shared(tensor, range)
            }
            _ => {
                waiting();
                Self::Copied(tensor.to_data())
            }
        }
    }

    /// The elements in row-major order.
    pub fn slice(&self) -> &[f32] {
        match self {
            Self::Shared(tensor, range) => &tensor.storage::<f32>()[range.clone()],
            Self::Copied(data) => data.as_slice().unwrap_or(&[]),
        }
    }
}

/// The host memory of a tensor on the CPU backend, to be changed in place.
pub(crate) struct Memory<E = f32>(Vec<E>, Vec<usize>);

impl<E: Element> Memory<E> {
    /// Takes the memory of `tensor`, whose elements are `E`s, or a copy if another tensor shares it.
    pub fn take<const D: usize>(tensor: Tensor<D>) -> Self {
        let shape = tensor.dims().to_vec();
        // Every float tensor of this crate is f32, but for an optimizer's moments, which the caller knows.
        Self(tensor.into_data().try_into_vec().unwrap_or_default(), shape)
    }

    /// The elements in row-major order.
    pub fn slice(&self) -> &[E] {
        &self.0
    }

    /// The elements, to change in place.
    pub fn slice_mut(&mut self) -> &mut [E] {
        &mut self.0
    }

    /// A tensor over this memory.
    pub fn into_tensor<const D: usize>(self, device: &burn::tensor::Device) -> Tensor<D> {
        Tensor::from_data(TensorData::new(self.0, self.1), (device, E::dtype()))
    }
}

impl Memory {
    /// Returns the memory for reuse.
    pub fn give(self) {
        pool::give(self.0);
    }
}

/// Returns a tensor's memory for reuse, unless another tensor shares it.
pub(crate) fn give<const D: usize>(tensor: Tensor<D>) {
    own_memory(tensor).into_iter().for_each(pool::give);
}

/// Returns a tensor's memory to `pool`, unless another tensor shares it.
pub(crate) fn give_to<const D: usize>(pool: &mut Pool, tensor: Tensor<D>) {
    own_memory(tensor).into_iter().for_each(|memory| pool.keep(memory));
}

/// The memory that a tensor on the CPU backend has alone.
fn own_memory<const D: usize>(tensor: Tensor<D>) -> Option<Vec<f32>> {
    let tensor = tensor.try_into_primitive::<Flex>().ok()?;
    let alone = tensor.is_unique() && tensor.layout().is_contiguous();
    alone.then(|| tensor.into_data().try_into_vec().unwrap_or_default())
}

/// Runs `f` over a tensor's elements in row-major order.
pub(crate) fn read<const D: usize, R>(tensor: &Tensor<D>, f: impl FnOnce(&[f32]) -> R) -> R {
    f(View::of(tensor).slice())
}

/// Changes a tensor's elements: in place if the tensor owns its memory alone.
pub(crate) fn write<const D: usize>(tensor: &mut Tensor<D>, f: impl FnOnce(&mut [f32])) {
    replace(tensor, |tensor| {
        let device = tensor.device();
        let mut memory = Memory::take(tensor);
        f(memory.slice_mut());
        memory.into_tensor(&device)
    });
}

/// Replaces a tensor by a function of it, which owns it alone and so may work in place.
pub(crate) fn replace<const D: usize>(tensor: &mut Tensor<D>, f: impl FnOnce(Tensor<D>) -> Tensor<D>) {
    *tensor = f(take(tensor));
}

/// Moves a tensor out, so that it is owned alone and can be changed in place.
pub(crate) fn take<const D: usize>(tensor: &mut Tensor<D>) -> Tensor<D> {
    let device = tensor.device();
    std::mem::replace(tensor, Tensor::empty([0; D], &device))
}

/// A tensor of zeros in memory that may have been used before.
pub(crate) fn zeros<const D: usize>(shape: [usize; D], device: &burn::tensor::Device) -> Tensor<D> {
    let mut values = pool::vec(shape.iter().product());
    for_rows(&mut values, 1, |_, values| values.fill(0.0));
    tensor(values, shape, device)
}

/// A tensor over `values`, without a copy on the CPU backend.
pub(crate) fn tensor<const D: usize>(values: Vec<f32>, shape: [usize; D], device: &burn::tensor::Device) -> Tensor<D> {
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// Token ids, or any row numbers, as a tensor.
pub(crate) fn indices(ids: &[u32], device: &burn::tensor::Device) -> Tensor<1, Int> {
    let ids: Vec<i64> = ids.iter().map(|id| i64::from(*id)).collect();
    let n = ids.len();
    Tensor::from_data(TensorData::new(ids, [n]), device)
}

#[cfg(all(test, feature = "wgpu"))]
thread_local! {
    static WAITS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// How often this thread has fetched values from a device.
#[cfg(all(test, feature = "wgpu"))]
pub(crate) fn waits() -> usize {
    WAITS.get()
}

/// Notes for tests that values are fetched.
fn waiting() {
    #[cfg(all(test, feature = "wgpu"))]
    WAITS.set(WAITS.get() + 1);
}

/// The host values of any tensor.
pub(crate) fn values<const D: usize>(tensor: &Tensor<D>) -> Vec<f32> {
    waiting();
    let data = tensor.to_data();
    data.try_into_vec().unwrap_or_default()
}

/// The host values of several tensors in their order, fetched together, so that a device is waited for once, not once
/// for each.
pub(crate) fn all_values<const D: usize>(
    tensors: impl IntoIterator<Item = Tensor<D>>,
) -> impl Iterator<Item = Vec<f32>> {
    waiting();
    let read = tensors.into_iter().fold(Transaction::default(), Transaction::register);
    let data = read.execute().into_iter();
    data.map(|data| data.try_into_vec().unwrap_or_default())
}

/// Elements that one parallel task handles at least: below it, starting a task costs more than it saves.
const TASK_ELEMENTS: usize = 16 * 1024;

/// Rows per task for rows of `width` elements.
pub(crate) fn rows_per_task(width: usize) -> usize {
    (TASK_ELEMENTS / width.max(1)).max(1)
}

/// Asks for a line of memory that is read soon: only a hint, for any address.
#[inline(always)]
pub(crate) fn fetch<T>(address: *const T) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a hint touches no memory, and every processor of this kind has it.
    unsafe {
        std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(address.cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = address;
}

/// Runs `f` with the best vector instructions of this CPU. `f` must be small enough to be inlined.
#[inline(always)]
pub(crate) fn vectorised<R>(f: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(f)
}

/// Runs `f(first_row, rows_of_output)` in parallel over chunks of rows of `width`, vectorised.
pub(crate) fn for_rows(out: &mut [f32], width: usize, f: impl Fn(usize, &mut [f32]) + Sync) {
    let rows = rows_per_task(width);
    for_chunks(out, rows * width, |task, chunk| {
        vectorised(
            #[inline(always)]
            || f(task * rows, chunk),
        )
    });
}

/// The names of the instruction sets that [`vectorised`] and products in bf16 pick.
pub(crate) fn simd() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    match pulp::Arch::new() {
        pulp::Arch::V4(_) if matches!(tiles::Isa::best(), tiles::Isa::Amx(_)) => return "avx512 and amx",
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
