//! Decoding attention by a kernel of this crate.

use burn::tensor::{Device, Int, Tensor};

use super::attend::Attend;
use super::segments::Segments;
use crate::ops::attention::{Angles, Seen, Spec};
use crate::ops::gpu;

/// What all layers of a step share.
pub(super) struct Fused {
    /// From [`gpu::rows`].
    seen: Tensor<1, Int>,
    /// By rotation table, from [`gpu::tables`].
    tables: Vec<[Tensor<1>; 2]>,
}

impl Fused {
    /// A step of rows that see this, at positions with these angles.
    pub fn new(seen: &[Seen], angles: Vec<Angles>, device: &Device) -> Self {
        Self {
            seen: gpu::rows(seen, device),
            tables: angles.into_iter().map(gpu::tables).collect(),
        }
    }
}

impl Attend for Fused {
    fn attend(&self, layer: usize, spec: Spec, qkv: &Tensor<2>, prompts: &Segments, rows: &mut Segments) -> Tensor<2> {
        let step = gpu::Rows {
            seen: &self.seen,
            tables: &self.tables[spec.rope],
        };
        let y = gpu::attend(qkv, spec, &step, prompts.layer(layer), rows.layer(layer));
        y.expect("the model, and so what it computes, is on a GPU")
    }
}
