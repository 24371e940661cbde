//! Products of rounded operands whose results are not rounded.

use burn::backend::Cube;
use burn::tensor::{DType, Tensor};
use burn_cubecl::kernel::matmul::{MatmulStrategy, matmul};

/// `A B` in f32 of operands in half precision on a GPU: burn's kernel, which rounds its sums only when it writes them.
pub(crate) fn product<const D: usize>(a: &Tensor<D>, b: &Tensor<D>) -> Option<Tensor<D>> {
    let a = a.clone().try_into_primitive::<Cube>().ok()?;
    let b = b.clone().try_into_primitive::<Cube>().ok()?;
    // What has no kernel for this is computed by the definition.
    let product = matmul(a, b, None, MatmulStrategy::Cube, DType::F32).ok()?;
    Some(Tensor::from_primitive::<Cube>(product))
}
