//! The trunk's backward pass, block by block.
//!
//! Written out by hand, because burn's CPU autodiff neither groups heads nor runs elementwise work in parallel; a test
//! compares it with finite differences and with autodiff.

use burn::tensor::Tensor;

use super::forward::{Model, Saved};
use super::layer::Layer;
use super::projection::Projection;
use super::weights::{Block, Weights};
use crate::config::QkNorms;
use crate::device::Path;
use crate::ops::attention::{self, Layout};
use crate::ops::{embed, gated, host, qk_norm, rms_norm, row_norm};
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
        let mut x = self.embedded(ids);
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
        let path = self.device.path();
        let mut dx = self.norm_gradient(&tape.last, &self.weights.norm, &dy, &mut gradients.norm);
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
            if let Some(scale) = self.config.embed_scale {
                dx = dx * scale;
            }
            host::replace(&mut gradients.embed, |table| embed::backward(table, ids, dx, path));
        }
    }

    /// The gradient of a norm's input, given `dy` of its output; adds that of its weights to `gradient`.
    fn norm_gradient(&self, x: &Tensor<2>, norm: &Tensor<2>, dy: &Tensor<2>, gradient: &mut Tensor<2>) -> Tensor<2> {
        let path = self.device.path();
        let mut dx = match path {
            Path::Host => host::zeros(dy.dims(), &dy.device()),
            Path::Plain => dy.zeros_like(),
        };
        let inputs = [x, &self.factors(norm), dy];
        rms_norm::backward(inputs, self.config.epsilon, &mut dx, gradient, path);
        dx
    }

    /// The gradient of an output before its norm, where it has one: `output` and `dy` of what was added to the residual
    /// stream.
    fn output_gradient(
        &self,
        output: Option<Tensor<2>>,
        norm: Option<&Tensor<2>>,
        gradient: Option<&mut Tensor<2>>,
        dy: &Tensor<2>,
    ) -> Tensor<2> {
        let (Some(output), Some(norm), Some(gradient)) = (output, norm, gradient) else {
            return dy.clone();
        };
        let dx = self.norm_gradient(&output, norm, dy, gradient);
        host::give(output);
        dx
    }

    /// Adds the gradient of the residual stream `x` through the norm of a product's input to `dy`, given `dinput` of
    /// the product's input.
    fn add_input_gradient(
        &self,
        x: &Tensor<2>,
        norm: Option<&Tensor<2>>,
        gradient: Option<&mut Tensor<2>>,
        dinput: Tensor<2>,
        dy: &mut Tensor<2>,
    ) {
        // The residual takes `dy` past as it is; the share that went through the norm is added to it in place.
        match (norm, gradient) {
            (Some(norm), Some(gradient)) => {
                let inputs = [x, &self.factors(norm), &dinput];
                rms_norm::backward(inputs, self.config.epsilon, dy, gradient, self.device.path());
                host::give(dinput);
            }
            _ => host::replace(dy, |dy| dy + dinput),
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
            outputs: [out, down],
        } = saved;
        let dmiddle = self.mlp_backward(layer, [middle, gate_up], down, dy, gradient);
        self.attention_backward(layer, [x, qkv, attended], out, layout, dmiddle, gradient)
    }

    /// Through the MLP and its norms: `dy` becomes the gradient of `middle`, the residual's included.
    fn mlp_backward(
        &self,
        layer: Layer,
        [middle, gate_up]: [Tensor<2>; 2],
        down: Option<Tensor<2>>,
        mut dy: Tensor<2>,
        gradient: &mut Block,
    ) -> Tensor<2> {
        let block = layer.block;
        let ddown = self.output_gradient(down, block.down_norm.as_ref(), gradient.down_norm.as_mut(), &dy);
        let dh = layer.input_gradient(Projection::Down, &ddown);
        // Gate and its gradient need the same sigmoids, so the hidden values come along.
        let (dgate_up, h) = gated::backward(gate_up, dh, layer.spec.gate, self.device.path());
        layer.add_gradient(Projection::Down, &h, &ddown, gradient);
        [h, ddown].into_iter().for_each(host::give);
        let input = self.input(layer, &middle, block.norm2.as_ref());
        layer.add_gradient(Projection::GateUp, &input, &dgate_up, gradient);
        host::give(input);
        let dinput = layer.input_gradient(Projection::GateUp, &dgate_up);
        self.add_input_gradient(&middle, block.norm2.as_ref(), gradient.norm2.as_mut(), dinput, &mut dy);
        [middle, dgate_up].into_iter().for_each(host::give);
        dy
    }

    /// Through attention and its norms: `dy` becomes the gradient of `x`, the residual's included.
    fn attention_backward(
        &self,
        layer: Layer,
        [x, qkv, attended]: [Tensor<2>; 3],
        out: Option<Tensor<2>>,
        layout: &Layout,
        mut dy: Tensor<2>,
        gradient: &mut Block,
    ) -> Tensor<2> {
        let block = layer.block;
        let dout = self.output_gradient(out, block.out_norm.as_ref(), gradient.out_norm.as_mut(), &dy);
        layer.add_gradient(Projection::Out, &attended, &dout, gradient);
        let dattended = layer.input_gradient(Projection::Out, &dout);
        host::give(dout);
        let dqkv = self.heads_backward(layer, &qkv, layout, &dattended, gradient);
        [attended, dattended, qkv].into_iter().for_each(host::give);
        let input = self.input(layer, &x, block.norm1.as_ref());
        layer.add_gradient(Projection::Qkv, &input, &dqkv, gradient);
        host::give(input);
        let dinput = layer.input_gradient(Projection::Qkv, &dqkv);
        self.add_input_gradient(&x, block.norm1.as_ref(), gradient.norm1.as_mut(), dinput, &mut dy);
        [x, dqkv].into_iter().for_each(host::give);
        dy
    }

    /// Through attention and the norms of queries and keys: the gradient of `qkv`.
    fn heads_backward(
        &self,
        layer: Layer,
        qkv: &Tensor<2>,
        layout: &Layout,
        dy: &Tensor<2>,
        gradient: &mut Block,
    ) -> Tensor<2> {
        let (attention, epsilon, path) = (layer.spec.attention, self.config.epsilon, self.device.path());
        let norms = (
            self.normed_heads(layer, qkv),
            self.head_factors(layer),
            &mut gradient.qk_norm,
        );
        // Normed heads are computed again: attention's gradient is with respect to them.
        let (Some(normed), Some(norm), Some(sums)) = norms else {
            return attention::backward(qkv, attention, layout, dy);
        };
        let dnormed = attention::backward(&normed, attention, layout, dy);
        host::give(normed);
        match layer.spec.qk_norm {
            QkNorms::Row => row_norm::backward(qkv, &norm, attention.heads, epsilon, dnormed, sums, path),
            _ => qk_norm::backward(qkv, &norm, attention.heads, epsilon, dnormed, sums, path),
        }
    }
}
