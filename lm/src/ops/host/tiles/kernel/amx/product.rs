//! 32 x 32 in four tiles of sums: two of rows of A and two of columns of B feed four products, each of which takes 32
//! inputs.
//!
//! Operands are sums of `TERMS` numbers of bf16: one, or two for nearly the precision of f32 (see
//! [`terms`](crate::ops::host::tiles::kernel::terms)). Within 32 inputs, the first and the second elements of pairs are
//! two chains, whose sum is added to the sum so far (Intel SDM, volume 2, `TDPBF16PS`).

use std::arch::asm;
use std::arch::x86_64::{__m512, _mm512_add_ps, _mm512_loadu_ps, _mm512_storeu_ps};
use std::mem::{MaybeUninit, offset_of};
use std::ptr::null;

use half::bf16;

use super::{ROW_BYTES, TILE_ROWS, shape};
use crate::ops::host::tiles::kernel::tile::{Tile, WIDE};

/// Rows that the kernels take at most.
const TALLEST: usize = 2 * TILE_ROWS;

/// Pairs of inputs in a chunk of operands.
const PAIRS: usize = WIDE / 2;

/// Bytes of a line of a cache.
const LINE: usize = 64;

/// Parts of the memory that is used next, fetched side by side: a processor that reads ahead does so for each of them.
const STREAMS: usize = 8;

/// The pairs after the last whole chunk of both operands, followed by zeros.
#[repr(C, align(64))]
struct Rest<const TERMS: usize> {
    a: [[[[bf16; 2]; PAIRS]; TERMS]; TALLEST],
    b: [[[[bf16; 2]; WIDE]; TERMS]; PAIRS],
}

/// Sums on their way to a target that they are added to.
#[repr(C, align(64))]
struct Sums([[f32; WIDE]; TALLEST]);

/// One block of rows of a product, the pointers of `tile` being to terms, its distances in terms. Terms of a row of A
/// follow each other in a chunk, 32 inputs of each; so do those of pairs of B, 32 columns of each.
///
/// # Safety
/// As [`Kernel`](crate::ops::host::tiles::kernel::tile::Kernel), with `M` rows, 32 at most; `TERMS` is 1 or 2, and
/// tiles of bf16 can be multiplied.
#[target_feature(enable = "avx512f")]
#[inline]
pub(crate) unsafe fn multiply<const M: usize, const TERMS: usize>(tile: Tile<bf16>) {
    let mut sums = MaybeUninit::<Sums>::uninit();
    let c = match tile.add {
        true => (sums.as_mut_ptr().cast(), WIDE),
        false => (tile.c, tile.c_row),
    };
    let mut rest = MaybeUninit::uninit();
    let rest = match tile.k % PAIRS {
        0 => None,
        // SAFETY: as the caller promises.
        pairs => Some(&*rest.write(unsafe { rest_of::<M, TERMS>(&tile, pairs) })),
    };
    // SAFETY: as the caller promises of the operands and of C; the sums have room for M rows of 32 elements.
    unsafe {
        shape(M);
        Job::new(&tile, rest, c).run::<M>();
        if tile.add {
            add::<M>(sums.as_ptr().cast(), &tile);
        }
    }
}

/// Copies the last pairs of both operands.
///
/// # Safety
/// As [`multiply`].
unsafe fn rest_of<const M: usize, const TERMS: usize>(tile: &Tile<bf16>, pairs: usize) -> Rest<TERMS> {
    let mut rest = Rest {
        a: [[[[bf16::ZERO; 2]; PAIRS]; TERMS]; TALLEST],
        b: [[[[bf16::ZERO; 2]; WIDE]; TERMS]; PAIRS],
    };
    let whole = tile.k / PAIRS;
    for (i, term) in (0..M).flat_map(|i| (0..TERMS).map(move |term| (i, term))) {
        // SAFETY: A has M rows of 16 pairs of each term in the chunk after the whole ones, of which `pairs` are B's.
        let from = unsafe {
            tile.a
                .add(whole * tile.a_chunk + (i * TERMS + term) * WIDE)
                .cast::<[bf16; 2]>()
        };
        for (p, pair) in rest.a[i][term].iter_mut().take(pairs).enumerate() {
            // SAFETY: as above.
            *pair = unsafe { from.add(p).read_unaligned() };
        }
    }
    for (p, row) in rest.b.iter_mut().take(pairs).enumerate() {
        // SAFETY: B has 32 columns of each term of `whole * 16 + pairs` pairs.
        *row = unsafe {
            tile.b
                .add((whole * PAIRS + p) * tile.b_row)
                .cast::<[_; TERMS]>()
                .read_unaligned()
        };
    }
    rest
}

