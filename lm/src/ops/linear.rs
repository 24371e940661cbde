//! Affine maps `y = x W + b`, forward and backward, the operands of products in the precision of the [`Product`].
//!
//! Where the product is in bf16, weights may be given in f32 or already rounded.

use std::sync::OnceLock;

use burn::tensor::Tensor;
use half::bf16;

use super::host::gemm::{Matrix, MatrixMut, parallel_gemm};
use super::host::mixed::{panels, parallel_product, parallel_product_by};
use super::host::tiles::{Format, Isa, Panels, Term};
use super::host::{self, View, math, pool};
use super::product::matmul;
use crate::Dtype;
use crate::device::{Path, Product};
use crate::profile::{self, Phase};

/// A map's weight: `[in, out]`, or its transpose, as in an embedding that is also the head.
#[derive(Clone, Copy)]
pub(crate) struct Weight<'a> {
    stored: &'a Tensor<2>,
    turned: bool,
    /// The right operands of `x W` and `x W^T`, where they are kept.
    operands: Option<[&'a OnceLock<Panels>; 2]>,
}

/// The right operands of products by terms with a weight, forward and backward: each is made for the first product that
/// reads it.
#[derive(Debug, Default)]
pub(crate) struct Operands([OnceLock<Panels>; 2]);

impl Operands {
    /// Bytes of those of the products forward and backward with a weight `[in, out]`; none where products keep none.
    pub fn bytes([inner, out]: [usize; 2], product: Product) -> [usize; 2] {
        match by_terms(product) {
            true => [[inner, out], [out, inner]].map(|shape| Panels::bytes_of(shape, Format::Terms)),
            false => [0, 0],
        }
    }

    /// Returns the memory for reuse.
    pub fn give(self) {
        let panels = self.0.into_iter().filter_map(OnceLock::into_inner);
        panels.filter_map(Panels::into_data::<Term>).for_each(pool::give_buffer);
    }
}

impl<'a> From<&'a Tensor<2>> for Weight<'a> {
    fn from(stored: &'a Tensor<2>) -> Self {
        Self {
            stored,
            turned: false,
            operands: None,
        }
    }
}

impl<'a> Weight<'a> {
    /// The transpose of what is stored.
    pub fn transposed(stored: &'a Tensor<2>) -> Self {
        Self::from(stored).reversed()
    }

    /// The same weight, which keeps its operands in `operands`; those are of no other weight.
    pub fn keeping(self, operands: &'a Operands) -> Self {
        Self {
            operands: Some(operands.0.each_ref()),
            ..self
        }
    }

    /// `W^T`
    fn reversed(self) -> Self {
        Self {
            stored: self.stored,
            turned: !self.turned,
            operands: self.operands.map(|[forward, backward]| [backward, forward]),
        }
    }

    /// `[in, out]`
    fn dims(&self) -> [usize; 2] {
        let [rows, columns] = self.stored.dims();
        if self.turned { [columns, rows] } else { [rows, columns] }
    }

    /// `[in, out]`, a view
    fn tensor(&self) -> Tensor<2> {
        let stored = self.stored.clone();
        if self.turned { stored.transpose() } else { stored }
    }

    /// `[in, out]` over the stored elements
    fn matrix<'b>(&self, stored: &'b [f32]) -> Matrix<'b> {
        let matrix = Matrix::rows(stored, self.stored.dims()[1]);
        if self.turned { matrix.transposed() } else { matrix }
    }
}

/// `x` `[n, in]`, `weight` `[in, out]`, `bias` `[1, out]` -> `x W + b` `[n, out]`
pub(crate) fn forward<'a>(
    x: &Tensor<2>,
    weight: impl Into<Weight<'a>>,
    bias: Option<&Tensor<2>>,
    product: impl Into<Product>,
) -> Tensor<2> {
    let _span = profile::span(Phase::Linear);
    let (weight, product): (Weight, Product) = (weight.into(), product.into());
    let Product { path, dtype, .. } = product;
    match (path, bias) {
        (Path::Plain, None) => matmul(x.clone(), weight.tensor(), dtype),
        (Path::Plain, Some(bias)) => matmul(x.clone(), weight.tensor(), dtype) + bias.clone(),
        (Path::Host, _) => {
            let out = weight.dims()[1];
            let mut y = pool::vec(x.dims()[0] * out);
            if let Some(bias) = bias {
                let bias = View::of(bias);
                host::for_rows(&mut y, out, |_, rows| {
                    rows.chunks_exact_mut(out)
                        .for_each(|row| row.copy_from_slice(bias.slice()));
                });
            }
            multiply(x, weight, product, y, bias.is_some())
        }
    }
}

