//! The arguments of a kernel.

/// Columns of a panel of the right operand, and of a chunk of the left one.
pub(in crate::engine::cpu) const WIDE: usize = 32;

/// Arguments of a kernel. `A` lies in chunks of [`WIDE`] columns: element `(i, p)` at `a[p / 32 * a_chunk + i * 32 + p
/// % 32]`.
#[derive(Clone, Copy)]
pub(super) struct Tile {
    pub a: *const f32,
    pub a_chunk: usize,
    /// `[k, 32]`, rows of `b_row` elements apart
    pub b: *const f32,
    pub b_row: usize,
    pub k: usize,
    /// Memory that is used next, fetched row by row while this tile is computed. It is only a hint.
    pub then: *const f32,
    pub c: *mut f32,
    /// Elements between rows of C.
    pub c_row: usize,
    /// Add to C instead of replacing it.
    pub add: bool,
}

/// One block of rows of a product.
///
/// # Safety
/// `a`, `b` and `c` are valid for all elements that [`Tile`] says, and the CPU has the kernel's instructions.
pub(super) type Kernel = unsafe fn(Tile);
