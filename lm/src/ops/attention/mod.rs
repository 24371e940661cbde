//! Causal grouped-query attention (Ainslie et al. 2023, arXiv:2305.13245) over packed sequences, rotary embedding
//! included.
//!
//! Rows of the input are tokens; sequences lie one after another without padding. Scores are computed in blocks of
//! queries and computed again in the backward pass (Dao et al. 2022, arXiv:2205.14135), so no `[time, time]` matrix is
//! kept. A sequence may continue another one, as the responses to one prompt do: the rows they share are there once.

mod host;
mod plain;
mod seen;
mod spans;
mod spec;

use std::sync::Arc;

use burn::tensor::Tensor;

pub(crate) use plain::{Angles, HIDDEN};
pub(crate) use seen::Seen;
pub(crate) use spans::Spans;
pub(crate) use spec::{Heads, Spec};

use super::rope::Rope;
use crate::Dtype;
use crate::device::{Device, Path};
use crate::profile::{self, Phase};
use plain::Padded;

/// Where the sequences of a packed batch lie, and what the attention of all layers shares.
pub(crate) struct Layout {
    pub spans: Spans,
    /// The model's rotation tables.
    ropes: Arc<[Rope]>,
    /// Precision of the operands of the products.
    dtype: Dtype,
    /// The padded form, for the definition only.
    padded: Option<Padded>,
}

impl Layout {
    /// The layout of spans of these lengths, some of which continue others, as [`Spans::new`].
    pub fn new(spans: impl Iterator<Item = (usize, Option<usize>)>, ropes: Arc<[Rope]>, device: &Device) -> Self {
        let spans = Spans::new(spans);
        let padded = match device.path() {
            Path::Host => None,
            Path::Plain => Some(Padded::new(&spans, &ropes, &device.burn())),
        };
        Self {
            spans,
            ropes,
            dtype: device.dtype(),
            padded,
        }
    }

    fn host(&self, spec: Spec) -> host::Setting<'_> {
        host::Setting {
            spec,
            spans: &self.spans,
            rope: &self.ropes[spec.rope],
            dtype: self.dtype,
        }
    }
}

/// `qkv` `[n, (heads + 2 kv) * dim]` before rotation -> `[n, heads * dim]`
pub(crate) fn forward(qkv: &Tensor<2>, spec: Spec, layout: &Layout) -> Tensor<2> {
    let _span = profile::span(Phase::Attention);
    match &layout.padded {
        Some(padded) => plain::attend(qkv, spec, padded, layout.dtype),
        None => host::forward(qkv, layout.host(spec)),
    }
}