/// [`forward`] added to `base` `[n, out]`.
pub(crate) fn forward_onto<'a>(
    base: &Tensor<2>,
    x: &Tensor<2>,
    weight: impl Into<Weight<'a>>,
    bias: Option<&Tensor<2>>,
    product: impl Into<Product>,
) -> Tensor<2> {
    let _span = profile::span(Phase::Linear);
    let (weight, product) = (weight.into(), product.into());
    if product.path == Path::Plain {
        return base.clone() + forward(x, weight, bias, product);
    }
    let out = weight.dims()[1];
    let (mut y, bias) = (pool::vec(x.dims()[0] * out), bias.map(View::of));
    host::read(base, |base| {
        host::for_rows(
            &mut y,
            out,
            #[inline(always)]
            |first, rows| {
                rows.copy_from_slice(&base[first * out..][..rows.len()]);
                if let Some(bias) = &bias {
                    rows.chunks_exact_mut(out)
                        .for_each(|row| math::axpy(row, 1.0, bias.slice()));
                }
            },
        );
    });
    multiply(x, weight, product, y, true)
}

/// `C = A B`, or `C += A B`, with operands as `product` says and sums in f32.
fn multiply_in(size: [usize; 3], a: Matrix, b: Matrix, c: &mut [f32], add: bool, product: Product) {
    match product.dtype {
        Dtype::F32 if by_terms(product) => parallel_product::<Term>(size, a, b, c, add),
        Dtype::F32 => parallel_gemm(size, a, b, MatrixMut::rows(c, size[2], add)),
        Dtype::Bf16 => parallel_product::<bf16>(size, a, b, c, add),
    }
}

/// `x W`, in `y` or added to it
fn multiply(x: &Tensor<2>, weight: Weight, product: Product, mut y: Vec<f32>, add: bool) -> Tensor<2> {
    let ([n, _], [inner, out]) = (x.dims(), weight.dims());
    let (left, stored) = (View::of(x), View::of(weight.stored));
    let (a, b) = (Matrix::rows(left.slice(), inner), weight.matrix(stored.slice()));
    match weight.operands {
        Some([kept, _]) if by_terms(product) => {
            let right = kept.get_or_init(|| panels::<Term>(b, inner, out));
            parallel_product_by::<Term>(n, a, right, &mut y, add);
        }
        _ => multiply_in([n, inner, out], a, b, &mut y, add, product),
    }
    host::tensor(y, [n, out], &x.device())
}

/// Whether operands in f32 are sums of two numbers.
fn by_terms(product: Product) -> bool {
    let Product { path, dtype, by_terms } = product;
    path == Path::Host && dtype == Dtype::F32 && by_terms && Isa::best().favours_terms()
}

/// `dx = dy W^T` `[n, in]`
pub(crate) fn input_gradient<'a>(
    weight: impl Into<Weight<'a>>,
    dy: &Tensor<2>,
    product: impl Into<Product>,
) -> Tensor<2> {
    let _span = profile::span(Phase::Linear);
    forward(dy, weight.into().reversed(), None, product)
}

/// Adds `dW = x^T dy` to `gradient`, which has the weight's shape and is f32.
pub(crate) fn add_weight_gradient(
    x: &Tensor<2>,
    dy: &Tensor<2>,
    gradient: &mut Tensor<2>,
    product: impl Into<Product>,
) {
    let _span = profile::span(Phase::Linear);
    let product: Product = product.into();
    if product.path == Path::Plain {
        return host::replace(gradient, |sum| {
            sum + matmul(x.clone().transpose(), dy.clone(), product.dtype)
        });
    }
    let ([n, inner], [_, out]) = (x.dims(), dy.dims());
    let (x, dy) = (View::of(x), View::of(dy));
    host::write(gradient, |gradient| {
        let (a, b) = (
            Matrix::rows(x.slice(), inner).transposed(),
            Matrix::rows(dy.slice(), out),
        );
        multiply_in([inner, n, out], a, b, gradient, true, product);
    });
}

/// Adds `db`, the column sums of `dy`, to `gradient` `[1, out]`.
pub(crate) fn add_bias_gradient(dy: &Tensor<2>, gradient: &mut Tensor<2>, path: Path) {
    let _span = profile::span(Phase::Linear);
    if path == Path::Plain {
        return host::replace(gradient, |sum| sum + dy.clone().sum_dim(0));
    }
    let ([_, out], dy) = (dy.dims(), View::of(dy));
    host::write(gradient, |gradient| {
        for row in dy.slice().chunks_exact(out) {
            math::axpy(gradient, 1.0, row);
        }
    });
}

#[cfg(test)]
mod tests {
    use burn::tensor::DType;

    use super::*;
    use crate::testing::{assert_close, random};

