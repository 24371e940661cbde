//! The trunk's backward pass, block by block.
//!
//! Written out by hand, because burn's CPU autodiff neither groups heads nor runs elementwise work in parallel; a test holds
//! it equal to finite differences and to autodiff.

use burn::tensor::Tensor;

use super::{Block, Model, Saved, Weights};
use crate::ops::attention::{self, Layout};
use crate::ops::{embed, linear, rms_norm, swiglu};
use crate::profile::{self, Section};

/// What a forward pass kept for its backward pass.
pub(crate) struct Tape {
    blocks: Vec<Saved>,
    /// Input of the final norm.
    last: Tensor<2>,
}

impl Model {
    /// [`Model::forward`], keeping what the gradient needs.
    pub fn forward_taped(&self, ids: &[u32], layout: &Layout) -> (Tensor<2>, Tape) {
        let _section = profile::section(Section::Forward);
        let mut x = embed::forward(&self.weights.embed, ids);
        let mut blocks = Vec::with_capacity(self.weights.blocks.len());
        for block in &self.weights.blocks {
            let (y, saved) = self.block(block, x, |qkv| attention::forward(qkv, layout));
            blocks.push(saved);
            x = y;
        }
        (self.final_norm(&mut x), Tape { blocks, last: x })
    }

    /// Adds the gradients of all weights but the head's to `gradients`, given that of the final hidden states.
    pub fn backward(
        &self,
        ids: &[u32],
        layout: &Layout,
        mut tape: Tape,
        dy: Tensor<2>,
        gradients: &mut Weights,
    ) {
        let _section = profile::section(Section::Backward);
        let (path, epsilon) = (self.device.path(), self.config.epsilon);
        let (mut dx, dnorm) =
            rms_norm::backward(&mut tape.last, &self.weights.norm, epsilon, dy, path);
        accumulate(&mut gradients.norm, dnorm);
        let blocks = self
            .weights
            .blocks
            .iter()
            .zip(&mut gradients.blocks)
            .zip(tape.blocks);
        for ((block, gradient), saved) in blocks.rev() {
            dx = self.block_backward(block, saved, layout, dx, gradient);
        }
        replace(&mut gradients.embed, |table| {
            embed::backward(table, ids, dx, path)
        });
    }

    fn block_backward(
        &self,
        block: &Block,
        saved: Saved,
        layout: &Layout,
        dy: Tensor<2>,
        gradient: &mut Block,
    ) -> Tensor<2> {
        let (path, epsilon) = (self.device.path(), self.config.epsilon);
        let Saved {
            mut x,
            qkv,
            attended,
            mut middle,
            mut gate_up,
        } = saved;

        let down = linear::backward(
            swiglu::forward(&mut gate_up, path),
            &block.down,
            false,
            dy.clone(),
        );
        accumulate(&mut gradient.down, down.weight);
        let dgate_up = swiglu::backward(gate_up, down.x, path);
        let normed = rms_norm::forward(&mut middle, &block.norm2, epsilon, path);
        let expand = linear::backward(normed, &block.gate_up, false, dgate_up);
        accumulate(&mut gradient.gate_up, expand.weight);
        let (dmiddle, dnorm) =
            rms_norm::backward(&mut middle, &block.norm2, epsilon, expand.x, path);
        accumulate(&mut gradient.norm2, dnorm);
        let dmiddle = dmiddle + dy;

        let out = linear::backward(
            attended,
            &block.out,
            block.out_bias.is_some(),
            dmiddle.clone(),
        );
        accumulate(&mut gradient.out, out.weight);
        accumulate_some(&mut gradient.out_bias, out.bias);
        let dqkv = attention::backward(qkv, layout, out.x);
        let normed = rms_norm::forward(&mut x, &block.norm1, epsilon, path);
        let project = linear::backward(normed, &block.qkv, block.qkv_bias.is_some(), dqkv);
        accumulate(&mut gradient.qkv, project.weight);
        accumulate_some(&mut gradient.qkv_bias, project.bias);
        let (dx, dnorm) = rms_norm::backward(&mut x, &block.norm1, epsilon, project.x, path);
        accumulate(&mut gradient.norm1, dnorm);
        dx + dmiddle
    }
}

/// Replaces a tensor by a function of it, so that the function owns it alone and may work in place.
fn replace(tensor: &mut Tensor<2>, f: impl FnOnce(Tensor<2>) -> Tensor<2>) {
    let device = tensor.device();
    let owned = std::mem::replace(tensor, Tensor::empty([0, 0], &device));
    *tensor = f(owned);
}

/// `sum += addend`
pub(crate) fn accumulate(sum: &mut Tensor<2>, addend: Tensor<2>) {
    replace(sum, |sum| sum + addend);
}

fn accumulate_some(sum: &mut Option<Tensor<2>>, addend: Option<Tensor<2>>) {
    if let (Some(sum), Some(addend)) = (sum, addend) {
        accumulate(sum, addend);
    }
}
