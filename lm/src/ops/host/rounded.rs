//! Operands of products in host memory, rounded to the precision of the product.

use burn::tensor::Tensor;

use super::{View, for_rows, math, pool};
use crate::Dtype;

/// A tensor's elements as the operand of a product.
pub(crate) enum Operand {
    /// In f32: where they are.
    Exact(View),
    /// Rounded, in memory from the pool.
    Rounded(Vec<f32>),
}

impl Operand {
    pub fn of<const D: usize>(tensor: &Tensor<D>, dtype: Dtype) -> Self {
        let view = View::of(tensor);
        match dtype {
            Dtype::F32 => Self::Exact(view),
            Dtype::Bf16 => {
                let mut rounded = pool::vec(view.slice().len());
                for_rows(
                    &mut rounded,
                    1,
                    #[inline(always)]
                    |first, part| {
                        part.copy_from_slice(&view.slice()[first..][..part.len()]);
                        math::round(part, dtype);
                    },
                );
                Self::Rounded(rounded)
            }
        }
    }

    /// The elements in row-major order.
    pub fn slice(&self) -> &[f32] {
        match self {
            Self::Exact(view) => view.slice(),
            Self::Rounded(values) => values,
        }
    }
}

impl Drop for Operand {
    fn drop(&mut self) {
        if let Self::Rounded(values) = self {
            pool::give(std::mem::take(values));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::host;
    use crate::testing::random;

    #[test]
    fn operands_are_the_nearest_values_of_their_precision() {
        let x = random([90, 400], 1);
        let exact = host::values(&x);
        assert_eq!(Operand::of(&x, Dtype::F32).slice(), exact);
        let nearest = exact.iter().map(|x| half::bf16::from_f32(*x).to_f32());
        assert!(nearest.eq(Operand::of(&x, Dtype::Bf16).slice().iter().copied()));
    }
}
