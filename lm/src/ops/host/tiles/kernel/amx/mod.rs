//! Tiles of AMX: whether there are any, and their shapes.

mod product;

use std::arch::asm;
use std::arch::x86_64::__cpuid_count;
use std::cell::Cell;
use std::sync::OnceLock;

pub(super) use product::multiply;

/// Rows of a tile at most.
const TILE_ROWS: usize = 16;

/// Bytes of a row of a tile at most.
const ROW_BYTES: usize = 64;

/// Tiles of sums, the left operand's and the right operand's, as [`shape`] makes them.
const TILES: usize = 8;

thread_local! {
    /// Rows of the left operand that this thread's tiles have; 0 before there are any.
    static ROWS: Cell<usize> = const { Cell::new(0) };
}

/// Whether tiles of bf16 can be multiplied.
pub(super) fn multiplies_bf16() -> bool {
    /// Of leaf 7 in EDX: products of bf16 and tiles (Intel SDM, volume 2, `CPUID`).
    const BF16_AND_TILES: u32 = 1 << 22 | 1 << 24;
    static DOES: OnceLock<bool> = OnceLock::new();
    *DOES.get_or_init(|| __cpuid_count(7, 0).edx & BF16_AND_TILES == BF16_AND_TILES && allowed())
}

/// Asks Linux to let this process use tiles, which it does not do unasked: they make what it saves of a thread larger
/// (its `Documentation/arch/x86/xstate.rst`).
#[cfg(target_os = "linux")]
fn allowed() -> bool {
    const ARCH_REQ_XCOMP_PERM: libc::c_long = 0x1023;
    const XFEATURE_XTILEDATA: libc::c_long = 18;
    // SAFETY: the call takes two numbers and touches no memory of ours.
    unsafe { libc::syscall(libc::SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA) == 0 }
}

#[cfg(not(target_os = "linux"))]
fn allowed() -> bool {
    false
}

/// What `LDTILECFG` reads: the first palette, then for each tile the bytes of a row and the number of rows.
#[repr(C, align(64))]
struct Shapes {
    palette: u8,
    start_row: u8,
    reserved: [u8; 14],
    row_bytes: [u16; 16],
    rows: [u8; 16],
}

/// Gives this thread's tiles the shapes of a product with so many rows, up to two tiles of them: `tmm0` and `tmm1` the
/// sums of the first tile of rows, `tmm2` and `tmm3` of the second one, `tmm4` and `tmm5` the rows of the left operand,
/// `tmm6` and `tmm7` the right operand's.
///
/// The shapes stay until the next call with another number of rows: loading them takes as long as ten products.
///
/// # Safety
/// [`multiplies_bf16`] is true, and `rows` is between 1 and twice [`TILE_ROWS`].
#[inline]
unsafe fn shape(rows: usize) {
    if ROWS.get() != rows {
        // SAFETY: as the caller promises.
        unsafe { load(rows) };
        ROWS.set(rows);
    }
}

#[cold]
unsafe fn load(rows: usize) {
    let first = rows.min(TILE_ROWS);
    let second = rows - first;
    let mut shapes = Shapes {
        palette: 1,
        start_row: 0,
        reserved: [0; 14],
        row_bytes: [0; 16],
        rows: [0; 16],
    };
    let by_tile: [usize; TILES] = [first, first, second, second, first, second, TILE_ROWS, TILE_ROWS];
    for (tile, rows) in by_tile.into_iter().enumerate().filter(|(_, rows)| *rows > 0) {
        shapes.rows[tile] = rows as u8;
        shapes.row_bytes[tile] = ROW_BYTES as u16;
    }
    // SAFETY: the processor has tiles and the process may use them, as the caller promises; the shapes are valid.
    unsafe { asm!("ldtilecfg [{}]", in(reg) &raw const shapes, options(nostack, preserves_flags, readonly)) };
}

/// Multiplies tiles of zeros `rounds` times four at once, so that none waits for another; returns how many
/// multiplications and additions that was.
///
/// # Safety
/// [`multiplies_bf16`] is true.
pub(crate) unsafe fn saturate(rounds: usize) -> f64 {
    const SUMS: usize = 4;
    // SAFETY: as the caller promises; nothing but tiles is changed.
    unsafe {
        shape(2 * TILE_ROWS);
        asm!(
            "tilezero tmm0", "tilezero tmm1", "tilezero tmm2", "tilezero tmm3",
            "tilezero tmm4", "tilezero tmm5", "tilezero tmm6", "tilezero tmm7",
            "2:",
            "tdpbf16ps tmm0, tmm4, tmm6",
            "tdpbf16ps tmm1, tmm4, tmm7",
            "tdpbf16ps tmm2, tmm5, tmm6",
            "tdpbf16ps tmm3, tmm5, tmm7",
            "dec {rounds}",
            "jnz 2b",
            rounds = inout(reg) rounds.max(1) => _,
            options(nostack, nomem),
        );
    }
    let inputs = ROW_BYTES / size_of::<half::bf16>();
    (rounds.max(1) * SUMS * TILE_ROWS * TILE_ROWS * inputs * 2) as f64
}
