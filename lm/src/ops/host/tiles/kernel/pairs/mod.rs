//! Products of bf16, two inputs at a time: each element is one chain that takes the second input of a pair, then the
//! first, and rounds after each in f32.
//!
//! That is what the instruction `VDPBF16PS` does (Intel SDM, volume 2; on AMD the same was found by comparing 20
//! million random operands). Multiply-adds of the two halves in f32 give the same bits, so AVX-512 with and without it
//! and AVX2 agree, but for sums below the smallest normal number, which the instruction takes for 0. The portable loop
//! rounds between multiplication and addition. Tiles of AMX have
//! another order, and more than ten times the rate.

#[cfg(target_arch = "x86_64")]
mod amx;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "x86_64")]
mod avx512bf16;
mod pair;
mod portable;

use half::bf16;

use super::isa::Isa;
use super::tile::Kernel;

/// By number of rows, from 1.
pub(super) fn kernels(isa: Isa) -> &'static [Kernel<bf16>] {
    match isa {
        #[cfg(target_arch = "x86_64")]
        Isa::Amx(_) => amx::KERNELS,
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512Bf16(_) => avx512bf16::KERNELS,
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512(_) => avx512::KERNELS,
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2(_) => avx2::KERNELS,
        Isa::Portable => portable::KERNELS,
    }
}
