//! Decoding attention by a kernel of this crate.

use burn::tensor::{Device, Int, Tensor};

use super::attend::Attend;
use super::segments::Segments;
use crate::ops::attention::{Angles, Seen, Spec};
use crate::ops::gpu;

/// What all layers of a step share.
pub(super) struct Fused {
    /// From [`gpu::rows`].
    seen: Tensor<2, Int>,
    /// By rotation table.
    angles: Vec<Angles>,
}

impl Fused {
    /// A step of rows that see this, at positions with these angles.
    pub fn new(seen: &[Seen], angles: Vec<Angles>, device: &Device) -> Self {
        Self {
            seen: gpu::rows(seen, device),
            angles,
        }
    }
}

impl Attend for Fused {
    fn attend(&self, layer: usize, spec: Spec, qkv: &Tensor<2>, prompts: &Segments, rows: &mut Segments) -> Tensor<2> {
        let step = gpu::Rows {
            seen: &self.seen,
            angles: &self.angles[spec.rope],
        };
        let y = gpu::attend(qkv, spec, &step, prompts.layer(layer), rows.layer(layer));
        y.expect("the model, and so what it computes, is on a GPU")
    }
}
