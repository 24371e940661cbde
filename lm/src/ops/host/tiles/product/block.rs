//! One panel times some rows.

use std::mem::MaybeUninit;
use std::ops::Range;
use std::slice::from_raw_parts_mut;

use super::cut::{BLOCK_ROWS, parts};
use super::matrix::Matrix;
use crate::ops::host::tiles::kernel::{Element, Isa, Place, WIDE};
use crate::ops::host::tiles::operand::Operand;
use crate::ops::host::tiles::panels::Panels;

/// From this many passes on, a panel is read often enough that its parts are worth storing sums and loading them again.
const SEVERAL: usize = 3;

/// Sums that go elsewhere than to the target at first.
#[repr(align(64))]
pub(super) struct Sums([[f32; WIDE]; BLOCK_ROWS]);

/// Some rows of a product.
pub(super) struct Block<'a, E> {
    pub isa: Isa,
    pub a: &'a Operand<E>,
    pub b: &'a Panels,
    pub rows: Range<usize>,
    pub inputs: Range<usize>,
    pub direct: Option<Matrix<'a>>,
}

impl<E: Element> Block<'_, E> {
    /// Multiplies the rows by a panel, pass by pass; if there are several, so many inputs at once that these stay in
    /// the nearest cache for the next pass.
    #[inline(always)]
    pub fn times(&self, panel: usize, sums: &mut MaybeUninit<Sums>, finish: impl Fn(usize, &mut [[f32; WIDE]])) {
        let passes = self.rows.len().div_ceil(self.isa.rows::<E>());
        let at_once = match passes {
            ..SEVERAL => usize::MAX,
            _ => E::inputs_at_once(self.isa),
        };
        let cut = self.inputs.len() > at_once;
        let direct = self.direct.filter(|direct| !(cut && direct.add));
        for inputs in parts(self.inputs.clone(), at_once) {
            let (resume, done) = (inputs.start > self.inputs.start, inputs.end == self.inputs.end);
            let mut row = self.rows.start;
            for pass in 0..passes {
                let height = (self.rows.end - row).div_ceil(passes - pass);
                let left = self.a.rows_from(row).skip_inputs(inputs.start);
                let right = self.b.part_in_passes::<E>(panel, inputs.clone(), [pass, passes]);
                if let Some(mut place) = direct.and_then(|direct| direct.place(row, height, panel)) {
                    place.resume |= resume;
                    // SAFETY: the place is inside the matrix; each tile is computed once, and tiles do not overlap.
                    unsafe { self.isa.multiply_into(left, height, right, place) };
                } else {
                    let first = if cut { row - self.rows.start } else { 0 };
                    // SAFETY: nothing is read.
                    let sums = unsafe { &raw mut (*sums.as_mut_ptr()).0 };
                    let data = sums.cast::<[f32; WIDE]>().wrapping_add(first);
                    let place = Place {
                        data: data.cast(),
                        row: WIDE,
                        add: false,
                        resume,
                    };
                    // SAFETY: a block has no more rows than there are sums, which are this thread's alone. The product
                    // sets all of them in these rows.
                    let tile = unsafe {
                        self.isa.multiply_into(left, height, right, place);
                        from_raw_parts_mut(data, height)
                    };
                    if done {
                        self.isa.vectorised(
                            #[inline(always)]
                            || finish(row, tile),
                        );
                    }
                }
                row += height;
            }
        }
    }
}