/// Gradient with respect to `qkv`, `dy` being that of the output.
pub(crate) fn backward(qkv: &Tensor<2>, spec: Spec, layout: &Layout, dy: &Tensor<2>) -> Tensor<2> {
    let _span = profile::span(Phase::Attention);
    match &layout.padded {
        Some(padded) => plain::backward(qkv, spec, padded, layout.dtype, dy),
        None => host::backward(qkv, layout.host(spec), dy),
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::DType;

    use super::*;
    use crate::testing::{assert_close, random, ropes};

    const GROUPED: Heads = Heads {
        queries: 4,
        kv: 2,
        dim: 8,
    };
    const UNGROUPED: Heads = Heads {
        queries: 3,
        kv: 3,
        dim: 6,
    };

    fn spec(heads: Heads) -> Spec {
        let scale = 1.0 / (heads.dim as f32).sqrt();
        Spec {
            heads,
            scale,
            rope: 0,
            window: None,
        }
    }

    /// Lengths, and what each span continues.
    type Lengths = Vec<(usize, Option<usize>)>;

    fn layouts(lengths: &[usize], heads: Heads) -> [Layout; 2] {
        let spans: Vec<_> = lengths.iter().map(|length| (*length, None)).collect();
        continuing(&spans, heads)
    }

    fn continuing(spans: &[(usize, Option<usize>)], heads: Heads) -> [Layout; 2] {
        in_precision(spans, heads, Dtype::F32)
    }

    fn in_precision(spans: &[(usize, Option<usize>)], heads: Heads, dtype: Dtype) -> [Layout; 2] {
        [Device::flex(), Device::plain()].map(|device| {
            let ropes = ropes(heads.dim, 256);
            Layout::new(spans.iter().copied(), ropes, &device.with_precision(dtype))
        })
    }

    fn cases() -> [(Heads, Lengths); 4] {
        let whole = |lengths: &[usize]| -> Lengths { lengths.iter().map(|n| (*n, None)).collect() };
        let shared = vec![
            (70, None),
            (5, Some(0)),
            (90, Some(0)),
            (1, None),
            (40, Some(3)),
            (1, Some(0)),
            (8, None),
        ];
        [
            (GROUPED, whole(&[5, 1, 150, 17])),
            (UNGROUPED, whole(&[9])),
            (GROUPED, shared.clone()),
            (UNGROUPED, shared),
        ]
    }

    #[test]
    fn host_path_equals_the_definition_and_its_gradient() {
        for (heads, spans) in cases() {
            let [host, plain] = continuing(&spans, heads);
            let qkv = random([host.spans.rows(), heads.width()], 1);
            let dy = random([host.spans.rows(), heads.keys()], 2);
            let expected = forward(&qkv, spec(heads), &plain);
            assert_close(&forward(&qkv, spec(heads), &host), &expected, 1e-5);
            let gradient = backward(&qkv, spec(heads), &plain, &dy);
            assert_close(&backward(&qkv, spec(heads), &host, &dy), &gradient, 3e-5);
        }
    }

    /// Root of the mean square.
    fn rms(x: &Tensor<2>) -> f32 {
        let values = crate::ops::host::values(x);
        let sum: f32 = values.iter().map(|x| x * x).sum();
        (sum / values.len() as f32).sqrt()
    }

    #[test]
    fn both_paths_in_bf16_are_as_near_to_f32_as_rounding_allows() {
        for (heads, spans) in cases() {
            let exact = continuing(&spans, heads).into_iter().nth(1).unwrap();
            let qkv = random([exact.spans.rows(), heads.width()], 1);
            let dy = random([exact.spans.rows(), heads.keys()], 2);
            let expected = (
                forward(&qkv, spec(heads), &exact),
                backward(&qkv, spec(heads), &exact, &dy),
            );
            for mixed in in_precision(&spans, heads, Dtype::Bf16) {
                let got = (
                    forward(&qkv, spec(heads), &mixed),
                    backward(&qkv, spec(heads), &mixed, &dy),
                );
                // The roundings of a few operands, each by up to 2^-9 of its value.
                for (got, expected) in [(got.0, &expected.0), (got.1, &expected.1)] {
                    let error = rms(&(got - expected.clone())) / rms(expected);
                    assert!(error > 1e-4 && error < 1e-2, "{error}");
                }
            }
        }
    }

    #[test]
    fn large_scores_are_not_rounded() {
        // As of models with large biases of keys, here where they hardly turn: a query's scores are all large, and
        // their small differences decide.
        let (heads, spans) = (GROUPED, [(40, None), (5, Some(0)), (9, Some(0))]);
        let mut bias = vec![0.0; heads.width()];
        for kv in 0..heads.kv {
            bias[heads.keys() + kv * heads.dim + heads.dim / 2 - 1] = 1000.0;
        }
        let [host, plain] = in_precision(&spans, heads, Dtype::Bf16).map(|layout| {
            let qkv = random([layout.spans.rows(), heads.width()], 1);
            let bias = crate::ops::host::tensor(bias.clone(), [1, heads.width()], &qkv.device());
            forward(&(qkv + bias), spec(heads), &layout)
        });
        let error = rms(&(plain - host.clone())) / rms(&host);
        assert!(error < 1e-2, "{error}");
    }

    #[test]
    fn values_and_upstream_gradients_are_rounded_on_both_paths() {
        let rounded = |x: Tensor<2>| x.cast(DType::BF16).cast(DType::F32);
        let values = |x: &Tensor<2>| crate::ops::host::values(x);
        let (heads, spans) = (GROUPED, [(40, None), (5, Some(0)), (9, Some(0))]);
        for dtype in Dtype::ALL {
            for layout in in_precision(&spans, heads, dtype) {
                let qkv = random([layout.spans.rows(), heads.width()], 1);
                let dy = random([layout.spans.rows(), heads.keys()], 2);
                let columns = [0..layout.spans.rows(), heads.values()..heads.width()];
                let part = rounded(qkv.clone().slice(columns.clone()));
                let given = qkv.clone().slice_assign(columns, part);
                let y = [&qkv, &given].map(|qkv| values(&forward(qkv, spec(heads), &layout)));
                let given = rounded(dy.clone());
                let dx = [&dy, &given].map(|dy| values(&backward(&qkv, spec(heads), &layout, dy)));
                // Operands that are rounded already give the same results.
                let mixed = dtype == Dtype::Bf16;
                assert_eq!((y[0] == y[1], dx[0] == dx[1]), (mixed, mixed));
            }
        }
    }

    #[test]
    fn a_shared_prefix_gives_what_two_whole_sequences_give() {
        let (heads, prefix, tail) = (GROUPED, 6, 4);
        for device in 0..2 {
            let spans = [(prefix, None), (tail, Some(0)), (tail, Some(0))];
            let shared = continuing(&spans, heads).into_iter().nth(device).unwrap();
            let whole = layouts(&[prefix + tail; 2], heads);
            let whole = whole.into_iter().nth(device).unwrap();
            let qkv = random([shared.spans.rows(), heads.width()], 1);
            let rows = |first: usize, count: usize| qkv.clone().narrow(0, first, count);
            let parts = [(0, prefix), (prefix, tail), (0, prefix), (prefix + tail, tail)];
            let repeated = Tensor::cat(parts.map(|(at, n)| rows(at, n)).to_vec(), 0);
            let (y, repeated) = (
                forward(&qkv, spec(heads), &shared),
                forward(&repeated, spec(heads), &whole),
            );
            let second = prefix + tail;
            let tails = [
                repeated.clone().narrow(0, 0, second),
                repeated.narrow(0, second + prefix, tail),
            ];
            assert_close(&y, &Tensor::cat(tails.to_vec(), 0), 1e-5);
        }
    }
}
