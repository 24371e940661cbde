//! The four matrices of a block and their biases.

use burn::tensor::Tensor;

use super::Block;

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

    /// What is added to the product with the matrix.
    pub fn bias(&self, projection: Projection) -> Option<&Tensor<2>> {
        match projection {
            Projection::Qkv => self.qkv_bias.as_ref(),
            Projection::Out => self.out_bias.as_ref(),
            Projection::GateUp | Projection::Down => None,
        }
    }

    /// What is added to the product with the matrix, to change.
    pub fn bias_mut(&mut self, projection: Projection) -> Option<&mut Tensor<2>> {
        match projection {
            Projection::Qkv => self.qkv_bias.as_mut(),
            Projection::Out => self.out_bias.as_mut(),
            Projection::GateUp | Projection::Down => None,
        }
    }
}
