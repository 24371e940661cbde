//! 4 x 8 in plain Rust, four times for a panel: what a compiler turns into the baseline's vectors.

use crate::ops::host::tiles::kernel::tile::{Kernel, Tile, WIDE, kernels};

/// Columns at once.
const COLUMNS: usize = 8;

pub(super) const KERNELS: &[Kernel<f32>] = kernels!(1 2 3 4);

/// # Safety
/// As [`Kernel`], with `M` rows.
unsafe fn multiply<const M: usize>(tile: Tile<f32>) {
    for first in (0..WIDE).step_by(COLUMNS) {
        let mut sums = [[0.0f32; COLUMNS]; M];
        for p in 0..tile.k {
            // SAFETY: row p of B has COLUMNS elements from `first`.
            let b: [f32; COLUMNS] = unsafe { tile.b.add(p * tile.b_row + first).cast::<[f32; COLUMNS]>().read() };
            let a = tile.a.wrapping_add(p / WIDE * tile.a_chunk + p % WIDE);
            for (i, sums) in sums.iter_mut().enumerate() {
                // SAFETY: A has M rows of 32 columns in the chunk of column p.
                let x = unsafe { *a.add(i * WIDE) };
                for (sum, b) in sums.iter_mut().zip(b) {
                    *sum += x * b;
                }
            }
        }
        for (i, sums) in sums.iter().enumerate() {
            for (j, sum) in sums.iter().enumerate() {
                // SAFETY: C has M rows of 32 elements.
                unsafe {
                    let c = tile.c.add(i * tile.c_row + first + j);
                    *c = if tile.add { *c + sum } else { *sum };
                }
            }
        }
    }
}
