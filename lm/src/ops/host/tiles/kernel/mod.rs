//! The one inner loop: `C [rows, 32] = A [rows, k] B [k, 32]` on a block of few rows, for each number format of the
//! operands and each instruction set.
//!
//! Every element is one chain of products over k in a fixed order (in int8: of exact sums of 32 products), whatever the
//! number of rows, so a row's result does not depend on the rows beside it. AVX-512 and AVX2 fuse the multiplication
//! with the addition and agree bit for bit; the portable loop rounds between the two, because fusing in software would
//! be a function call an element. Tiles of AMX multiply in bf16 alone, in an order of their own ([`amx`]).

#[cfg(target_arch = "x86_64")]
pub(crate) mod amx;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod element;
mod isa;
mod number;
mod packed;
mod pairs;
mod quads;
mod singles;
mod terms;
mod tile;

pub(crate) use element::{Element, Elements};
pub(crate) use isa::Isa;
pub(crate) use number::Number;
pub(crate) use packed::{Packed, take_nearest};
pub(crate) use quads::{Chunk, LARGEST, MAGNITUDE, Quad, ZERO, factor};
pub(crate) use terms::{Term, terms};
use tile::Tile;
pub(crate) use tile::WIDE;

/// The left operand of a product: chunks of [`WIDE`] columns of `rows` rows, of which a block of rows is used.
#[derive(Clone, Copy)]
pub(crate) struct Left<'a, E> {
    /// `[chunks, rows, 32]`, an input without a partner being followed by a zero; in terms `[chunks, rows, terms, 32]`,
    /// in int8 `[chunks, rows]`.
    pub data: &'a [E],
    pub rows: usize,
    pub first: usize,
}

/// The right operand of a product: `k` rows of [`WIDE`] columns. The numbers of rows that lie together
/// ([`Element::TOGETHER`]) are neighbours; such rows are `row` elements apart from the next ones.
#[derive(Clone, Copy)]
pub(crate) struct Right<'a, N> {
    pub data: &'a [N],
    pub row: usize,
    pub k: usize,
    /// Memory that is used next, to be fetched meanwhile.
    pub then: *const N,
    /// Elements of that memory to fetch for each of these rows.
    pub then_row: usize,
}

impl<E: Element> Left<'_, E> {
    /// The same rows without the inputs before one that begins a chunk.
    pub fn skip_inputs(self, input: usize) -> Self {
        let data = &self.data[input / WIDE * self.rows * E::CHUNK..];
        Self { data, ..self }
    }
}

impl<'a, R> Right<'a, R> {
    /// A panel `[k, 32]` of contiguous rows for left operands of `E`, and what follows them; where `k` leaves a row
    /// without a partner, that is worth zero.
    pub fn panel<E: Element<Right = R>>(data: &'a [R], then: *const R) -> Self {
        Self {
            data,
            row: E::ROW,
            k: (data.len() - E::AFTER) / E::ROW * E::TOGETHER,
            then,
            then_row: E::ROW,
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
    /// Go on with the sums that are there: those over the inputs before these.
    pub resume: bool,
}

impl Isa {
    /// Rows that a kernel takes at most.
    pub fn rows<E: Element>(self) -> usize {
        E::kernels(self).len()
    }

    /// `C = A B` (or `C += A B`) for rows `a.first..a.first + count` of A.
    ///
    /// # Panics
    /// If an operand reaches beyond its slice: a bug of the caller.
    #[inline]
    pub fn multiply<E: Element>(self, a: Left<E>, count: usize, b: Right<E::Right>, c: Target) {
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
            resume: false,
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
    pub unsafe fn multiply_into<E: Element>(self, a: Left<E>, count: usize, b: Right<E::Right>, c: Place) {
        if count == 0 || b.k == 0 {
            return;
        }
        let steps = b.k.div_ceil(E::TOGETHER);
        assert!(
            a.first + count <= a.rows && b.k.div_ceil(WIDE) * a.rows * E::CHUNK <= a.data.len(),
            "left operand outside its slice"
        );
        assert!(
            (steps - 1) * b.row + E::ROW + E::AFTER <= b.data.len(),
            "right operand outside its slice"
        );
        assert!(
            E::AFTER == 0 || (b.row == E::ROW && b.data.len() == steps * E::ROW + E::AFTER),
            "not a whole panel"
        );
        assert!(
            !c.resume || (E::inputs_at_once(self) < usize::MAX && !c.add),
            "no kernel that resumes"
        );
        let kernels = E::kernels(self);
        let mut done = 0;
        while done < count {
            // Passes of nearly the same height: tiles keep their shapes, and none is nearly empty.
            let passes = (count - done).div_ceil(kernels.len());
            let rows = (count - done).div_ceil(passes);
            // SAFETY: as just checked, A has rows `first + done..first + done + rows` in every chunk up to k, and B has
            // k rows of 32 columns, those without a partner included, and what follows them; the caller promises as
            // much of C, and that it overlaps neither; the variant proves the instruction set.
            unsafe {
                kernels[rows - 1](Tile {
                    a: a.data.as_ptr().add((a.first + done) * E::CHUNK),
                    a_chunk: a.rows * E::CHUNK,
                    b: b.data.as_ptr(),
                    b_row: b.row,
                    k: steps,
                    then: b.then,
                    then_row: b.then_row,
                    c: c.data.add(done * c.row),
                    c_row: c.row,
                    add: c.add,
                    resume: c.resume,
                });
            }
            done += rows;
        }
    }
}
