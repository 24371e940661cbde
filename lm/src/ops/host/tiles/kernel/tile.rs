//! The arguments of a kernel.

/// Columns of a panel of the right operand, and of a chunk of the left one.
pub(crate) const WIDE: usize = 32;

/// Arguments of a kernel on operands of numbers `N`. `A` lies in chunks of [`WIDE`] columns: element `(i, p)` at
/// `a[p / 32 * a_chunk + i * 32 + p % 32]`. In `B`, `t` rows lie together (one of f32, two of bf16): element `(p, j)`
/// at `b[p / t * b_row + j * t + p % t]`.
#[derive(Clone, Copy)]
pub(crate) struct Tile<N> {
    pub a: *const N,
    pub a_chunk: usize,
    pub b: *const N,
    /// Elements from rows that lie together to the next ones.
    pub b_row: usize,
    /// Rows of B, divided by those that lie together.
    pub k: usize,
    /// Memory that is used next, fetched row by row while this tile is computed. It is only a hint.
    pub then: *const N,
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
pub(crate) type Kernel<N> = unsafe fn(Tile<N>);

/// The kernels `multiply::<M>` of a file, by their number of rows.
macro_rules! kernels {
    ($($rows:literal)+) => { &[$(multiply::<$rows>),+] };
}
pub(super) use kernels;
