//! 4 x 8 in plain Rust, four times for a panel: what a compiler turns into the baseline's vectors.

use super::chunk::Chunk;
use super::quad::{QUADS, Quad};
use crate::ops::host::tiles::kernel::tile::{Kernel, Tile, WIDE, kernels};

/// Columns at once.
const COLUMNS: usize = 8;

pub(super) const KERNELS: &[Kernel<Chunk, Quad>] = kernels!(1 2 3 4);

/// # Safety
/// As [`Kernel`], with `M` rows.
unsafe fn multiply<const M: usize>(tile: Tile<Chunk, Quad>) {
    for column in (0..WIDE).step_by(COLUMNS) {
        let mut sums = [[0.0f32; COLUMNS]; M];
        for first in (0..tile.k).step_by(QUADS) {
            // SAFETY: the chunk of quad `first` has M rows.
            let chunks: &[Chunk; M] = unsafe { &*tile.a.add(first / QUADS * tile.a_chunk).cast() };
            let mut parts = [[0; COLUMNS]; M];
            for (parts, chunk) in parts.iter_mut().zip(chunks) {
                *parts = [chunk.offset; COLUMNS];
            }
            for q in 0..QUADS.min(tile.k - first) {
                // SAFETY: quad `first + q` of B has COLUMNS columns from `column`.
                let b: [Quad; COLUMNS] = unsafe {
                    tile.b
                        .add((first + q) * tile.b_row + column)
                        .cast::<[_; COLUMNS]>()
                        .read()
                };
                for (parts, chunk) in parts.iter_mut().zip(chunks) {
                    let a = &chunk.numbers[q * 4..][..4];
                    for (part, Quad(b)) in parts.iter_mut().zip(b) {
                        let products = a.iter().zip(b).map(|(a, b)| i32::from(*a) * i32::from(b));
                        *part += products.sum::<i32>();
                    }
                }
            }
            for ((sums, parts), chunk) in sums.iter_mut().zip(parts).zip(chunks) {
                for (sum, part) in sums.iter_mut().zip(parts) {
                    *sum += part as f32 * chunk.scale;
                }
            }
        }
        // SAFETY: the scales of the columns follow the quads.
        let scales: [f32; COLUMNS] = unsafe {
            tile.b
                .add(tile.k * tile.b_row + column)
                .cast::<[_; COLUMNS]>()
                .read_unaligned()
        };
        for (i, sums) in sums.iter().enumerate() {
            for ((j, sum), scale) in sums.iter().enumerate().zip(scales) {
                // SAFETY: C has M rows of 32 elements.
                unsafe {
                    let c = tile.c.add(i * tile.c_row + column + j);
                    *c = if tile.add { *c + sum * scale } else { sum * scale };
                }
            }
        }
    }
}
