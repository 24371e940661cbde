//! Causal grouped-query attention (Ainslie et al. 2023, arXiv:2305.13245) over packed sequences, rotary embedding included.
//!
//! Rows of the input are tokens; sequences lie one after another without padding. Scores are computed in blocks of
//! queries and computed again in the backward pass (Dao et al. 2022, arXiv:2205.14135), so no `[time, time]` matrix is kept.

mod host;
mod plain;

use std::ops::Range;
use std::sync::Arc;

use burn::tensor::Tensor;

pub(crate) use plain::{HIDDEN, Padded, angles, rotate};

use super::vjp::vjp;
use crate::config::Config;
use crate::device::Device;
use crate::model::Rope;

/// Numbers of heads and their width.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Heads {
    pub queries: usize,
    pub kv: usize,
    pub dim: usize,
}

impl Heads {
    pub fn of(config: &Config) -> Self {
        Self {
            queries: config.heads,
            kv: config.kv_heads,
            dim: config.head_dim,
        }
    }

    /// Query heads that share one key-value head.
    pub fn group(&self) -> usize {
        self.queries / self.kv
    }

    /// Width of a fused row: queries, keys, values.
    pub fn width(&self) -> usize {
        (self.queries + 2 * self.kv) * self.dim
    }

    /// Column of the first key.
    pub fn keys(&self) -> usize {
        self.queries * self.dim
    }

    /// Column of the first value.
    pub fn values(&self) -> usize {
        (self.queries + self.kv) * self.dim
    }

    /// Factor of the scores: `1 / sqrt(dim)`.
    pub fn scale(&self) -> f32 {
        1.0 / (self.dim as f32).sqrt()
    }
}

/// Where the sequences of a packed batch lie, and what attention needs besides its input.
pub(crate) struct Layout {
    pub heads: Heads,
    pub spans: Vec<Range<usize>>,
    pub rope: Arc<Rope>,
    /// The padded form, for the definition only.
    padded: Option<Padded>,
}

impl Layout {
    /// The layout of sequences of these lengths, each starting at position 0.
    pub fn new(
        lengths: impl Iterator<Item = usize>,
        heads: Heads,
        rope: Arc<Rope>,
        device: &Device,
    ) -> Self {
        let mut end = 0;
        let spans: Vec<Range<usize>> = lengths
            .map(|length| {
                end += length;
                end - length..end
            })
            .collect();
        let padded = match device.path() {
            crate::device::Path::Host => None,
            crate::device::Path::Plain => Some(Padded::new(&spans, heads, &rope, &device.burn())),
        };
        Self {
            heads,
            spans,
            rope,
            padded,
        }
    }

    /// Total number of rows.
    pub fn rows(&self) -> usize {
        self.spans.last().map_or(0, |span| span.end)
    }
}

/// `qkv` `[n, (heads + 2 kv) * dim]` before rotation -> `[n, heads * dim]`
pub(crate) fn forward(qkv: &mut Tensor<2>, layout: &Layout) -> Tensor<2> {
    match &layout.padded {
        Some(padded) => plain::attend(qkv.clone(), layout.heads, padded),
        None => host::forward(qkv, layout),
    }
}

/// Gradient with respect to `qkv`, `dy` being that of the output.
pub(crate) fn backward(qkv: Tensor<2>, layout: &Layout, dy: Tensor<2>) -> Tensor<2> {
    match &layout.padded {
        Some(padded) => {
            let [gradient] = vjp([&qkv], &dy, |[qkv]| {
                plain::attend(qkv, layout.heads, padded)
            });
            gradient
        }
        None => host::backward(qkv, layout, dy),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_close, random, rope};

    fn layouts(lengths: &[usize], heads: Heads) -> [Layout; 2] {
        [Device::flex(), Device::plain()].map(|device| {
            Layout::new(
                lengths.iter().copied(),
                heads,
                rope(heads.dim, 256),
                &device,
            )
        })
    }

    #[test]
    fn host_path_equals_the_definition_and_its_gradient() {
        for (heads, lengths) in [
            (
                Heads {
                    queries: 4,
                    kv: 2,
                    dim: 8,
                },
                vec![5, 1, 150, 17],
            ),
            (
                Heads {
                    queries: 3,
                    kv: 3,
                    dim: 6,
                },
                vec![9],
            ),
        ] {
            let [host, plain] = layouts(&lengths, heads);
            let mut qkv = random([host.rows(), heads.width()], 1);
            let dy = random([host.rows(), heads.keys()], 2);
            let expected = forward(&mut qkv, &plain);
            assert_close(&forward(&mut qkv, &host), &expected, 1e-5);
            let gradient = backward(qkv.clone(), &plain, dy.clone());
            assert_close(&backward(qkv, &host, dy), &gradient, 2e-5);
        }
    }
}
