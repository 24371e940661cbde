//! How a decoding step attends, whatever computes it.

use burn::tensor::Tensor;

use super::segments::Segments;
use crate::ops::attention::{Heads, Spec};

/// The attention of a decoding step's rows, of all layers.
pub(super) trait Attend {
    /// `qkv` `[seats, width]` before rotation -> `[seats, heads * dim]`. The new keys and values join those of `rows`.
    fn attend(&self, layer: usize, spec: Spec, qkv: &Tensor<2>, prompts: &Segments, rows: &mut Segments) -> Tensor<2>;
}

/// `count` heads of fused rows `[n, width]` from column `first` on: `[n, count, 1, dim]`.
pub(super) fn part(qkv: &Tensor<2>, heads: Heads, first: usize, count: usize) -> Tensor<4> {
    let part = qkv.clone().narrow(1, first, count * heads.dim);
    part.reshape([qkv.dims()[0], count, 1, heads.dim])
}