/// The block of code that multiplies: `$clear` makes the sums zero, `$load` takes them from C, `$products` are those of
/// one chunk, and `$store` comes last.
///
/// The rest is a last chunk in other places. The addresses go past the ends of A and B after the last chunk, and `then`
/// is anywhere: they are not read there.
macro_rules! multiply_tiles {
    ($job:expr, [$($clear:literal)*], [$($load:literal)*], [$($products:literal)*], [$($store:literal)*]) => {
        asm!(
            $($clear,)*
            "cmp {line:e}, 0",
            "je 2f",
            "mov {a}, [{job} + {c}]",
            "mov {b}, [{job} + {c_row}]",
            $($load,)*
            "mov {a}, [{job} + {first_a}]",
            "mov {b}, [{job} + {first_b}]",
            "mov {row:e}, {row_bytes}",
            "2:",
            $($products,)*
            "mov {line:e}, [{job} + {lines}]",
            "3:",
            ".rept {streams}",
            "prefetcht1 [{then}]",
            "add {then}, {stream}",
            ".endr",
            "sub {then}, [{job} + {back}]",
            "dec {line:e}",
            "jnz 3b",
            "add {a}, [{job} + {a_chunk}]",
            "lea {b}, [{b} + 8 * {b_row}]",
            "lea {b}, [{b} + 8 * {b_row}]",
            "dec {chunks}",
            "jnz 2b",
            "test {rest}, {rest}",
            "jz 4f",
            "mov {a}, {rest}",
            "lea {b}, [{rest} + {rest_b}]",
            "mov {b_row:e}, {rest_row}",
            "mov {chunks:e}, 1",
            "xor {rest:e}, {rest:e}",
            "jmp 2b",
            "4:",
            "mov {a}, [{job} + {c}]",
            "mov {b}, [{job} + {c_row}]",
            $($store,)*
            job = in(reg) &raw const $job,
            a = inout(reg) $job.a => _,
            first_a = const offset_of!(Self, a),
            first_b = const offset_of!(Self, b),
            row_bytes = const TERMS * ROW_BYTES,
            row = inout(reg) TERMS * ROW_BYTES => _,
            b = inout(reg) $job.b => _,
            b_row = inout(reg) $job.b_row => _,
            chunks = inout(reg) $job.chunks => _,
            rest = inout(reg) $job.rest => _,
            then = inout(reg) $job.then => _,
            stream = in(reg) $job.stream,
            line = inout(reg) usize::from($job.resume) => _,
            streams = const STREAMS,
            lines = const offset_of!(Self, lines),
            back = const offset_of!(Self, back),
            a_chunk = const offset_of!(Self, a_chunk),
            rest_b = const offset_of!(Rest<TERMS>, b),
            rest_row = const TERMS * 2 * ROW_BYTES,
            c = const offset_of!(Self, c),
            c_row = const offset_of!(Self, c_row),
            options(nostack),
        )
    };
    ($job:expr, one, [$($products:literal)*]) => {
        multiply_tiles!(
            $job,
            ["tilezero tmm0" "tilezero tmm1"],
            [
                "tileloadd tmm0, [{a} + {b}]"
                "tileloadd tmm1, [{a} + {b} + 64]"
            ],
            [$($products)*],
            [
                "tilestored [{a} + {b}], tmm0"
                "tilestored [{a} + {b} + 64], tmm1"
            ]
        )
    };
    ($job:expr, two, [$($products:literal)*]) => {
        multiply_tiles!(
            $job,
            ["tilezero tmm0" "tilezero tmm1" "tilezero tmm2" "tilezero tmm3"],
            [
                "tileloadd tmm0, [{a} + {b}]"
                "tileloadd tmm1, [{a} + {b} + 64]"
                "mov {row}, {b}"
                "shl {row}, 4"
                "add {a}, {row}"
                "tileloadd tmm2, [{a} + {b}]"
                "tileloadd tmm3, [{a} + {b} + 64]"
            ],
            [$($products)*],
            [
                "tilestored [{a} + {b}], tmm0"
                "tilestored [{a} + {b} + 64], tmm1"
                "mov {row}, {b}"
                "shl {row}, 4"
                "add {a}, {row}"
                "tilestored [{a} + {b}], tmm2"
                "tilestored [{a} + {b} + 64], tmm3"
            ]
        )
    };
}

