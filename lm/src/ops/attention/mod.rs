//! Causal grouped-query attention (Ainslie et al. 2023, arXiv:2305.13245) over packed sequences, rotary embedding included.
//!
//! Rows of the input are tokens; sequences lie one after another without padding. Scores are computed in blocks of
//! queries and computed again in the backward pass (Dao et al. 2022, arXiv:2205.14135), so no `[time, time]` matrix is kept.

mod host;
mod host_decode;
mod plain;

use std::ops::Range;
use std::sync::Arc;

use burn::tensor::Tensor;

pub(crate) use host_decode::{HostCache, Row};
pub(crate) use plain::{Padded, PlainCache};

use super::vjp::vjp;
use crate::config::Config;
use crate::device::Device;
use crate::model::Rope;
use crate::profile::{self, Phase};

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
    let _span = profile::span(Phase::Attention);
    match &layout.padded {
        Some(padded) => plain::attend(qkv.clone(), layout.heads, padded),
        None => host::forward(qkv, layout),
    }
}

/// Gradient with respect to `qkv`, `dy` being that of the output.
pub(crate) fn backward(qkv: Tensor<2>, layout: &Layout, dy: Tensor<2>) -> Tensor<2> {
    let _span = profile::span(Phase::Attention);
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

/// Keys and values of past tokens, for decoding one token at a time.
pub(crate) enum Cache {
    Host(HostCache),
    Plain(Box<PlainCache>),
}

impl Cache {
    /// A cache for rows that each continue one of the layout's sequences by up to `capacity` tokens.
    ///
    /// `rows[i]` is the sequence that row `i` continues.
    pub fn new(layout: &Layout, rows: &[usize], capacity: usize, layers: usize) -> Self {
        match &layout.padded {
            Some(padded) => Self::Plain(Box::new(PlainCache::new(
                layout,
                rows,
                capacity,
                padded.device(),
            ))),
            None => Self::Host(HostCache::new(layout, rows.len(), capacity, layers)),
        }
    }

    /// Stores the keys and values of the prompts of one layer. Layers come in order.
    pub fn store(&mut self, layout: &Layout, layer: usize, qkv: &mut Tensor<2>) {
        let _span = profile::span(Phase::Attention);
        match (self, &layout.padded) {
            (Self::Plain(cache), Some(padded)) => cache.store(padded, qkv),
            (Self::Host(cache), _) => cache.store(layout, layer, qkv),
            (Self::Plain(_), None) => {}
        }
    }

    /// Attention of one new token per active row; its key and value are appended.
    pub fn attend(&mut self, layer: usize, qkv: Tensor<2>, rows: &[Row]) -> Tensor<2> {
        let _span = profile::span(Phase::Attention);
        match self {
            Self::Host(cache) => cache.attend(layer, qkv, rows),
            Self::Plain(cache) => cache.attend(layer, qkv, rows),
        }
    }

    /// Keeps the rows at these places among the active ones (in increasing order).
    pub fn retain(&mut self, places: &[usize]) {
        if let Self::Plain(cache) = self {
            cache.retain(places);
        }
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

    #[test]
    fn decoding_token_by_token_equals_the_whole_sequence() {
        let heads = Heads {
            queries: 4,
            kv: 2,
            dim: 8,
        };
        let (prompt, total) = (3, 80);
        for layout in layouts(&[prompt], heads) {
            let whole = match &layout.padded {
                None => layouts(&[total], heads).into_iter().next().unwrap(),
                Some(_) => layouts(&[total], heads).into_iter().nth(1).unwrap(),
            };
            let mut qkv = random([total, heads.width()], 1);
            let expected = forward(&mut qkv, &whole);
            let mut cache = Cache::new(&layout, &[0, 0], total - prompt, 1);
            cache.store(&layout, 0, &mut qkv.clone().narrow(0, 0, prompt));
            for position in prompt..total {
                let token = qkv.clone().narrow(0, position, 1).repeat_dim(0, 2);
                let row = |slot| Row {
                    slot,
                    prompt: 0,
                    position,
                };
                let got = cache.attend(0, token, &[row(0), row(1)]);
                let want = expected.clone().narrow(0, position, 1).repeat_dim(0, 2);
                assert_close(&got, &want, 1e-5);
            }
        }
    }
}
