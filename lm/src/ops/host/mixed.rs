//! Products in bf16 of matrices in host memory: operands are rounded while they are packed, sums are f32.

use half::bf16;
use rayon::prelude::*;

use super::gemm::Matrix;
use super::pool;
use super::tiles::{self, Isa, Number, Operand, Output, Panels, WIDE};

/// Edge of the squares in which matrices are transposed, so that both sides stay in cache.
const SQUARE: usize = WIDE;

/// `C = A B` (or `C += A B` if `add`), with `A` `[m, k]`, `B` `[k, n]` and `C` `[m, n]` in row-major order, on all
/// threads. The result does not depend on how many those are.
///
/// # Panics
/// If a matrix reaches beyond its slice: a bug of the caller.
pub(crate) fn parallel_product([m, k, n]: [usize; 3], a: Matrix, b: Matrix, c: &mut [f32], add: bool) {
    if m == 0 || k == 0 || n == 0 {
        return;
    }
    let (left, right) = (operand(a, m, k), panels(b, k, n));
    let out = if add { Output::Add(c) } else { Output::Set(c) };
    tiles::multiply::<bf16, bf16>(Isa::best(), &left, &right, None, out);
    pool::give_buffer(left.into_data());
    right.into_pairs().into_iter().for_each(pool::give_buffer);
}

/// A left operand of `rows` rows and `width` columns.
fn operand(matrix: Matrix, rows: usize, width: usize) -> Operand<bf16> {
    let mut data = pool::buffer(width.div_ceil(WIDE) * rows * WIDE);
    let chunks = data.par_chunks_mut(rows * WIDE).enumerate();
    chunks.for_each(|(chunk, data)| {
        let first = chunk * WIDE;
        let count = WIDE.min(width - first);
        super::vectorised(
            #[inline(always)]
            || match matrix.column {
                1 => rows_of(matrix, first, count, data),
                _ => columns_of(matrix, first, count, data),
            },
        );
    });
    Operand::of(data, rows, width)
}

/// `count` columns from `first` on of a matrix whose rows are contiguous, to rows of 32.
#[inline(always)]
fn rows_of(matrix: Matrix, first: usize, count: usize, data: &mut [bf16]) {
    for (i, target) in data.chunks_exact_mut(WIDE).enumerate() {
        let source = &matrix.data[matrix.offset + i * matrix.row + first..][..count];
        target
            .iter_mut()
            .zip(source)
            .for_each(|(to, from)| *to = bf16::nearest(*from));
        target[count..].fill(bf16::ZERO);
    }
}

/// `count` columns from `first` on of a matrix whose columns are contiguous, to rows of 32.
#[inline(always)]
fn columns_of(matrix: Matrix, first: usize, count: usize, data: &mut [bf16]) {
    for (square, data) in data.chunks_mut(SQUARE * WIDE).enumerate() {
        let rows = data.len() / WIDE;
        let column = |j: usize| match j < count {
            true => &matrix.data[matrix.offset + square * SQUARE + (first + j) * matrix.column..][..rows],
            false => &[],
        };
        // By pairs of columns, so that what is scattered are words.
        let mut words = [[0; SQUARE]; WIDE / 2];
        for (pair, words) in words.iter_mut().enumerate() {
            join(column(2 * pair), column(2 * pair + 1), words);
        }
        let (targets, _) = data.as_chunks_mut::<2>();
        for (i, row) in targets.chunks_exact_mut(WIDE / 2).enumerate() {
            row.iter_mut()
                .zip(&words)
                .for_each(|(target, words)| *target = split(words[i]));
        }
    }
}

/// The numbers nearest to two values, side by side in words; 0 where there is none.
#[inline(always)]
fn join<const LENGTH: usize>(even: &[f32], odd: &[f32], words: &mut [u32; LENGTH]) {
    if let (Some(even), Some(odd)) = (even.first_chunk::<LENGTH>(), odd.first_chunk::<LENGTH>()) {
        for ((word, even), odd) in words.iter_mut().zip(even).zip(odd) {
            *word = word_of(*even, *odd);
        }
        return;
    }
    for (i, word) in words.iter_mut().enumerate() {
        let value = |values: &[f32]| values.get(i).copied().unwrap_or(0.0);
        *word = word_of(value(even), value(odd));
    }
}

#[inline(always)]
fn word_of(even: f32, odd: f32) -> u32 {
    let bits = |value| u32::from(bf16::nearest(value).to_bits());
    bits(even) | bits(odd) << 16
}

#[inline(always)]
fn split(word: u32) -> [bf16; 2] {
    [word as u16, (word >> 16) as u16].map(bf16::from_bits)
}

