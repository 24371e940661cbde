//! 4 x 8 in plain Rust: what the format means, for processors that have other kernels for f32.

use half::bf16;

use super::{TERMS, Term};
use crate::ops::host::tiles::kernel::Number;
use crate::ops::host::tiles::kernel::tile::{Kernel, Tile, WIDE, kernels};

pub(super) const KERNELS: &[Kernel<Term>] = kernels!(1 2 3 4);

/// # Safety
/// As [`Kernel`], with `M` rows.
unsafe fn multiply<const M: usize>(tile: Tile<Term>) {
    let inputs = 2 * tile.k;
    // SAFETY: A has M rows of both terms of 32 inputs in the chunk of input p.
    let a = |i: usize, p: usize, term: usize| unsafe {
        let row = tile.a.add(p / WIDE * tile.a_chunk + (i * TERMS + term) * WIDE);
        bf16::value((*row.add(p % WIDE)).0)
    };
    // SAFETY: the pair of input p has 32 columns of both terms.
    let b = |p: usize, j: usize, term: usize| unsafe {
        let row = tile.b.add(p / 2 * tile.b_row + term * 2 * WIDE);
        bf16::value((*row.add(2 * j + p % 2)).0)
    };
    for (i, j) in (0..M).flat_map(|i| (0..WIDE).map(move |j| (i, j))) {
        let sum = (0..inputs).fold(0.0, |sum, p| {
            sum + a(i, p, 1) * b(p, j, 0) + a(i, p, 0) * b(p, j, 0) + a(i, p, 0) * b(p, j, 1)
        });
        // SAFETY: C has M rows of 32 elements.
        unsafe {
            let c = tile.c.add(i * tile.c_row + j);
            *c = if tile.add { *c + sum } else { sum };
        }
    }
}
