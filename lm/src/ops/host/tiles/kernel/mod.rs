//! The one inner loop: `C [rows, 32] = A [rows, k] B [k, 32]` on a block of few rows, for each number format of the
//! operands and each instruction set.
//!
//! Every element is one chain of products over k in a fixed order, whatever the number of rows, so a row's result does
//! not depend on the rows beside it. AVX-512 and AVX2 fuse the multiplication with the addition and agree bit for bit;
//! the portable loop rounds between the two, because fusing in software would be a function call an element.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod isa;
mod number;
mod pairs;
mod singles;
mod tile;

pub(crate) use isa::Isa;
pub(crate) use number::{Number, Numbers};
use tile::Tile;
pub(crate) use tile::WIDE;

/// The left operand of a product: chunks of [`WIDE`] columns of `rows` rows, of which a block of rows is used.
#[derive(Clone, Copy)]
pub(crate) struct Left<'a, N> {
    /// `[chunks, rows, 32]`; an input without a partner is followed by a zero.
    pub data: &'a [N],
    pub rows: usize,
    pub first: usize,
}

/// The right operand of a product: `k` rows of [`WIDE`] columns. The numbers of rows that lie together
/// ([`Number::TOGETHER`]) are neighbours; such rows are `row` elements apart from the next ones.
#[derive(Clone, Copy)]
pub(crate) struct Right<'a, N> {
    pub data: &'a [N],
    pub row: usize,
    pub k: usize,
    /// Memory of the same form that is used next, to be fetched meanwhile.
    pub then: *const N,
}

impl<'a, N: Number> Right<'a, N> {
    /// A panel `[k, 32]` of contiguous rows; where `k` leaves a row without a partner, that is zero.
    pub fn panel(data: &'a [N], then: *const N) -> Self {
        Self {
            data,
            row: WIDE * N::TOGETHER,
            k: data.len() / WIDE,
            then,
        }
    }
}

/// Where a product goes: rows of `row` elements apart.
pub(crate) struct Target<'a> {
    pub data: &'a mut [f32],
    pub row: usize,
    /// Add to what is there instead of replacing it.
    pub add: bool,
}

/// Where a product goes, other elements lying between its rows that others may write meanwhile.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub data: *mut f32,
    /// Elements from one row to the next.
    pub row: usize,
    /// Add to what is there instead of replacing it.
    pub add: bool,
}

impl Isa {
    /// Rows that a kernel takes at most.
    pub fn rows<N: Number>(self) -> usize {
        N::kernels(self).len()
    }

    /// `C = A B` (or `C += A B`) for rows `a.first..a.first + count` of A.
    ///
    /// # Panics
    /// If an operand reaches beyond its slice: a bug of the caller.
    #[inline]
    pub fn multiply<N: Number>(self, a: Left<N>, count: usize, b: Right<N>, c: Target) {
        if count == 0 {
            return;
        }
        assert!(
            c.row >= WIDE && (count - 1) * c.row + WIDE <= c.data.len(),
            "target outside its slice"
        );
        let place = Place {
            data: c.data.as_mut_ptr(),
            row: c.row,
            add: c.add,
        };
        // SAFETY: as just checked, the target has `count` rows of 32 elements, and it is borrowed mutably.
        unsafe { self.multiply_into(a, count, b, place) };
    }

    /// As [`Isa::multiply`], to a place that no slice has alone.
    ///
    /// # Panics
    /// If an operand reaches beyond its slice: a bug of the caller.
    ///
    /// # Safety
    /// `c` is valid for `count` rows of [`WIDE`] elements, which nothing else refers to meanwhile.
    pub unsafe fn multiply_into<N: Number>(self, a: Left<N>, count: usize, b: Right<N>, c: Place) {
        if count == 0 || b.k == 0 {
            return;
        }
        let steps = b.k.div_ceil(N::TOGETHER);
        assert!(
            a.first + count <= a.rows && b.k.div_ceil(WIDE) * a.rows * WIDE <= a.data.len(),
            "left operand outside its slice"
        );
        assert!(
            (steps - 1) * b.row + WIDE * N::TOGETHER <= b.data.len(),
            "right operand outside its slice"
        );
        let kernels = N::kernels(self);
        let mut done = 0;
        while done < count {
            let rows = (count - done).min(kernels.len());
            // SAFETY: as just checked, A has rows `first + done..first + done + rows` in every chunk up to k, and B has
            // k rows of 32 elements, those without a partner included; the caller promises as much of C, and that it
            // overlaps neither; the variant proves the instruction set.
            unsafe {
                kernels[rows - 1](Tile {
                    a: a.data.as_ptr().add((a.first + done) * WIDE),
                    a_chunk: a.rows * WIDE,
                    b: b.data.as_ptr(),
                    b_row: b.row,
                    k: steps,
                    then: b.then,
                    c: c.data.add(done * c.row),
                    c_row: c.row,
                    add: c.add,
                });
            }
            done += rows;
        }
    }
}