/// A right operand of `inputs` rows and `columns` columns.
fn panels(matrix: Matrix, inputs: usize, columns: usize) -> Panels {
    let size = inputs.next_multiple_of(2) * WIDE;
    let mut data = pool::buffer(columns.div_ceil(WIDE) * size);
    data.par_chunks_mut(size).enumerate().for_each(|(panel, data)| {
        let first = panel * WIDE;
        let count = WIDE.min(columns - first);
        super::vectorised(
            #[inline(always)]
            || match matrix.column {
                1 => pairs_of_rows(matrix, inputs, first, count, data),
                _ => pairs_of_columns(matrix, inputs, first, count, data),
            },
        );
    });
    Panels::of(data, inputs, columns)
}

/// The panel of `count` columns from `first` on of a matrix whose rows are contiguous.
#[inline(always)]
fn pairs_of_rows(matrix: Matrix, inputs: usize, first: usize, count: usize, data: &mut [bf16]) {
    let row = |p: usize| match p < inputs {
        true => &matrix.data[matrix.offset + p * matrix.row + first..][..count],
        false => &[],
    };
    let (targets, _) = data.as_chunks_mut::<2>();
    let mut words = [0; WIDE];
    for (pair, target) in targets.chunks_exact_mut(WIDE).enumerate() {
        join(row(2 * pair), row(2 * pair + 1), &mut words);
        target
            .iter_mut()
            .zip(words)
            .for_each(|(target, word)| *target = split(word));
    }
}

/// The panel of `count` columns from `first` on of a matrix whose columns are contiguous.
#[inline(always)]
fn pairs_of_columns(matrix: Matrix, inputs: usize, first: usize, count: usize, data: &mut [bf16]) {
    for (square, data) in data.chunks_mut(SQUARE * WIDE).enumerate() {
        let top = square * SQUARE;
        let rows = SQUARE.min(inputs - top);
        let mut words = [[0; SQUARE / 2]; WIDE];
        for (j, words) in words.iter_mut().enumerate().take(count) {
            let column = &matrix.data[matrix.offset + top + (first + j) * matrix.column..][..rows];
            neighbours(column, words);
        }
        let (targets, _) = data.as_chunks_mut::<2>();
        for (pair, row) in targets.chunks_exact_mut(WIDE).enumerate() {
            row.iter_mut()
                .zip(&words)
                .for_each(|(target, words)| *target = split(words[pair]));
        }
    }
}

/// The numbers nearest to neighbouring values, two in a word; 0 where there is none.
#[inline(always)]
fn neighbours(values: &[f32], words: &mut [u32; SQUARE / 2]) {
    let (pairs, _) = values.as_chunks::<2>();
    match pairs.first_chunk::<{ SQUARE / 2 }>() {
        Some(pairs) => words
            .iter_mut()
            .zip(pairs)
            .for_each(|(word, [even, odd])| *word = word_of(*even, *odd)),
        None => {
            let value = |i: usize| values.get(i).copied().unwrap_or(0.0);
            let each = words.iter_mut().enumerate();
            each.for_each(|(pair, word)| *word = word_of(value(2 * pair), value(2 * pair + 1)));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::init::normal;

    /// The same product, by elements in double precision.
    fn expected([m, k, n]: [usize; 3], a: Matrix, b: Matrix) -> Vec<f64> {
        let element = |matrix: Matrix, i: usize, j: usize| {
            f64::from(bf16::from_f32(matrix.data[matrix.offset + i * matrix.row + j * matrix.column]).to_f32())
        };
        let sum = |i, j| (0..k).map(|p| element(a, i, p) * element(b, p, j)).sum();
        (0..m)
            .flat_map(|i| (0..n).map(move |j| (i, j)))
            .map(|(i, j)| sum(i, j))
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]
        #[test]
        fn products_of_every_layout_are_those_of_the_rounded_operands(
            m in 1usize..70, k in 1usize..110, n in 1usize..70, seed: u64, turned: [bool; 2], add: bool,
        ) {
            let (left, right) = (normal(m * k, 1.0, seed, "a"), normal(k * n, 1.0, seed, "b"));
            let matrix = |values, [rows, columns]: [usize; 2], turned| match turned {
                true => Matrix::rows(values, rows).transposed(),
                false => Matrix::rows(values, columns),
            };
            let (a, b) = (matrix(&left, [m, k], turned[0]), matrix(&right, [k, n], turned[1]));
            let start = if add { 3.0 } else { f32::NAN };
            let mut c = vec![start; m * n];
            parallel_product([m, k, n], a, b, &mut c, add);
            for (got, expected) in c.iter().zip(expected([m, k, n], a, b)) {
                let expected = expected + if add { 3.0 } else { 0.0 };
                prop_assert!((f64::from(*got) - expected).abs() < 1e-4 * (k as f64).sqrt());
            }
        }
    }
}
