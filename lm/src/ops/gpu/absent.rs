//! What stands in for the kernels in a build for CPUs alone: no tensor is on a GPU.

use burn::tensor::Tensor;

use crate::Dtype;
use crate::ops::attention::Heads;
use crate::ops::gate::Gate;
use crate::ops::slot::{Slot, Update};

pub(crate) fn rms_norm(_x: &Tensor<2>, _gamma: &Tensor<2>, _epsilon: f32, _dtype: Dtype) -> Option<Tensor<2>> {
    None
}

pub(crate) fn rms_norm_backward(
    _inputs: [&Tensor<2>; 3],
    _epsilon: f32,
    _dx: &mut Tensor<2>,
    _dgamma: &mut Tensor<2>,
) -> bool {
    false
}

pub(crate) fn gated(_gate_up: &Tensor<2>, _gate: Gate, _dtype: Dtype) -> Option<Tensor<2>> {
    None
}

pub(crate) fn gated_backward(_gate_up: &Tensor<2>, _dh: &Tensor<2>, _gate: Gate) -> Option<(Tensor<2>, Tensor<2>)> {
    None
}

pub(crate) fn adamw(_slot: &mut Slot, _gradient: &Tensor<2>, _with: Update) -> bool {
    false
}

pub(crate) fn product<const D: usize>(_a: &Tensor<D>, _b: &Tensor<D>) -> Option<Tensor<D>> {
    None
}

pub(crate) fn can_attend(_heads: Heads, _tensor: &Tensor<2>) -> bool {
    false
}

pub(crate) fn draw(
    _sampled: &Tensor<2>,
    _policy: &Tensor<2>,
    _uniforms: &Tensor<1>,
    _temperature: f32,
) -> Option<Tensor<2>> {
    None
}
