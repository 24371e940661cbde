//! Products of int8, four inputs at a time: activations in integers of their own scale for every [`WIDE`] inputs,
//! weights in integers of one scale a column (as Dettmers et al. 2022, arXiv:2208.07339, section 2.1, by rows of
//! activations there).
//!
//! Sums of a chunk of inputs are exact integers, so all instruction sets have the same ones. Chunks are then multiplied
//! by their scales and added up in f32, in their order: AVX-512 and AVX2 fuse the two and agree bit for bit, the
//! portable loop rounds between them.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512vnni;
mod chunk;
mod portable;
mod quad;

use super::isa::Isa;
use super::tile::Kernel;
pub(crate) use chunk::Chunk;
pub(crate) use quad::{LARGEST, MAGNITUDE, Quad, TOGETHER, ZERO, factor};

/// By number of rows, from 1.
pub(super) fn kernels(isa: Isa) -> &'static [Kernel<Chunk, Quad>] {
    match isa {
        #[cfg(target_arch = "x86_64")]
        Isa::Amx(_) | Isa::Avx512Bf16(_) | Isa::Avx512(_) if std::arch::is_x86_feature_detected!("avx512vnni") => {
            avx512vnni::KERNELS
        }
        #[cfg(target_arch = "x86_64")]
        Isa::Amx(_) | Isa::Avx512Bf16(_) | Isa::Avx512(_) | Isa::Avx2(_) => avx2::KERNELS,
        Isa::Portable => portable::KERNELS,
    }
}
