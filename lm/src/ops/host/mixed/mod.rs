//! Products in bf16, or by terms, of matrices in host memory: operands are rounded while they are packed, sums are f32.

mod left;
mod lines;
mod right;

pub(crate) use right::panels;

use super::gemm::Matrix;
use super::pool::{self, Pooled};
use super::tiles::{self, Isa, Output, Packed, Panels};

/// `C = A B` (or `C += A B` if `add`), with `A` `[m, k]`, `B` `[k, n]` and `C` `[m, n]` in row-major order, on all
/// threads. The result does not depend on how many those are.
///
/// # Panics
/// If a matrix reaches beyond its slice: a bug of the caller.
pub(crate) fn parallel_product<E: Packed + Pooled>(
    [m, k, n]: [usize; 3],
    a: Matrix,
    b: Matrix,
    c: &mut [f32],
    add: bool,
) {
    if m == 0 || k == 0 || n == 0 {
        return;
    }
    let right = panels::<E>(b, k, n);
    parallel_product_by::<E>(m, a, &right, c, add);
    right.into_data::<E>().into_iter().for_each(pool::give_buffer);
}

/// As [`parallel_product`], with `B` as panels.
pub(crate) fn parallel_product_by<E: Packed + Pooled>(m: usize, a: Matrix, b: &Panels, c: &mut [f32], add: bool) {
    if m == 0 {
        return;
    }
    let left = left::operand::<E>(a, m, b.inputs());
    let out = if add { Output::Add(c) } else { Output::Set(c) };
    tiles::multiply::<E, f32>(Isa::best(), &left, b, None, out);
    pool::give_buffer(left.into_data());
}

#[cfg(test)]
mod tests {
    use half::bf16;
    use proptest::prelude::*;

    use super::*;
    use crate::model::init::normal;
    use crate::ops::host::tiles::Term;

    /// The same product of operands whose elements are what `round` makes of them, in double precision.
    fn expected([m, k, n]: [usize; 3], a: Matrix, b: Matrix, round: fn(f32) -> f64) -> Vec<f64> {
        let element =
            |matrix: Matrix, i: usize, j: usize| round(matrix.data[matrix.offset + i * matrix.row + j * matrix.column]);
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
            m in 1usize..70, k in 1usize..110, n in 1usize..70, seed: u64, turned: [bool; 2], add: bool, by_terms: bool,
        ) {
            let (left, right) = (normal(m * k, 1.0, seed, "a"), normal(k * n, 1.0, seed, "b"));
            let matrix = |values, [rows, columns]: [usize; 2], turned| match turned {
                true => Matrix::rows(values, rows).transposed(),
                false => Matrix::rows(values, columns),
            };
            let (a, b) = (matrix(&left, [m, k], turned[0]), matrix(&right, [k, n], turned[1]));
            let start = if add { 3.0 } else { f32::NAN };
            let mut c = vec![start; m * n];
            let expected = if by_terms {
                parallel_product::<Term>([m, k, n], a, b, &mut c, add);
                expected([m, k, n], a, b, f64::from)
            } else {
                parallel_product::<bf16>([m, k, n], a, b, &mut c, add);
                expected([m, k, n], a, b, |value| f64::from(bf16::from_f32(value).to_f32()))
            };
            for (got, expected) in c.iter().zip(expected) {
                let expected = expected + if add { 3.0 } else { 0.0 };
                prop_assert!((f64::from(*got) - expected).abs() < 1e-4 * (k as f64).sqrt());
            }
        }
    }

    #[test]
    fn long_products_by_terms_go_on_with_their_sums() {
        let [m, k, n] = [150, 2500, 64];
        let (left, right) = (normal(m * k, 1.0, 1, "a"), normal(k * n, 1.0, 2, "b"));
        let (a, b) = (Matrix::rows(&left, k), Matrix::rows(&right, n));
        let mut c = vec![f32::NAN; m * n];
        parallel_product::<Term>([m, k, n], a, b, &mut c, false);
        for (got, expected) in c.iter().zip(expected([m, k, n], a, b, f64::from)) {
            assert!(
                (f64::from(*got) - expected).abs() < 1e-4 * (k as f64).sqrt(),
                "{got} {expected}"
            );
        }
    }

    #[test]
    fn large_products_are_cut_without_gaps() {
        // Several blocks of every kind, and a remainder of each.
        let [m, k, n] = [530, 1100, 570];
        let (left, right) = (normal(m * k, 1.0, 1, "a"), normal(k * n, 1.0, 2, "b"));
        let turn = |values: &[f32], columns: usize| -> Vec<f32> {
            let rows = values.len() / columns;
            (0..values.len())
                .map(|i| values[i % rows * columns + i / rows])
                .collect()
        };
        let (turned_left, turned_right) = (turn(&left, k), turn(&right, n));
        let a = [Matrix::rows(&left, k), Matrix::rows(&turned_left, m).transposed()];
        let b = [Matrix::rows(&right, n), Matrix::rows(&turned_right, k).transposed()];
        let product = |a, b| {
            let mut c = vec![f32::NAN; m * n];
            parallel_product::<bf16>([m, k, n], a, b, &mut c, false);
            c
        };
        let all = product(a[0], b[0]);
        assert!(a.into_iter().all(|a| b.into_iter().all(|b| product(a, b) == all)));
        let round = |value: &f32| f64::from(bf16::from_f32(*value).to_f32());
        for (i, j) in [(0, 0), (31, 511), (512, 512), (529, 569)] {
            let sum: f64 = (0..k).map(|p| round(&left[i * k + p]) * round(&right[p * n + j])).sum();
            assert!((f64::from(all[i * n + j]) - sum).abs() < 1e-2);
        }
    }
}
