//! A block as it is computed with: its weights, the matrices' rounded copies, and how products are made.

use burn::tensor::{DType, Tensor};

use super::arch::LayerSpec;
use super::projection::Projection;
use super::weights::Block;
use crate::Dtype;
use crate::device::Product;
use crate::ops::linear;
use crate::ops::product;
use crate::profile::{self, Section};

/// The matrices of all blocks as a device's products in bf16 read them, in the order of [`Projection::ALL`].
///
/// The f32 values beside them are what is trained and saved.
#[derive(Debug)]
pub(crate) struct Rounded(Vec<[Tensor<2>; 4]>);

impl Rounded {
    /// The matrices of `blocks` in `dtype`.
    pub fn new(blocks: &[Block], dtype: Dtype) -> Self {
        let _section = profile::section(Section::Pack);
        let round =
            |block: &Block| Projection::ALL.map(|projection| product::operand(block.weight(projection).clone(), dtype));
        Self(blocks.iter().map(round).collect())
    }

    /// The matrices of one block.
    pub fn block(&self, index: usize) -> &[Tensor<2>; 4] {
        &self.0[index]
    }
}

/// A block of a model, what it computes, and all that its products need.
#[derive(Clone, Copy)]
pub(crate) struct Layer<'a> {
    pub block: &'a Block,
    pub spec: LayerSpec,
    rounded: Option<&'a [Tensor<2>; 4]>,
    product: Product,
}

impl<'a> Layer<'a> {
    /// The block `block` of a model, whose matrices are read from `rounded` if given.
    pub fn new(block: &'a Block, spec: LayerSpec, rounded: Option<&'a [Tensor<2>; 4]>, product: Product) -> Self {
        Self {
            block,
            spec,
            rounded,
            product,
        }
    }

    /// `x W + b`, and what the block's pairs add.
    pub fn project(&self, projection: Projection, x: &Tensor<2>) -> Tensor<2> {
        let (weight, bias) = (self.operand(projection), self.block.bias(projection));
        let y = linear::forward(x, weight, bias, self.product);
        self.adapt(projection, x, y)
    }

    /// [`Layer::project`] added to `base`.
    pub fn project_onto(&self, base: &Tensor<2>, projection: Projection, x: &Tensor<2>) -> Tensor<2> {
        let (weight, bias) = (self.operand(projection), self.block.bias(projection));
        let y = linear::forward_onto(base, x, weight, bias, self.product);
        self.adapt(projection, x, y)
    }

    /// What the inputs of the block's products may be rounded to before: pairs multiply in f32.
    pub fn inputs(&self) -> Product {
        match &self.block.lora {
            Some(_) => self.product.path.into(),
            None => self.product,
        }
    }

    fn adapt(&self, projection: Projection, x: &Tensor<2>, y: Tensor<2>) -> Tensor<2> {
        match &self.block.lora {
            // A GPU's attention rounds its output, whoever reads it.
            Some(pairs) if x.dtype() == DType::BF16 => {
                pairs.add(projection, &x.clone().cast(DType::F32), y, self.product.path)
            }
            Some(pairs) => pairs.add(projection, x, y, self.product.path),
            None => y,
        }
    }

    /// The gradient of the input of [`Layer::project`], given `dy` of its output.
    pub fn input_gradient(&self, projection: Projection, dy: &Tensor<2>) -> Tensor<2> {
        let dx = linear::input_gradient(self.operand(projection), dy, self.product);
        match &self.block.lora {
            Some(pairs) => pairs.add_input_gradient(projection, dy, dx, self.product.path),
            None => dx,
        }
    }

    /// Adds the gradients of what is trained to `gradient`, given the input `x` and `dy` of the output.
    pub fn add_gradient(&self, projection: Projection, x: &Tensor<2>, dy: &Tensor<2>, gradient: &mut Block) {
        if let (Some(pairs), Some(sums)) = (&self.block.lora, &mut gradient.lora) {
            return pairs.add_gradient(projection, x, dy, sums);
        }
        linear::add_weight_gradient(x, dy, gradient.weight_mut(projection), self.product);
        if let Some(bias) = gradient.bias_mut(projection) {
            linear::add_bias_gradient(dy, bias, self.product.path);
        }
    }

    /// The matrix to multiply by.
    fn operand(&self, projection: Projection) -> &Tensor<2> {
        match self.rounded {
            Some(rounded) => &rounded[projection as usize],
            None => self.block.weight(projection),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::Device;
    use crate::model::{Model, init};
    use crate::testing::config;

    fn model(device: Device) -> Model {
        let config = config(20);
        let weights = init::random(&config, 1, &device.burn());
        Model::new(config, weights, &device)
    }

    #[test]
    fn copies_are_made_once_and_again_when_weights_change() {
        let mut model = model(Device::plain().with_precision(Dtype::Bf16));
        let clone = model.clone();
        let before = clone.rounded().unwrap();
        assert!(Arc::ptr_eq(&model.rounded().unwrap(), &before));
        model.forget_rounded();
        let down = &mut model.weights.blocks[1].down;
        *down = down.clone() * 2.0;
        let after = model.rounded().unwrap();
        assert!(Arc::ptr_eq(&clone.rounded().unwrap(), &before));
        let [before, after] = [before, after].map(|rounded| {
            let down = rounded.0[1][Projection::Down as usize].clone();
            down.to_data().try_into_vec::<half::bf16>().unwrap()
        });
        assert!(
            before
                .iter()
                .zip(after)
                .all(|(before, after)| after.to_f32() == 2.0 * before.to_f32())
        );
    }

    #[test]
    fn there_are_no_copies_where_nothing_reads_them() {
        assert!(model(Device::plain()).rounded().is_none());
        assert!(model(Device::flex().with_precision(Dtype::Bf16)).rounded().is_none());
    }
}
