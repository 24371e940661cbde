//! The four matrices of a block, with the low-rank pairs that may be trained in their place.

use burn::tensor::Tensor;

use super::Block;
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
        self.adapt(projection, x, y, path)
    }

    /// [`Block::project`] added to `base`.
    pub fn project_onto(
        &self,
        base: &Tensor<2>,
        projection: Projection,
        x: &Tensor<2>,
        path: Path,
    ) -> Tensor<2> {
        let (weight, bias) = (self.weight(projection), self.bias(projection));
        let y = linear::forward_onto(base, x, weight, bias, path);
        self.adapt(projection, x, y, path)
    }

    fn adapt(&self, projection: Projection, x: &Tensor<2>, y: Tensor<2>, path: Path) -> Tensor<2> {
        match &self.lora {
            Some(pairs) => pairs.add(projection, x, y, path),
            None => y,
        }
    }

    /// The gradient of the input of [`Block::project`], given `dy` of its output.
    pub fn input_gradient(&self, projection: Projection, dy: &Tensor<2>, path: Path) -> Tensor<2> {
        let dx = linear::input_gradient(self.weight(projection), dy, path);
        match &self.lora {
            Some(pairs) => pairs.add_input_gradient(projection, dy, dx, path),
            None => dx,
        }
    }

    /// Adds the gradients of what is trained to `gradient`, given the input `x` and `dy` of the output.
    pub fn add_gradient(
        &self,
        projection: Projection,
        x: &Tensor<2>,
        dy: &Tensor<2>,
        gradient: &mut Block,
        path: Path,
    ) {
        if let (Some(pairs), Some(sums)) = (&self.lora, &mut gradient.lora) {
            return pairs.add_gradient(projection, x, dy, sums);
        }
        linear::add_weight_gradient(x, dy, gradient.weight_mut(projection), path);
        if let Some(bias) = gradient.bias_mut(projection) {
            linear::add_bias_gradient(dy, bias, path);
        }
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
