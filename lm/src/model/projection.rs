//! The four matrices of a block, with the low-rank pairs that may be trained in their place.

use burn::tensor::Tensor;

use super::Block;
use super::tape::{accumulate, accumulate_some};
use crate::device::Path;
use crate::ops::linear;

/// A matrix of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Projection {
    /// Queries, keys, values.
    Qkv,
    /// Output of attention.
    Out,
    /// Gate and input of the MLP.
    GateUp,
    /// Output of the MLP.
    Down,
}

impl Projection {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Qkv, Self::Out, Self::GateUp, Self::Down];
}

impl Block {
    /// `x W + b`, and what the block's pairs add.
    pub fn project(&self, projection: Projection, x: &Tensor<2>, path: Path) -> Tensor<2> {
        let y = linear::forward(x, self.weight(projection), self.bias(projection), path);
        match &self.lora {
            Some(pairs) => pairs.add(projection, x, y, path),
            None => y,
        }
    }

    /// The gradient of `x`, given `dy` of [`Block::project`]; that of what is trained is added to `gradient`.
    pub fn project_backward(
        &self,
        projection: Projection,
        x: Tensor<2>,
        dy: Tensor<2>,
        gradient: &mut Block,
        path: Path,
    ) -> Tensor<2> {
        let weight = self.weight(projection);
        if let (Some(pairs), Some(sums)) = (&self.lora, &mut gradient.lora) {
            pairs.add_gradient(projection, &x, &dy, sums);
            let dx = dy.clone().matmul(weight.clone().transpose());
            return pairs.add_input_gradient(projection, &dy, dx, path);
        }
        let has_bias = self.bias(projection).is_some();
        let full = linear::backward(x, weight, has_bias, dy);
        accumulate(gradient.weight_mut(projection), full.weight);
        accumulate_some(gradient.bias_mut(projection), full.bias);
        full.x
    }

    /// The matrix itself.
    pub fn weight(&self, projection: Projection) -> &Tensor<2> {
        match projection {
            Projection::Qkv => &self.qkv,
            Projection::Out => &self.out,
            Projection::GateUp => &self.gate_up,
            Projection::Down => &self.down,
        }
    }

    /// The matrix itself, to change.
    pub fn weight_mut(&mut self, projection: Projection) -> &mut Tensor<2> {
        match projection {
            Projection::Qkv => &mut self.qkv,
            Projection::Out => &mut self.out,
            Projection::GateUp => &mut self.gate_up,
            Projection::Down => &mut self.down,
        }
    }

    fn bias(&self, projection: Projection) -> Option<&Tensor<2>> {
        match projection {
            Projection::Qkv => self.qkv_bias.as_ref(),
            Projection::Out => self.out_bias.as_ref(),
            Projection::GateUp | Projection::Down => None,
        }
    }

    fn bias_mut(&mut self, projection: Projection) -> Option<&mut Tensor<2>> {
        match projection {
            Projection::Qkv => self.qkv_bias.as_mut(),
            Projection::Out => self.out_bias.as_mut(),
            Projection::GateUp | Projection::Down => None,
        }
    }
}