/// What the block of code works on, in bytes.
#[repr(C)]
struct Job<const TERMS: usize> {
    a: *const bf16,
    a_chunk: usize,
    b: *const bf16,
    b_row: usize,
    /// Chunks, one at least.
    chunks: usize,
    /// What comes after them; null for nothing.
    rest: *const Rest<TERMS>,
    then: *const bf16,
    /// From one part of what is fetched to the next.
    stream: usize,
    /// Lines of each part that are fetched with a chunk, one at least.
    lines: usize,
    /// From the end of the last part's line to the first part's next one.
    back: usize,
    c: *mut f32,
    c_row: usize,
    /// Begin with what C holds.
    resume: bool,
}

impl<const TERMS: usize> Job<TERMS> {
    /// The product of `tile`, to rows of `c` that are so many elements apart.
    fn new(tile: &Tile<bf16>, rest: Option<&Rest<TERMS>>, (c, c_row): (*mut f32, usize)) -> Self {
        const NUMBER: usize = size_of::<bf16>();
        let chunks = tile.k / PAIRS;
        let lines = (PAIRS * tile.then_row.clamp(1, TERMS * 2 * WIDE) * NUMBER).div_ceil(STREAMS * LINE);
        let stream = chunks.max(1) * lines * LINE;
        let job = Self {
            a: tile.a,
            a_chunk: tile.a_chunk * NUMBER,
            b: tile.b,
            b_row: tile.b_row * NUMBER,
            chunks,
            rest: rest.map_or(null(), |rest| rest),
            then: tile.then,
            stream,
            lines,
            back: STREAMS * stream - LINE,
            c,
            c_row: c_row * size_of::<f32>(),
            resume: tile.resume,
        };
        match rest {
            // There is nothing else.
            Some(rest) if chunks == 0 => Self {
                a: (&raw const rest.a).cast(),
                b: (&raw const rest.b).cast(),
                b_row: TERMS * 2 * ROW_BYTES,
                chunks: 1,
                rest: null(),
                ..job
            },
            _ => job,
        }
    }

