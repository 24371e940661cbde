//! The computation: embeddings, and layers whose norms come after their sums.

use burn::tensor::{Device, Tensor};

use super::attention::{Operands, attend};
use super::config::EncoderConfig;
use super::norm::layer_norm;
use super::weights::{Affine, Layer, Weights};
use crate::device::Path;
use crate::ops::attention::Spans;
use crate::ops::host::{self, View, math, pool};
use crate::ops::linear::{self, Weight};

/// Last hidden states `[n, hidden]` of the sequences `spans` of `ids`.
pub(super) fn forward(config: &EncoderConfig, weights: &Weights, ids: &[u32], spans: &Spans) -> Tensor<2> {
    let mut x = embedded(config, weights, ids, spans);
    layer_norm(&mut x, &weights.norm, config.epsilon);
    for layer in &weights.layers {
        x = through(config, layer, weights.distances.as_ref(), x, spans);
    }
    x
}

/// The sum of the embeddings of words, positions and the first type.
fn embedded(config: &EncoderConfig, weights: &Weights, ids: &[u32], spans: &Spans) -> Tensor<2> {
    let width = config.hidden;
    let (words, positions) = (View::of(&weights.words), View::of(&weights.positions));
    let types = weights.types.as_ref().map(View::of);
    let mut x = pool::vec(ids.len() * width);
    for span in spans.iter() {
        let rows = x[span.start * width..span.end * width].chunks_exact_mut(width);
        for (i, (out, id)) in rows.zip(&ids[span.clone()]).enumerate() {
            out.copy_from_slice(&words.slice()[*id as usize * width..][..width]);
            if let Some(types) = &types {
                math::axpy(out, 1.0, &types.slice()[..width]);
            }
            math::axpy(
                out,
                1.0,
                &positions.slice()[(config.first_position + i) * width..][..width],
            );
        }
    }
    host::tensor(x, [ids.len(), width], &Device::flex())
}

fn through(
    config: &EncoderConfig,
    layer: &Layer,
    distances: Option<&Tensor<2>>,
    x: Tensor<2>,
    spans: &Spans,
) -> Tensor<2> {
    let [queries, keys, values] = [&layer.query, &layer.key, &layer.value].map(|to| product(&x, to));
    let operands = Operands {
        queries: &queries,
        keys: &keys,
        values: &values,
    };
    let attended = attend(&operands, config.heads, spans, distances);
    [queries, keys, values].into_iter().for_each(host::give);
    let mut middle = product_onto(&x, &attended, &layer.out);
    [x, attended].into_iter().for_each(host::give);
    layer_norm(&mut middle, &layer.norm1, config.epsilon);

    let mut wide = product(&middle, &layer.up);
    config.activation.apply(&mut wide);
    let mut y = product_onto(&middle, &wide, &layer.down);
    [middle, wide].into_iter().for_each(host::give);
    layer_norm(&mut y, &layer.norm2, config.epsilon);
    y
}

/// `x W^T + b`
fn product(x: &Tensor<2>, to: &Affine) -> Tensor<2> {
    linear::forward(x, Weight::transposed(&to.weight), Some(&to.bias), Path::Host)
}

/// `base + x W^T + b`
fn product_onto(base: &Tensor<2>, x: &Tensor<2>, to: &Affine) -> Tensor<2> {
    linear::forward_onto(base, x, Weight::transposed(&to.weight), Some(&to.bias), Path::Host)
}
