//! Matrices that products go to.

use crate::ops::host::tiles::buffer::Shared;
use crate::ops::host::tiles::kernel::{Place, WIDE};

/// A matrix `[rows, columns]` that tiles are stored to.
#[derive(Clone, Copy)]
pub(super) struct Matrix<'a> {
    data: Shared<'a>,
    pub columns: usize,
    /// Add to what is there instead of replacing it.
    pub add: bool,
    /// Go on with the sums that are there: those over the inputs before these.
    resume: bool,
}

/// Columns of f32 in a page. Rows of a multiple of it all begin at the same offset, so that those of a tile compete for
/// few lines of the cache while a kernel stores them.
pub(super) const PAGE: usize = 1024;

impl<'a> Matrix<'a> {
    pub fn new(data: &'a mut [f32], columns: usize, add: bool) -> Self {
        Self {
            data: Shared::new(data),
            columns,
            add,
            resume: false,
        }
    }

    /// Itself, to go on with the sums that are there.
    pub fn resumed(self, resume: bool) -> Self {
        Self { resume, ..self }
    }

    /// Itself, if kernels may store whole tiles to it: there is no bias to add, and its rows do not compete for lines.
    pub fn direct(self, bias: Option<&[f32]>) -> Option<Self> {
        (bias.is_none() && !self.columns.is_multiple_of(PAGE)).then_some(self)
    }

    /// Where a tile of `height` rows goes, if all of its columns are there.
    pub fn place(self, row: usize, height: usize, panel: usize) -> Option<Place> {
        let column = panel * WIDE;
        let start = row * self.columns + column;
        let whole = column + WIDE <= self.columns;
        whole.then(|| Place {
            // Elements of other panels lie between those of the tile's rows: no slice could have them.
            data: self.data.start_of(start..start + (height - 1) * self.columns + WIDE),
            row: self.columns,
            add: self.add,
            resume: self.resume,
        })
    }

    /// Stores a tile with its bias.
    #[inline(always)]
    pub fn store(self, bias: Option<&[f32]>, first: usize, panel: usize, tile: &mut [[f32; WIDE]]) {
        let column = panel * WIDE;
        let count = WIDE.min(self.columns - column);
        if let Some(bias) = bias {
            for row in tile.iter_mut() {
                for (value, bias) in row.iter_mut().zip(&bias[column..column + count]) {
                    *value += bias;
                }
            }
        }
        for (i, row) in tile.iter().enumerate() {
            let start = (first + i) * self.columns + column;
            // SAFETY: each tile is finished once, and tiles do not overlap; the part lives until the end of the loop's
            // body.
            let part = unsafe { self.data.part(start..start + count) };
            match <&mut [f32; WIDE]>::try_from(&mut *part) {
                Ok(part) => put_row(part, row, self.add),
                Err(_) => put(part, row, self.add),
            }
        }
    }
}

/// As [`put`], by two vectors: the compiler sees that nothing is read after it was written.
#[inline(always)]
fn put_row(to: &mut [f32; WIDE], values: &[f32; WIDE], add: bool) {
    let mut sums = *values;
    if add {
        for (sum, to) in sums.iter_mut().zip(&*to) {
            *sum += to;
        }
    }
    *to = sums;
}

#[inline(always)]
fn put(to: &mut [f32], values: &[f32], add: bool) {
    for (to, value) in to.iter_mut().zip(values) {
        *to = if add { *to + value } else { *value };
    }
}
