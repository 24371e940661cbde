//! What the engine takes, before there is one.

use half::bf16;

use super::cache::segment_bytes;
use super::packed::packed_bytes;
use super::{CHUNK, Config, Heads};
use crate::config::Norms;
use crate::engine::{Load, Needs};
use crate::ops::host::tiles::{Chunk, WIDE};
use crate::{Dtype, Precision};

/// What the engine of a model of `config` takes under `load`, multiplying in `precision`.
pub(crate) fn needs(config: &Config, load: &Load, precision: Precision) -> Needs {
    let heads = Heads::of(config);
    let segment = |tokens: usize| match precision.dtype() {
        Dtype::F32 => segment_bytes::<f32>(heads.dim, tokens),
        Dtype::Bf16 => segment_bytes::<bf16>(heads.dim, tokens),
    };
    // The last token of a row is not read again.
    let rows = load.rows.iter().map(|limit| segment(limit.saturating_sub(1)));
    let segments: usize = load.prompts.iter().map(|tokens| segment(*tokens)).chain(rows).sum();
    let rows = CHUNK.min(load.prefilled).max(load.rows.len());
    let output = match config.norms {
        Norms::Before => 0,
        Norms::After | Norms::Around => config.hidden,
    };
    let read = config.hidden.max(heads.keys());
    // The residual stream and its rows of the embedding, what products read, fused rows, hidden activations.
    let mut row = 2 * config.hidden + read + heads.width() + config.intermediate + output;
    if precision == Precision::Int8 {
        // The same operands once more, in integers.
        row += read.max(config.intermediate).div_ceil(WIDE) * size_of::<Chunk>() / size_of::<f32>();
    }
    // Before the head: residual streams and what it reads.
    let last = 2 * config.hidden * load.prompts.len().max(load.rows.len());
    let bytes = |floats: usize| floats * size_of::<f32>();
    Needs {
        copies: packed_bytes(config, precision),
        cache: segments * heads.kv * config.layers,
        scratch: bytes(row * rows + last),
    }
}
