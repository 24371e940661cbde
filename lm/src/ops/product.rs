//! Products of burn tensors with operands of a given precision.

use burn::tensor::{DType, Tensor};

use super::gpu;
use crate::Dtype;

/// A tensor as an operand: rounded to `dtype`, unless it is already.
pub(crate) fn operand<const D: usize>(x: Tensor<D>, dtype: Dtype) -> Tensor<D> {
    match dtype {
        Dtype::Bf16 if x.dtype() != DType::BF16 => x.cast(DType::BF16),
        _ => x,
    }
}

/// The values of an operand, in f32, for a product whose result must not be rounded.
pub(crate) fn exact<const D: usize>(x: Tensor<D>, dtype: Dtype) -> Tensor<D> {
    match dtype {
        Dtype::F32 => x,
        Dtype::Bf16 => operand(x, dtype).cast(DType::F32),
    }
}

/// `A B` in f32 of operands rounded to `dtype`; where that is bf16, each result is rounded to it, too, but on a GPU.
pub(crate) fn matmul<const D: usize>(a: Tensor<D>, b: Tensor<D>, dtype: Dtype) -> Tensor<D> {
    let (a, b) = (operand(a, dtype), operand(b, dtype));
    match dtype {
        Dtype::F32 => a.matmul(b),
        Dtype::Bf16 => gpu::product(&a, &b).unwrap_or_else(|| a.matmul(b).cast(DType::F32)),
    }
}

/// `A B` in f32 of operands rounded to `dtype`, the results never being rounded.
pub(crate) fn exact_matmul<const D: usize>(a: Tensor<D>, b: Tensor<D>, dtype: Dtype) -> Tensor<D> {
    let (a, b) = (operand(a, dtype), operand(b, dtype));
    match dtype {
        Dtype::F32 => a.matmul(b),
        Dtype::Bf16 => gpu::product(&a, &b).unwrap_or_else(|| exact(a, dtype).matmul(exact(b, dtype))),
    }
}
