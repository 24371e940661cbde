//! What the units of a cube compute together.

use burn_cubecl::cubecl;
use burn_cubecl::cubecl::prelude::*;

/// Cubes in one dimension at most: every API allows twice as many.
const WIDEST: usize = 1 << 15;

/// At least `n` cubes, which count themselves by `CUBE_POS`.
pub(super) fn count(n: usize) -> CubeCount {
    let width = n.min(WIDEST);
    CubeCount::Static(width as u32, n.div_ceil(width.max(1)) as u32, 1)
}

/// The sum of every unit's `value`, in the same order each time. `units` is a power of two, the number of units.
#[cube]
pub(super) fn sum(value: f32, #[comptime] units: usize) -> f32 {
    reduce(value, units, false)
}

/// The largest of every unit's `value`; see [`sum`].
#[cube]
pub(super) fn largest(value: f32, #[comptime] units: usize) -> f32 {
    reduce(value, units, true)
}

#[cube]
fn reduce(value: f32, #[comptime] units: usize, #[comptime] largest: bool) -> f32 {
    let mut shared = Shared::<[f32]>::new_slice(units);
    let unit = UNIT_POS as usize;
    shared[unit] = value;
    sync_cube();
    #[unroll]
    for step in 0..comptime!(units.ilog2() as usize) {
        let half = comptime!(units >> (step + 1));
        if unit < half {
            let other = shared[unit + half];
            if largest {
                shared[unit] = max(shared[unit], other);
            } else {
                shared[unit] += other;
            }
        }
        sync_cube();
    }
    let reduced = shared[0];
    // What is reduced next may lie in the same memory.
    sync_cube();
    reduced
}