    /// Multiplies M rows.
    ///
    /// # Safety
    /// As [`multiply`]; the tiles have their shapes, and `c` has room for M rows of 32 elements.
    #[inline(always)]
    unsafe fn run<const M: usize>(self) {
        // SAFETY: only elements of A, B, the rest and C are read or written, as the caller promises. No other code uses
        // the tiles before they are stored, since this is one block.
        unsafe {
            match (TERMS, M <= TILE_ROWS) {
                (1, true) => multiply_tiles!(
                    self,
                    one,
                    [
                        "tileloadd tmm4, [{a} + {row}]"
                        "tileloadd tmm6, [{b} + {b_row}]"
                        "tdpbf16ps tmm0, tmm4, tmm6"
                        "tileloadd tmm7, [{b} + {b_row} + 64]"
                        "tdpbf16ps tmm1, tmm4, tmm7"
                    ]
                ),
                (1, false) => multiply_tiles!(
                    self,
                    two,
                    [
                        "tileloadd tmm6, [{b} + {b_row}]"
                        "tileloadd tmm4, [{a} + {row}]"
                        "tdpbf16ps tmm0, tmm4, tmm6"
                        "tileloadd tmm7, [{b} + {b_row} + 64]"
                        "tdpbf16ps tmm1, tmm4, tmm7"
                        "tileloadd tmm5, [{a} + {row} + 1024]"
                        "tdpbf16ps tmm2, tmm5, tmm6"
                        "tdpbf16ps tmm3, tmm5, tmm7"
                    ]
                ),
                // The second term of A with the first of B, then the first with both.
                (_, true) => multiply_tiles!(
                    self,
                    one,
                    [
                        "tileloadd tmm4, [{a} + {row} + 64]"
                        "tileloadd tmm6, [{b} + {b_row}]"
                        "tdpbf16ps tmm0, tmm4, tmm6"
                        "tileloadd tmm7, [{b} + {b_row} + 64]"
                        "tdpbf16ps tmm1, tmm4, tmm7"
                        "tileloadd tmm4, [{a} + {row}]"
                        "tdpbf16ps tmm0, tmm4, tmm6"
                        "tdpbf16ps tmm1, tmm4, tmm7"
                        "tileloadd tmm6, [{b} + {b_row} + 128]"
                        "tdpbf16ps tmm0, tmm4, tmm6"
                        "tileloadd tmm7, [{b} + {b_row} + 192]"
                        "tdpbf16ps tmm1, tmm4, tmm7"
                    ]
                ),
                (_, false) => multiply_tiles!(
                    self,
                    two,
                    [
                        "tileloadd tmm6, [{b} + {b_row}]"
                        "tileloadd tmm4, [{a} + {row} + 64]"
                        "tdpbf16ps tmm0, tmm4, tmm6"
                        "tileloadd tmm7, [{b} + {b_row} + 64]"
                        "tdpbf16ps tmm1, tmm4, tmm7"
                        "tileloadd tmm5, [{a} + {row} + 2048 + 64]"
                        "tdpbf16ps tmm2, tmm5, tmm6"
                        "tdpbf16ps tmm3, tmm5, tmm7"
                        "tileloadd tmm4, [{a} + {row}]"
                        "tdpbf16ps tmm0, tmm4, tmm6"
                        "tdpbf16ps tmm1, tmm4, tmm7"
                        "tileloadd tmm5, [{a} + {row} + 2048]"
                        "tdpbf16ps tmm2, tmm5, tmm6"
                        "tdpbf16ps tmm3, tmm5, tmm7"
                        "tileloadd tmm6, [{b} + {b_row} + 128]"
                        "tdpbf16ps tmm0, tmm4, tmm6"
                        "tdpbf16ps tmm2, tmm5, tmm6"
                        "tileloadd tmm7, [{b} + {b_row} + 192]"
                        "tdpbf16ps tmm1, tmm4, tmm7"
                        "tdpbf16ps tmm3, tmm5, tmm7"
                    ]
                ),
            }
        }
    }
}

/// Adds the sums of M rows to C.
///
/// # Safety
/// As [`multiply`]; `sums` has M rows of 32 elements.
#[target_feature(enable = "avx512f")]
#[inline]
unsafe fn add<const M: usize>(sums: *const [[f32; WIDE / 2]; 2], tile: &Tile<bf16>) {
    for i in 0..M {
        for half in 0..2 {
            // SAFETY: C and the sums have M rows of two halves.
            unsafe {
                let c = tile.c.add(i * tile.c_row + half * (WIDE / 2));
                let sum: __m512 = _mm512_loadu_ps((*sums.add(i))[half].as_ptr());
                _mm512_storeu_ps(c, _mm512_add_ps(_mm512_loadu_ps(c), sum));
            }
        }
    }
}
