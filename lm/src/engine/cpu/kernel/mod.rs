//! The one inner loop: `C [rows, 32] = A [rows, k] B [k, 32]` on a block of few rows, for each instruction set.
//!
//! Every element is one chain of products over k in increasing order, whatever the number of rows, so a row's result
//! does not depend on the rows beside it. AVX-512 and AVX2 fuse the multiplication with the addition and agree bit
//! for bit; the portable loop rounds between the two, because fusing in software would be a function call an element.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod portable;
mod tile;

pub(in crate::engine::cpu) use tile::WIDE;
use tile::{Kernel, Tile};

/// An instruction set, proved to be there by the token.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine::cpu) enum Isa {
    #[cfg(target_arch = "x86_64")]
    Avx512(pulp::x86::V4),
    #[cfg(target_arch = "x86_64")]
    Avx2(pulp::x86::V3),
    Portable,
}

/// The left operand of a product: chunks of [`WIDE`] columns of `rows` rows, of which a block of rows is used.
#[derive(Clone, Copy)]
pub(in crate::engine::cpu) struct Left<'a> {
    /// `[chunks, rows, 32]`
    pub data: &'a [f32],
    pub rows: usize,
    pub first: usize,
}

/// The right operand of a product: `k` rows of [`WIDE`] columns, `row` elements apart.
#[derive(Clone, Copy)]
pub(in crate::engine::cpu) struct Right<'a> {
    pub data: &'a [f32],
    pub row: usize,
    pub k: usize,
    /// Memory of the same form that is used next, to be fetched meanwhile.
    pub then: *const f32,
}

impl<'a> Right<'a> {
    /// A panel `[k, 32]` of contiguous rows.
    pub fn panel(data: &'a [f32], then: *const f32) -> Self {
        Self {
            data,
            row: WIDE,
            k: data.len() / WIDE,
            then,
        }
    }
}

/// Where a product goes: rows of `row` elements apart.
pub(in crate::engine::cpu) struct Target<'a> {
    pub data: &'a mut [f32],
    pub row: usize,
    /// Add to what is there instead of replacing it.
    pub add: bool,
}

impl Isa {
    /// Every instruction set of this CPU, the best first.
    pub fn all() -> Vec<Self> {
        let mut all = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            all.extend(pulp::x86::V4::try_new().map(Self::Avx512));
            all.extend(pulp::x86::V3::try_new().map(Self::Avx2));
        }
        all.push(Self::Portable);
        all
    }

    /// The best instruction set of this CPU.
    pub fn best() -> Self {
        Self::all()[0]
    }

    /// Rows that a kernel takes at most.
    pub fn rows(self) -> usize {
        self.kernels().len()
    }

    /// Runs `f` compiled for this instruction set. `f` must be small enough to be inlined.
    #[inline(always)]
    pub fn vectorised<R>(self, f: impl FnOnce() -> R) -> R {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(token) => pulp::Simd::vectorize(token, Inlined(f)),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(token) => pulp::Simd::vectorize(token, Inlined(f)),
            Self::Portable => f(),
        }
    }

    /// By number of rows, from 1.
    fn kernels(self) -> &'static [Kernel] {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(_) => &avx512::KERNELS,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(_) => &avx2::KERNELS,
            Self::Portable => &portable::KERNELS,
        }
    }

    /// `C = A B` (or `C += A B`) for rows `a.first..a.first + count` of A.
    ///
    /// # Panics
    /// If an operand reaches beyond its slice: a bug of the caller.
    #[inline]
    pub fn multiply(self, a: Left, count: usize, b: Right, c: Target) {
        if count == 0 || b.k == 0 {
            return;
        }
        assert!(
            a.first + count <= a.rows && b.k.div_ceil(WIDE) * a.rows * WIDE <= a.data.len(),
            "left operand outside its slice"
        );
        assert!(
            (b.k - 1) * b.row + WIDE <= b.data.len(),
            "right operand outside its slice"
        );
        assert!(
            c.row >= WIDE && (count - 1) * c.row + WIDE <= c.data.len(),
            "target outside its slice"
        );
        let kernels = self.kernels();
        let mut done = 0;
        while done < count {
            let rows = (count - done).min(kernels.len());
            // SAFETY: as just checked, A has rows `first + done..first + done + rows` in every chunk up to k, B has k
            // rows of 32 elements, and so has C; C is borrowed mutably, so it overlaps neither; the token proves the
            // instruction set.
            unsafe {
                kernels[rows - 1](Tile {
                    a: a.data.as_ptr().add((a.first + done) * WIDE),
                    a_chunk: a.rows * WIDE,
                    b: b.data.as_ptr(),
                    b_row: b.row,
                    k: b.k,
                    then: b.then,
                    c: c.data.as_mut_ptr().add(done * c.row),
                    c_row: c.row,
                    add: c.add,
                });
            }
            done += rows;
        }
    }
}

/// A closure for `pulp`, which inlines what it dispatches.
#[cfg(target_arch = "x86_64")]
struct Inlined<F>(F);

#[cfg(target_arch = "x86_64")]
impl<R, F: FnOnce() -> R> pulp::NullaryFnOnce for Inlined<F> {
    type Output = R;

    #[inline(always)]
    fn call(self) -> R {
        (self.0)()
    }
}
