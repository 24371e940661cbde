//! 4 x 8 in plain Rust, four times for a panel: what a compiler turns into the baseline's vectors.

use half::bf16;

use super::pair::PAIRS;
use crate::ops::host::tiles::kernel::tile::{Kernel, Tile, WIDE, kernels};

/// Columns at once.
const COLUMNS: usize = 8;

pub(super) const KERNELS: &[Kernel<bf16>] = kernels!(1 2 3 4);

/// A number in f32.
#[inline(always)]
fn wide(x: bf16) -> f32 {
    f32::from_bits(u32::from(x.to_bits()) << 16)
}

/// # Safety
/// As [`Kernel`], with `M` rows.
unsafe fn multiply<const M: usize>(tile: Tile<bf16>) {
    for column in (0..WIDE).step_by(COLUMNS) {
        let mut sums = [[0.0f32; COLUMNS]; M];
        for p in 0..tile.k {
            // SAFETY: pair p of B has COLUMNS columns from `column`.
            let b: [[bf16; 2]; COLUMNS] =
                unsafe { tile.b.add(p * tile.b_row + 2 * column).cast::<[_; COLUMNS]>().read() };
            let a = tile.a.wrapping_add(p / PAIRS * tile.a_chunk + 2 * (p % PAIRS));
            for (i, sums) in sums.iter_mut().enumerate() {
                // SAFETY: A has M rows of 16 pairs in the chunk of pair p.
                let [first, second] = unsafe { a.add(i * WIDE).cast::<[bf16; 2]>().read() }.map(wide);
                for (sum, b) in sums.iter_mut().zip(b) {
                    *sum += second * wide(b[1]);
                    *sum += first * wide(b[0]);
                }
            }
        }
        for (i, sums) in sums.iter().enumerate() {
            for (j, sum) in sums.iter().enumerate() {
                // SAFETY: C has M rows of 32 elements.
                unsafe {
                    let c = tile.c.add(i * tile.c_row + column + j);
                    *c = if tile.add { *c + sum } else { *sum };
                }
            }
        }
    }
}
