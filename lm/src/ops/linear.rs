//! Affine maps `y = x W + b`. The products are burn's; the host path adds biases in place.

use burn::tensor::Tensor;

use super::host::{self, Memory, math};
use crate::device::Path;
use crate::profile::{self, Phase};

/// `x` `[n, in]`, `weight` `[in, out]`, `bias` `[1, out]` -> `[n, out]`
pub(crate) fn forward(
    x: &Tensor<2>,
    weight: &Tensor<2>,
    bias: Option<&Tensor<2>>,
    path: Path,
) -> Tensor<2> {
    let _span = profile::span(Phase::Linear);
    let y = x.clone().matmul(weight.clone());
    match (bias, path) {
        (None, _) => y,
        (Some(bias), Path::Plain) => y + bias.clone(),
        (Some(bias), Path::Host) => {
            let (device, bias) = (y.device(), host::values(bias));
            let mut y = Memory::take(y);
            host::for_rows(
                y.slice_mut(),
                bias.len(),
                #[inline(always)]
                |_, rows| {
                    for row in rows.chunks_exact_mut(bias.len()) {
                        math::axpy(row, 1.0, &bias);
                    }
                },
            );
            y.into_tensor(&device)
        }
    }
}

/// Gradients of an affine map.
pub(crate) struct Gradient {
    pub x: Tensor<2>,
    pub weight: Tensor<2>,
    pub bias: Option<Tensor<2>>,
}

/// `dx = dy W^T`, `dW = x^T dy`, `db = column sums of dy`
pub(crate) fn backward(
    x: Tensor<2>,
    weight: &Tensor<2>,
    has_bias: bool,
    dy: Tensor<2>,
) -> Gradient {
    let _span = profile::span(Phase::Linear);
    let bias = has_bias.then(|| dy.clone().sum_dim(0));
    Gradient {
        x: dy.clone().matmul(weight.clone().transpose()),
        weight: x.transpose().matmul(dy),
        bias,
    }
}
