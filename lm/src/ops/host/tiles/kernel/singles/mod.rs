//! Products of f32: each element is one chain of multiply-adds in the order of the inputs.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod portable;

use super::isa::Isa;
use super::tile::Kernel;

/// By number of rows, from 1.
pub(super) fn kernels(isa: Isa) -> &'static [Kernel<f32>] {
    match isa {
        #[cfg(target_arch = "x86_64")]
        Isa::Amx(_) | Isa::Avx512Bf16(_) | Isa::Avx512(_) => avx512::KERNELS,
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2(_) => avx2::KERNELS,
        Isa::Portable => portable::KERNELS,
    }
}
