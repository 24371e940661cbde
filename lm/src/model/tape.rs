//! The trunk's backward pass, block by block.
//!
//! Written out by hand, because burn's CPU autodiff neither groups heads nor runs elementwise work in parallel; a test holds
//! it equal to finite differences and to autodiff.

use burn::tensor::Tensor;

use super::{Block, Model, Projection, Saved, Weights};
use crate::ops::attention::{self, Layout};
use crate::ops::{embed, qk_norm, rms_norm, swiglu};

/// What a forward pass kept for its backward pass.
pub(crate) struct Tape {
    blocks: Vec<Saved>,
    /// Input of the final norm.
    last: Tensor<2>,
}

impl Model {
    /// [`Model::forward`], keeping what the gradient needs.
    pub fn forward_taped(&self, ids: &[u32], layout: &Layout) -> (Tensor<2>, Tape) {
        let mut x = embed::forward(&self.weights.embed, ids);
        let mut blocks = Vec::with_capacity(self.weights.blocks.len());
        for block in &self.weights.blocks {
            let (y, saved) = self.block(block, x, |qkv| attention::forward(qkv, layout));
            blocks.push(saved);
            x = y;
        }
        (self.final_norm(&mut x), Tape { blocks, last: x })
    }

    /// Adds the gradients of all that is trained but the head to `gradients`, given that of the final hidden states.
    pub fn backward(
        &self,
        ids: &[u32],
        layout: &Layout,
        mut tape: Tape,
        dy: Tensor<2>,
        gradients: &mut Weights,
    ) {
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
        if !self.weights.adapted() {
            replace(&mut gradients.embed, |table| {
                embed::backward(table, ids, dx, path)
            });
        }
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
            mut qkv,
            attended,
            mut middle,
            mut gate_up,
        } = saved;

        let h = swiglu::forward(&mut gate_up, path);
        let dh = block.project_backward(Projection::Down, h, dy.clone(), gradient, path);
        let dgate_up = swiglu::backward(gate_up, dh, path);
        let normed = rms_norm::forward(&mut middle, &block.norm2, epsilon, path);
        let dnormed = block.project_backward(Projection::GateUp, normed, dgate_up, gradient, path);
        let (dmiddle, dnorm) =
            rms_norm::backward(&mut middle, &block.norm2, epsilon, dnormed, path);
        accumulate(&mut gradient.norm2, dnorm);
        let dmiddle = dmiddle + dy;

        let (out, dout) = (Projection::Out, dmiddle.clone());
        let dattended = block.project_backward(out, attended, dout, gradient, path);
        let dqkv = match (&block.qk_norm, &mut gradient.qk_norm) {
            (Some(norm), Some(gradient)) => {
                let normed = qk_norm::forward(&mut qkv, norm, layout.heads, epsilon, path);
                let dnormed = attention::backward(normed, layout, dattended);
                let (dqkv, dnorm) =
                    qk_norm::backward(qkv, norm, layout.heads, epsilon, dnormed, path);
                accumulate(&mut gradient.q, dnorm.q);
                accumulate(&mut gradient.k, dnorm.k);
                dqkv
            }
            _ => attention::backward(qkv, layout, dattended),
        };
        let normed = rms_norm::forward(&mut x, &block.norm1, epsilon, path);
        let dnormed = block.project_backward(Projection::Qkv, normed, dqkv, gradient, path);
        let (dx, dnorm) = rms_norm::backward(&mut x, &block.norm1, epsilon, dnormed, path);
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

/// `sum += addend`, if there is one.
pub(super) fn accumulate_some(sum: Option<&mut Tensor<2>>, addend: Option<Tensor<2>>) {
    if let (Some(sum), Some(addend)) = (sum, addend) {
        accumulate(sum, addend);
    }
}
