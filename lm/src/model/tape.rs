//! The trunk's backward pass, block by block.
//!
//! Written out by hand, because burn's CPU autodiff neither groups heads nor runs elementwise work in parallel; a test
//! compares it with finite differences and with autodiff.

use burn::tensor::Tensor;

use super::forward::{Model, Saved};
use super::layer::Layer;
use super::projection::Projection;
use super::weights::{Block, Weights};
use crate::device::Path;
use crate::ops::attention::{self, Layout};
use crate::ops::{embed, host, qk_norm, rms_norm, swiglu};
use crate::profile::{self, Section};

/// What a forward pass keeps of each block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    /// All that the backward pass needs.
    Activations,
    /// The block's input: the backward pass runs the block again (Chen et al. 2016, arXiv:1604.06174).
    Inputs,
}

/// What a forward pass kept for its backward pass.
pub(crate) struct Tape {
    blocks: Vec<Kept>,
    /// Input of the final norm.
    last: Tensor<2>,
}

enum Kept {
    Activations(Box<Saved>),
    Input(Box<Tensor<2>>),
}

impl Model {
    /// [`Model::forward`], keeping what the gradient needs.
    pub fn forward_taped(&self, ids: &[u32], layout: &Layout, keep: Keep) -> (Tensor<2>, Tape) {
        let _section = profile::section(Section::Forward);
        let mut x = embed::forward(&self.weights.embed, ids);
        let mut blocks = Vec::with_capacity(self.weights.blocks.len());
        let rounded = self.rounded();
        for layer in self.layers(rounded.as_deref()) {
            let (y, saved) = self.block(layer, x, |qkv| attention::forward(qkv, layer.spec.attention, layout));
            blocks.push(match keep {
                Keep::Activations => Kept::Activations(Box::new(saved)),
                Keep::Inputs => Kept::Input(Box::new(saved.into_input())),
            });
            x = y;
        }
        (self.final_norm(&x), Tape { blocks, last: x })
    }

    /// Adds the gradients of all that is trained but the head to `gradients`, given that of the final hidden states.
    pub fn backward(&self, ids: &[u32], layout: &Layout, tape: Tape, dy: Tensor<2>, gradients: &mut Weights) {
        let _section = profile::section(Section::Backward);
        let (path, epsilon) = (self.device.path(), self.config.epsilon);
        let mut dx = match path {
            Path::Host => host::zeros(dy.dims(), &dy.device()),
            Path::Plain => dy.zeros_like(),
        };
        let inputs = [&tape.last, &self.weights.norm, &dy];
        rms_norm::backward(inputs, epsilon, &mut dx, &mut gradients.norm, path);
        [tape.last, dy].into_iter().for_each(host::give);
        let rounded = self.rounded();
        let layers = self.layers(rounded.as_deref()).zip(&mut gradients.blocks);
        for ((layer, gradient), kept) in layers.zip(tape.blocks).rev() {
            let saved = match kept {
                Kept::Activations(saved) => *saved,
                Kept::Input(x) => {
                    let (y, saved) = self.block(layer, *x, |qkv| attention::forward(qkv, layer.spec.attention, layout));
                    host::give(y);
                    saved
                }
            };
            dx = self.block_backward(layer, saved, layout, dx, gradient);
        }
        if !self.weights.adapted() {
            host::replace(&mut gradients.embed, |table| embed::backward(table, ids, dx, path));
        }
    }

    /// The gradient of a block's input, given `dy` of its output. What the gradient no longer needs is given back on
    /// the way.
    fn block_backward(
        &self,
        layer: Layer,
        saved: Saved,
        layout: &Layout,
        dy: Tensor<2>,
        gradient: &mut Block,
    ) -> Tensor<2> {
        let Saved {
            x,
            qkv,
            attended,
            middle,
            gate_up,
        } = saved;
        let dmiddle = self.mlp_backward(layer, middle, gate_up, dy, gradient);
        self.attention_backward(layer, [x, qkv, attended], layout, dmiddle, gradient)
    }

    /// Through the MLP and the norm before it: `dy` becomes the gradient of `middle`, the residual's included.
    fn mlp_backward(
        &self,
        layer: Layer,
        middle: Tensor<2>,
        gate_up: Tensor<2>,
        mut dy: Tensor<2>,
        gradient: &mut Block,
    ) -> Tensor<2> {
        let (path, epsilon, block) = (self.device.path(), self.config.epsilon, layer.block);
        let dh = layer.input_gradient(Projection::Down, &dy);
        // Gate and its gradient need the same sigmoids, so the hidden values come along.
        let (dgate_up, h) = swiglu::backward(gate_up, dh, path);
        layer.add_gradient(Projection::Down, &h, &dy, gradient);
        host::give(h);
        let normed = rms_norm::forward(&middle, &block.norm2, epsilon, path);
        layer.add_gradient(Projection::GateUp, &normed, &dgate_up, gradient);
        host::give(normed);
        let dnormed = layer.input_gradient(Projection::GateUp, &dgate_up);
        // The residual takes `dy` past the MLP as it is; the share that went through the norm is added to it in place.
        let inputs = [&middle, &block.norm2, &dnormed];
        rms_norm::backward(inputs, epsilon, &mut dy, &mut gradient.norm2, path);
        [middle, dgate_up, dnormed].into_iter().for_each(host::give);
        dy
    }

    /// Through attention and the norm before it: `dy` becomes the gradient of `x`, the residual's included.
    fn attention_backward(
        &self,
        layer: Layer,
        [x, qkv, attended]: [Tensor<2>; 3],
        layout: &Layout,
        mut dy: Tensor<2>,
        gradient: &mut Block,
    ) -> Tensor<2> {
        let (path, epsilon, block) = (self.device.path(), self.config.epsilon, layer.block);
        layer.add_gradient(Projection::Out, &attended, &dy, gradient);
        let dattended = layer.input_gradient(Projection::Out, &dy);
        let attention = layer.spec.attention;
        let dqkv = match (&block.qk_norm, &mut gradient.qk_norm) {
            // Normed heads are computed again: attention's gradient is with respect to them.
            (Some(norm), Some(gradient)) => {
                let normed = qk_norm::forward(&qkv, norm, attention.heads, epsilon, path);
                let dnormed = attention::backward(&normed, attention, layout, &dattended);
                host::give(normed);
                qk_norm::backward(&qkv, norm, attention.heads, epsilon, dnormed, gradient, path)
            }
            _ => attention::backward(&qkv, attention, layout, &dattended),
        };
        [attended, dattended, qkv].into_iter().for_each(host::give);
        let normed = rms_norm::forward(&x, &block.norm1, epsilon, path);
        layer.add_gradient(Projection::Qkv, &normed, &dqkv, gradient);
        let dnormed = layer.input_gradient(Projection::Qkv, &dqkv);
        let inputs = [&x, &block.norm1, &dnormed];
        rms_norm::backward(inputs, epsilon, &mut dy, &mut gradient.norm1, path);
        [x, normed, dqkv, dnormed].into_iter().for_each(host::give);
        dy
    }
}
