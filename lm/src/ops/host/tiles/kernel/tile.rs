//! The arguments of a kernel.

/// Columns of a panel of the right operand, and of a chunk of the left one.
pub(crate) const WIDE: usize = 32;

/// Arguments of a kernel. `A` lies in chunks of [`WIDE`] columns: number `(i, p)` at
/// `a[p / 32 * a_chunk + i * 32 + p % 32]`; in int8, where 32 numbers are one element, those of row `i` at
/// `a[p / 32 * a_chunk + i]`. In `B`, `t` rows lie together (one of f32, two of bf16): number `(p, j)` at
/// `b[p / t * b_row + j * t + p % t]`; in int8, where four are one element, at `b[p / 4 * b_row + j]`, the 32 scales of
/// the columns after the last row.
#[derive(Clone, Copy)]
pub(crate) struct Tile<A, B = A> {
    pub a: *const A,
    pub a_chunk: usize,
    pub b: *const B,
    /// Elements from rows that lie together to the next ones.
    pub b_row: usize,
    /// Rows of B, divided by those that lie together.
    pub k: usize,
    /// Memory that is used next, fetched while this tile is computed: two lines of a cache for each of its rows that
    /// lie together. It is only a hint.
    pub then: *const B,
    /// Elements of that memory from one row to the next.
    pub then_row: usize,
    pub c: *mut f32,
    /// Elements between rows of C.
    pub c_row: usize,
    /// Add to C instead of replacing it.
    pub add: bool,
    /// Go on with the sums that C holds, instead of beginning with zeros. Only kernels do that whose element says how
    /// many inputs they take at once.
    pub resume: bool,
}

#[cfg(target_arch = "x86_64")]
impl<N> Tile<N> {
    /// The same tile of numbers that other types stand for, of the same size.
    pub fn cast<M>(self) -> Tile<M> {
        const { assert!(size_of::<N>() == size_of::<M>(), "numbers of another size") };
        Tile {
            a: self.a.cast(),
            a_chunk: self.a_chunk,
            b: self.b.cast(),
            b_row: self.b_row,
            k: self.k,
            then: self.then.cast(),
            then_row: self.then_row,
            c: self.c,
            c_row: self.c_row,
            add: self.add,
            resume: self.resume,
        }
    }
}

/// One block of rows of a product.
///
/// # Safety
/// `a`, `b` and `c` are valid for all elements that [`Tile`] says, and the CPU has the kernel's instructions.
pub(crate) type Kernel<A, B = A> = unsafe fn(Tile<A, B>);

/// The kernels `multiply::<M>` of a file, by their number of rows.
macro_rules! kernels {
    ($($rows:literal)+) => { &[$(multiply::<$rows>),+] };
}
pub(super) use kernels;
