//! A model's weights as the kernels read them, packed once per policy.

use std::convert::Infallible;

use burn::tensor::Tensor;

use crate::Precision;
use crate::config::Config;
use crate::model::params::{Param, params};
use crate::model::{Block, Model, Projection};
use crate::ops::host;
use crate::ops::host::tiles::{Arena, Format, Isa, Panels};
use crate::profile::{self, Section};

/// All weights but the embedding, whose rows are read where they are.
#[derive(Debug)]
pub(crate) struct Packed {
    pub(super) blocks: Vec<Block<Panels>>,
    pub(super) norm: Panels,
    pub(super) head: Panels,
}

impl Packed {
    /// Copies the weights of a model.
    pub fn new(model: &Model) -> Self {
        let _section = profile::section(Section::Pack);
        let (weights, params) = (&model.weights, model.params());
        let precision = model.device.precision();
        let arena = Arena::default();
        let blocks = params.blocks.iter().zip(&weights.blocks);
        let blocks = blocks.map(|(params, block)| {
            let Ok(packed) = params.try_zip(block, &mut |param, tensor| {
                // Norms are packed as the factors that they multiply by.
                let packed = match param.is_norm() {
                    true => pack(param, &model.factors(tensor), precision),
                    false => pack(param, tensor, precision).moved(&arena),
                };
                Ok::<_, Infallible>(packed)
            });
            packed
        });
        let (inputs, of_head) = (model.config.hidden, head_format(precision, Isa::best()));
        let head = match &weights.head {
            Some(head) => host::read(head, |values| Panels::new(values, inputs, of_head)),
            None => host::read(&weights.embed, |values| Panels::transposed(values, inputs, of_head)),
        };
        Self {
            blocks: blocks.collect(),
            norm: Panels::new(&host::values(&model.factors(&weights.norm)), 1, Precision::F32),
            head: head.moved(&arena),
        }
    }
}

/// The format of the head. Beside blocks in bf16, logits are in f32 or as good as that.
fn head_format(precision: Precision, isa: Isa) -> Format {
    match precision.of_head() {
        Precision::F32 if precision != Precision::F32 && isa.favours_terms() => Format::Terms,
        precision => precision.into(),
    }
}

/// Bytes that the weights of a model of `config` are packed in.
pub(super) fn packed_bytes(config: &Config, precision: Precision) -> usize {
    let params = params(config, None);
    let of_blocks = params.blocks.iter().flat_map(|block| {
        let mut panels = Vec::new();
        let Ok(_) = block.try_zip(block, &mut |param, _| {
            panels.push(panel_bytes(param, precision));
            Ok::<_, Infallible>(())
        });
        panels
    });
    let head = Panels::bytes_of([config.hidden, config.vocab], head_format(precision, Isa::best()));
    of_blocks.sum::<usize>() + panel_bytes(&params.norm, precision) + head
}

/// Bytes of the panels that [`pack`] makes of a parameter.
fn panel_bytes(param: &Param, precision: Precision) -> usize {
    match param.projection {
        None => Panels::bytes_of(param.shape(), Format::F32),
        Some(Projection::GateUp) => Panels::bytes_of_gate_up(param.shape(), precision.into()),
        Some(_) => Panels::bytes_of(param.shape(), precision.into()),
    }
}

/// A parameter of a block. Matrices are rounded to the precision of the model's products; vectors are parts of sums or
/// factors of a norm, which f32 has, and stay as they are.
fn pack(param: &Param, tensor: &Tensor<2>, precision: Precision) -> Panels {
    host::read(tensor, |values| match param.projection {
        None => Panels::new(values, param.rows, Precision::F32),
        // One product gives gate and input of a hidden value side by side, so that it is finished in registers.
        Some(Projection::GateUp) => Panels::gate_up(values, param.rows, precision),
        Some(_) => Panels::new(values, param.rows, precision),
    })
}

#[cfg(test)]
mod tests {
    use half::bf16;

    use super::*;
    use crate::ops::host::tiles::WIDE;

    #[test]
    fn packed_weights_are_as_large_as_was_said_before() {
        use crate::{Device, model::init, testing::config};
        let config = config(20);
        let weights = init::random(&config, 1, &Device::flex().burn());
        for precision in Precision::ALL {
            let device = Device::flex().with_precision(precision);
            let packed = Packed::new(&Model::new(config.clone(), weights.clone(), &device));
            let mut bytes = packed.norm.bytes() + packed.head.bytes();
            for block in &packed.blocks {
                let Ok(_) = block.try_zip(block, &mut |panels, _| {
                    bytes += panels.bytes();
                    Ok::<_, Infallible>(())
                });
            }
            assert_eq!(packed_bytes(&config, precision), bytes);
        }
    }

    #[test]
    fn matrices_of_blocks_are_rounded_and_nothing_else() {
        use crate::{Device, model::init, testing::config};
        let config = config(20);
        let weights = init::random(&config, 1, &Device::flex().burn());
        let [exact, mixed] = [Precision::F32, Precision::Bf16].map(|precision| {
            let device = Device::flex().with_precision(precision);
            Packed::new(&Model::new(config.clone(), weights.clone(), &device))
        });
        for (exact, mixed) in exact.blocks.iter().zip(&mixed.blocks) {
            let matrices = |block| Projection::ALL.map(|projection| Block::weight(block, projection));
            for (exact, mixed) in matrices(exact).into_iter().zip(matrices(mixed)) {
                assert_eq!((exact.inputs(), exact.columns()), (mixed.inputs(), mixed.columns()));
                for panel in 0..exact.panels() {
                    let (exact, mixed) = (exact.panel::<f32>(panel), mixed.panel::<bf16>(panel));
                    for (i, value) in exact.data.iter().enumerate() {
                        let (input, column) = (i / WIDE, i % WIDE);
                        let number = mixed.data[(input / 2 * WIDE + column) * 2 + input % 2];
                        assert_eq!(number, bf16::from_f32(*value));
                    }
                }
            }
            let norm = |block: &Block<Panels>| block.norm1.as_ref().unwrap().vector().to_vec();
            assert_eq!(norm(exact), norm(mixed));
            let bias = |block: &Block<Panels>| block.qkv_bias.as_ref().unwrap().vector().to_vec();
            assert_eq!(bias(exact), bias(mixed));
        }
        assert_eq!(exact.head.format(), Format::F32);
        assert_eq!(mixed.head.format(), head_format(Precision::Bf16, Isa::best()));
        if mixed.head.format() == Format::F32 {
            assert_eq!(exact.head.elements::<f32>(), mixed.head.elements::<f32>());
        }
    }
}