    #[test]
    fn host_path_equals_the_definition() {
        let (x, w, b, base) = (
            random([7, 5], 1),
            random([5, 9], 2),
            random([1, 9], 3),
            random([7, 9], 4),
        );
        let stored = host::tensor(host::values(&w.clone().transpose()), [9, 5], &w.device());
        for weight in [Weight::from(&w), Weight::transposed(&stored)] {
            for bias in [None, Some(&b)] {
                let plain = forward(&x, weight, bias, Path::Plain);
                assert_close(&forward(&x, weight, bias, Path::Host), &plain, 1e-5);
                let onto = forward_onto(&base, &x, weight, bias, Path::Host);
                assert_close(&onto, &(plain + base.clone()), 1e-5);
            }
            let plain = input_gradient(weight, &base, Path::Plain);
            assert_close(&input_gradient(weight, &base, Path::Host), &plain, 1e-5);
        }
    }

    /// The nearest values in bf16.
    fn rounded(x: &Tensor<2>) -> Tensor<2> {
        x.clone().cast(DType::BF16).cast(DType::F32)
    }

    /// Products in bf16: how each path computes them, and how far their results may be from the exact sums.
    fn mixed() -> [(Product, f32); 2] {
        [(Path::Host, 1e-5), (Path::Plain, 1.0 / 256.0)].map(|(path, tolerance)| {
            let product = Product {
                dtype: Dtype::Bf16,
                ..path.into()
            };
            (product, tolerance)
        })
    }

    #[test]
    fn operands_in_bf16_are_rounded_and_nothing_else() {
        let (x, w, b) = (random([7, 64], 1), random([64, 9], 2), random([1, 9], 3));
        let base = random([7, 9], 4);
        let transpose = host::tensor(host::values(&w.clone().transpose()), [9, 64], &w.device());
        let exact = rounded(&x).matmul(rounded(&w));
        let pulled = rounded(&base).matmul(rounded(&w).transpose());
        for (product, tolerance) in mixed() {
            let sum = |y: Tensor<2>| y + b.clone();
            for weight in [Weight::from(&w), Weight::transposed(&transpose)] {
                let got = forward(&x, weight, None, product);
                assert_close(&got, &exact, tolerance);
                assert_eq!(got.dtype(), DType::F32);
                let got = forward(&x, weight, Some(&b), product).sub(sum(exact.clone()));
                assert_close(&got, &got.zeros_like(), tolerance * 32.0);
                let got = forward_onto(&base, &x, weight, Some(&b), product);
                let got = got - sum(exact.clone()) - base.clone();
                assert_close(&got, &got.zeros_like(), tolerance * 32.0);
                assert_close(&input_gradient(weight, &base, product), &pulled, tolerance);
            }
            let difference = forward(&x, &w, None, product) - x.clone().matmul(w.clone());
            let largest = host::values(&difference.abs().max().reshape([1, 1]))[0];
            assert!(largest > 1e-3, "rounding must be seen: {largest}");
        }
    }

    #[test]
    fn sums_of_gradients_in_bf16_are_f32() {
        let (x, dy, start) = (random([7, 5], 1), random([7, 9], 2), random([5, 9], 3));
        let expected = rounded(&x).transpose().matmul(rounded(&dy));
        for (product, tolerance) in mixed() {
            // Terms far below the spacing of bf16 at 1000 must count.
            let mut sum = start.zeros_like() + 1000.0;
            add_weight_gradient(&x, &dy, &mut sum, product);
            assert_close(&(sum - 1000.0), &expected, tolerance.max(1e-4));
        }
    }

    #[test]
    fn weights_may_be_given_already_rounded() {
        let (x, w) = (random([7, 5], 1), random([5, 9], 2));
        let product = mixed()[1].0;
        let given = w.clone().cast(DType::BF16);
        let [once, twice] = [&w, &given].map(|w| forward(&x, w, None, product));
        assert_eq!(host::values(&once), host::values(&twice));
    }

    #[test]
    fn gradients_are_added() {
        let (x, dy) = (random([7, 5], 1), random([7, 9], 2));
        let sums = [Path::Plain, Path::Host].map(|path| {
            let (mut weight, mut bias) = (random([5, 9], 3), random([1, 9], 4));
            add_weight_gradient(&x, &dy, &mut weight, path);
            add_bias_gradient(&dy, &mut bias, path);
            (weight, bias)
        });
        assert_close(&sums[1].0, &sums[0].0, 1e-5);
        assert_close(&sums[1].1, &sums[0].1, 1e-5);
        let by_hand = x.transpose().matmul(dy.clone()) + random([5, 9], 3);
        assert_close(&sums[0].0, &by_hand, 1e-5);
        assert_close(&sums[0].1, &(dy.sum_dim(0) + random([1, 9], 4)), 1e-5);
    }
}
