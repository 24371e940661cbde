//! Strided matrix products over slices: the linear maps and the inner products of attention.

use gemm::Parallelism;

/// A matrix inside a slice: element `(i, j)` is `data[offset + i * row + j * column]`.
#[derive(Clone, Copy)]
pub(crate) struct Matrix<'a> {
    pub data: &'a [f32],
    pub offset: usize,
    pub row: usize,
    pub column: usize,
}

impl<'a> Matrix<'a> {
    /// The whole slice as rows of `width`.
    pub fn rows(data: &'a [f32], width: usize) -> Self {
        Self {
            data,
            offset: 0,
            row: width,
            column: 1,
        }
    }

    /// The same memory read with rows and columns exchanged.
    pub fn transposed(self) -> Self {
        Self {
            row: self.column,
            column: self.row,
            ..self
        }
    }

    /// The same matrix without its first rows.
    pub fn skip_rows(self, count: usize) -> Self {
        Self {
            offset: self.offset + count * self.row,
            ..self
        }
    }

    fn holds(&self, rows: usize, columns: usize) -> bool {
        self.offset + (rows - 1) * self.row + (columns - 1) * self.column < self.data.len()
    }
}

/// Where a product goes: rows of `row` elements apart, columns adjacent.
pub(crate) struct MatrixMut<'a> {
    pub data: &'a mut [f32],
    pub offset: usize,
    pub row: usize,
    /// Add to what is there instead of replacing it.
    pub add: bool,
}

impl<'a> MatrixMut<'a> {
    /// The whole slice as rows of `width`.
    pub fn rows(data: &'a mut [f32], width: usize, add: bool) -> Self {
        Self {
            data,
            offset: 0,
            row: width,
            add,
        }
    }
}

/// `C = alpha * A B` (or `C += alpha * A B`) with `A` `[m, k]`, `B` `[k, n]`, on the calling thread.
///
/// # Panics
/// If a matrix reaches beyond its slice: a bug of the caller.
pub(crate) fn gemm(size: [usize; 3], alpha: f32, a: Matrix, b: Matrix, c: MatrixMut) {
    run(size, alpha, [a, b], c, Parallelism::None);
}

/// As [`gemm`], on all threads. Sums are cut by the sizes alone, so the result does not depend on how many those are.
pub(crate) fn parallel_gemm(size: [usize; 3], a: Matrix, b: Matrix, c: MatrixMut) {
    run(size, 1.0, [a, b], c, Parallelism::Rayon(0));
}

fn run([m, k, n]: [usize; 3], alpha: f32, [a, b]: [Matrix; 2], c: MatrixMut, parallelism: Parallelism) {
    if m == 0 || k == 0 || n == 0 {
        return;
    }
    let end = c.offset + (m - 1) * c.row + n;
    assert!(
        a.holds(m, k) && b.holds(k, n) && end <= c.data.len(),
        "matrix outside its slice"
    );
    // SAFETY: the largest index of each matrix was just checked to be inside its slice, strides are not negative,
    // and `c` is borrowed mutably, so it overlaps neither `a` nor `b`.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            c.data.as_mut_ptr().add(c.offset),
            1,
            c.row as isize,
            c.add,
            a.data.as_ptr().add(a.offset),
            a.column as isize,
            a.row as isize,
            b.data.as_ptr().add(b.offset),
            b.column as isize,
            b.row as isize,
            1.0f32,
            alpha,
            false,
            false,
            false,
            parallelism,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::host;
    use crate::testing::random;

    #[test]
    fn products_on_any_number_of_threads_are_the_same_to_the_bit() {
        // Large enough to be cut, in shapes of the three products of a linear map.
        let [m, k, n] = [301, 170, 223];
        let (a, b) = (host::values(&random([m, k], 1)), host::values(&random([k, n], 2)));
        let products = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
            pool.build().unwrap().install(|| {
                let mut out = [vec![0.0; m * n], vec![0.0; m * k], vec![1.0; k * n]];
                let [y, dx, dw] = &mut out;
                let (x, w) = (Matrix::rows(&a, k), Matrix::rows(&b, n));
                parallel_gemm([m, k, n], x, w, MatrixMut::rows(y, n, false));
                let dy = Matrix::rows(y, n);
                parallel_gemm([m, n, k], dy, w.transposed(), MatrixMut::rows(dx, k, false));
                parallel_gemm([k, m, n], x.transposed(), dy, MatrixMut::rows(dw, n, true));
                out
            })
        };
        let one = products(1);
        assert!((2..=4).all(|threads| products(threads) == one));
        let by_hand: f32 = (0..k).map(|i| a[k + i] * b[i * n + 2]).sum();
        assert!((one[0][n + 2] - by_hand).abs() < 1e-4);
    }

    #[test]
    fn strided_products_by_hand() {
        let a = [1.0, 2.0, 3.0, 4.0];
        let matrix = Matrix {
            data: &a,
            offset: 0,
            row: 2,
            column: 1,
        };
        let mut c = [10.0f32; 4];
        gemm(
            [2, 2, 2],
            2.0,
            matrix,
            matrix.transposed(),
            MatrixMut {
                data: &mut c,
                offset: 0,
                row: 2,
                add: true,
            },
        );
        // [[1,2],[3,4]] [[1,3],[2,4]] = [[5,11],[11,25]]
        assert_eq!(c, [20.0, 32.0, 32.0, 60.0]);
    }
}
