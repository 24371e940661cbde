//! Gradients of a definition by burn's autodiff.

use burn::tensor::Tensor;

/// The vector-Jacobian product: gradients of `sum(f(inputs) * upstream)` with respect to the inputs.
///
/// The forward pass is computed again, so nothing but the inputs needs to be kept between the passes.
pub(crate) fn vjp<const N: usize>(
    inputs: [&Tensor<2>; N],
    upstream: &Tensor<2>,
    f: impl FnOnce([Tensor<2>; N]) -> Tensor<2>,
) -> [Tensor<2>; N] {
    let leaves = inputs.map(|input| input.clone().autodiff().require_grad());
    let output = f(leaves.clone());
    // The backward pass starts from ones, as if the product were summed.
    let mut gradients = (output * upstream.clone().autodiff()).backward();
    leaves.map(|leaf| match leaf.grad_remove(&mut gradients) {
        Some(gradient) => gradient,
        None => leaf.inner().zeros_like(),
    })
}
