//! Each kernel beside its definition.

use burn::tensor::{DType, Tensor};

use super::*;
use crate::device::Path;
use crate::ops::adamw::tests::WITH;
use crate::ops::attention::{Angles, Heads, Seen, Spec};
use crate::ops::gate::Gate;
use crate::ops::host;
use crate::ops::slot::Slot;
use crate::testing::{assert_close, random, ropes};
use crate::{Device, Dtype};

/// The same values on a GPU.
fn there(x: &Tensor<2>) -> Tensor<2> {
    let device = Device::parse("wgpu").unwrap();
    host::tensor(host::values(x), x.dims(), &device.burn())
}

/// The same values on a GPU, with a gap after each row, as CUDA may leave one.
fn apart(x: &Tensor<2>) -> Tensor<2> {
    let [n, d] = x.dims();
    let wide = there(&Tensor::cat(vec![x.clone(), Tensor::ones([n, 8], &x.device())], 1));
    let apart = wide.narrow(1, 0, d);
    assert!(n == 1 || buffer::Matrix::of(&apart).unwrap().has_gaps());
    apart
}

fn here(x: &Tensor<2>) -> Tensor<2> {
    host::tensor(host::values(x), x.dims(), &Device::flex().burn())
}

#[test]
fn norms_are_those_of_the_definition() {
    // The last has more rows than one dimension of a launch has cubes.
    for (n, d) in [(5, 1), (5, 24), (5, 257), (5, 576), (70_001, 2)] {
        let (x, gamma) = (random([n, d], 1), random([1, d], 2));
        let expected = crate::ops::rms_norm::forward(&x, &gamma, 1e-5, Path::Plain);
        let got = rms_norm(&apart(&x), &there(&gamma), 1e-5, Dtype::F32).unwrap();
        assert_close(&here(&got), &expected, 1e-6);
    }
}

#[test]
fn gates_are_those_of_the_definition() {
    let gates = [Gate::Silu, Gate::Gelu].into_iter();
    for (gate, [n, width]) in gates.flat_map(|gate| [[7, 600], [9000, 2000]].map(|shape| (gate, shape))) {
        let x = random([n, width], 3) * 4.0;
        let expected = crate::ops::gated::forward(&x, gate, Path::Plain);
        assert_close(&here(&gated(&apart(&x), gate, Dtype::F32).unwrap()), &expected, 1e-6);
    }
}

#[test]
fn gradients_of_norms_are_those_of_the_definition() {
    // One part of the rows, and several.
    for (n, d) in [(7, 24), (130, 300)] {
        let [x, dy] = [1, 2].map(|seed| random([n, d], seed));
        let gamma = random([1, d], 3);
        let start = || (random([n, d], 4), random([1, d], 5));
        let mut expected = start();
        let (dx, dgamma) = (&mut expected.0, &mut expected.1);
        crate::ops::rms_norm::backward([&x, &gamma, &dy], 1e-5, dx, dgamma, Path::Plain);
        let (dx, dgamma) = start();
        let mut got = (apart(&dx), there(&dgamma));
        let inputs = [&apart(&x), &there(&gamma), &apart(&dy)];
        assert!(rms_norm_backward(inputs, 1e-5, &mut got.0, &mut got.1));
        assert_close(&here(&got.0), &expected.0, 1e-5);
        assert_close(&here(&got.1), &expected.1, 1e-4);
    }
}

#[test]
fn gradients_of_gates_are_those_of_the_definition() {
    for gate in [Gate::Silu, Gate::Gelu] {
        let (x, dh) = (random([7, 600], 3) * 4.0, random([7, 300], 4));
        let expected = crate::ops::gated::backward(x.clone(), dh.clone(), gate, Path::Plain);
        let got = gated_backward(&apart(&x), &apart(&dh), gate).unwrap();
        assert_close(&here(&got.0), &expected.0, 1e-5);
        assert_close(&here(&got.1), &expected.1, 1e-5);
    }
}

#[test]
fn updates_are_those_of_the_definition_and_leave_copies_alone() {
    let slot = |place: fn(&Tensor<2>) -> Tensor<2>| Slot {
        value: place(&random([30, 50], 1)),
        mean: place(&random([30, 50], 2)),
        square: place(&random([30, 50], 3).abs()),
    };
    let gradient = random([30, 50], 4);
    let (expected, _) = crate::ops::adamw::update(slot(Tensor::clone), gradient.clone(), WITH, Path::Plain);
    let mut got = slot(apart);
    let copy = got.value.clone();
    assert!(adamw(&mut got, &apart(&gradient), WITH));
    assert_close(&here(&got.value), &expected.value, 1e-5);
    assert_close(&here(&got.mean), &expected.mean, 1e-6);
    assert_close(&here(&got.square), &expected.square, 1e-6);
    assert_close(&here(&copy), &random([30, 50], 1), 0.0);
}

#[test]
fn tensors_whose_gradients_are_recorded_take_the_definition() {
    let x = there(&random([4, 8], 1)).autodiff();
    assert!(product(&x, &x.clone().transpose()).is_none());
    assert!(rms_norm(&x, &there(&random([1, 8], 2)).autodiff(), 1e-5, Dtype::F32).is_none());
    assert!(gated(&x, Gate::Silu, Dtype::F32).is_none());
}

#[test]
fn operands_are_rounded_by_the_kernel_that_makes_them() {
    let (x, gamma) = (there(&random([5, 300], 1)), there(&random([1, 300], 2)));
    let rounded = |y: &Tensor<2>| y.clone().cast(DType::F16).cast(DType::F32);
    let exact = rms_norm(&x, &gamma, 1e-5, Dtype::F32).unwrap();
    let half = norm::rms_norm_in::<half::f16>(&x, &gamma, 1e-5).unwrap();
    assert_eq!(half.dtype(), DType::F16);
    assert_close(&here(&half.cast(DType::F32)), &here(&rounded(&exact)), 0.0);
    let exact = gated(&x, Gate::Silu, Dtype::F32).unwrap();
    let half = gate::gated_in::<half::f16>(&x, Gate::Silu).unwrap();
    assert_close(&here(&half.cast(DType::F32)), &here(&rounded(&exact)), 0.0);
}

#[test]
fn products_of_rounded_operands_are_not_rounded() {
    let half = |shape, seed| there(&random(shape, seed)).cast(DType::F16);
    for [m, k, n] in [[1, 64, 96], [70, 40, 50], [33, 200, 7]] {
        let (a, b) = (half([m, k], 1), half([k, n], 2));
        let expected = here(&a.clone().cast(DType::F32)).matmul(here(&b.clone().cast(DType::F32)));
        assert_close(&here(&product(&a, &b).unwrap()), &expected, 1e-5);
        let transposed = half([n, k], 3);
        let expected = here(&a.clone().cast(DType::F32)).matmul(here(&transposed.clone().cast(DType::F32)).transpose());
        assert_close(&here(&product(&a, &transposed.transpose()).unwrap()), &expected, 1e-5);
    }
}

/// A step of attention: rows with their prompts, of one layer.
struct Decoding {
    spec: Spec,
    room: usize,
    seen: Vec<Seen>,
    qkv: Tensor<2>,
    /// Keys and values of prompts, and of rows.
    caches: [Tensor<2>; 4],
}

impl Decoding {
    fn new(heads: Heads, window: Option<usize>, room: usize, seen: &[(usize, usize, usize)]) -> Self {
        let seen = seen.iter().map(|&(place, prompt, own)| Seen { place, prompt, own });
        let seen: Vec<Seen> = seen.collect();
        let (places, n) = (3, seen.len());
        let segments = |count: usize, seed| random([count * heads.kv * room, heads.dim], seed);
        Self {
            spec: Spec {
                heads,
                scale: 0.2,
                rope: 0,
                window,
            },
            room,
            qkv: random([n, heads.width()], 1),
            caches: [(places, 2), (places, 3), (n, 4), (n, 5)].map(|(count, seed)| segments(count, seed)),
            seen,
        }
    }

    fn rope(&self) -> std::sync::Arc<[crate::ops::rope::Rope]> {
        ropes(self.spec.heads.dim, 512)
    }

    /// The output of the kernel, and the keys and values of rows after it.
    fn attended(&self, dtype: DType) -> [Tensor<2>; 3] {
        let device = Device::parse("wgpu").unwrap().burn();
        let positions = self.seen.iter().map(|row| row.prompt + row.own);
        let tables = tables(Angles::new(&self.rope()[0], positions, &device));
        let caches = self.caches.each_ref().map(|cache| there(cache).cast(dtype));
        let [prompts, own] = [&caches[..2], &caches[2..]].map(|pair| Cache {
            keys: &pair[0],
            values: &pair[1],
            room: self.room,
        });
        let step = Rows {
            seen: &rows(&self.seen, &device),
            tables: &tables,
        };
        let y = attend(&apart(&self.qkv), self.spec, &step, prompts, own).unwrap();
        [&y, own.keys, own.values].map(|x| here(&x.clone().cast(DType::F32)))
    }

    /// Element `d` of the head from column `first` on of a row, rotated.
    fn rotated(&self, row: usize, first: usize) -> Vec<f64> {
        let (dim, qkv) = (self.spec.heads.dim, host::values(&self.qkv));
        let x = &qkv[row * self.spec.heads.width() + first..][..dim];
        let ropes = self.rope();
        let (cos, sin) = ropes[0].at(self.seen[row].prompt + self.seen[row].own);
        let half = dim / 2;
        let turned = |d: usize| match d < half {
            true => x[d] * cos[d] - x[d + half] * sin[d],
            false => x[d] * cos[d - half] + x[d - half] * sin[d - half],
        };
        (0..dim).map(|d| f64::from(turned(d))).collect()
    }

    /// The definition, in double precision.
    fn expected(&self) -> Tensor<2> {
        let Heads { queries, kv, dim } = self.spec.heads;
        let caches = self.caches.each_ref().map(host::values);
        let wide = |x: &[f32]| -> Vec<f64> { x.iter().map(|x| f64::from(*x)).collect() };
        let mut y = Vec::new();
        for (row, seen) in self.seen.iter().enumerate() {
            for query in 0..queries {
                let head = query / (queries / kv);
                let stored = |which: usize, segment: usize, position: usize| {
                    wide(&caches[which][((segment * kv + head) * self.room + position) * dim..][..dim])
                };
                let all = |which: usize| -> Vec<Vec<f64>> {
                    let prompt = (0..seen.prompt).map(|position| stored(which, seen.place, position));
                    let own = (0..seen.own).map(|position| stored(which + 2, row, position));
                    prompt.chain(own).collect()
                };
                let (mut keys, mut values) = (all(0), all(1));
                keys.push(self.rotated(row, (queries + head) * dim));
                let column = (queries + kv + head) * dim;
                values.push(wide(
                    &host::values(&self.qkv)[row * self.spec.heads.width() + column..][..dim],
                ));
                let hidden = self.spec.window.map_or(0, |window| seen.hidden(window));
                let q = self.rotated(row, query * dim);
                let dot = |key: &Vec<f64>| key.iter().zip(&q).map(|(k, q)| k * q).sum::<f64>();
                let weights: Vec<f64> = keys.iter().skip(hidden).map(|key| (dot(key) * 0.2).exp()).collect();
                let total: f64 = weights.iter().sum();
                y.extend((0..dim).map(|d| {
                    let terms = weights
                        .iter()
                        .zip(&values[hidden..])
                        .map(|(weight, value)| weight * value[d]);
                    (terms.sum::<f64>() / total) as f32
                }));
            }
        }
        host::tensor(y, [self.seen.len(), queries * dim], &Device::flex().burn())
    }
}

#[test]
fn attention_is_that_of_the_definition_over_many_tiles() {
    let heads = |queries, kv, dim| Heads { queries, kv, dim };
    let seen = [(2, 150, 130), (0, 1, 0), (2, 40, 33), (1, 64, 199), (1, 0, 64)];
    for heads in [heads(6, 2, 40), heads(8, 1, 128), heads(3, 3, 24)] {
        for window in [None, Some(100), Some(1)] {
            let decoding = Decoding::new(heads, window, 200, &seen);
            assert_close(&decoding.attended(DType::F32)[0], &decoding.expected(), 1e-5);
        }
    }
}

#[test]
fn attention_rounds_what_it_caches_and_little_else() {
    let heads = Heads {
        queries: 6,
        kv: 2,
        dim: 40,
    };
    let decoding = Decoding::new(heads, Some(70), 64, &[(2, 64, 50), (0, 1, 0), (2, 40, 33), (1, 64, 63)]);
    let [exact, rounded] = [DType::F32, DType::F16].map(|dtype| decoding.attended(dtype));
    for (rounded, exact) in rounded.iter().zip(&exact) {
        assert_close(rounded, exact, 4e-3);
    }
    // The new key is where it belongs, and rounded.
    let at = |keys: &Tensor<2>| host::values(&keys.clone().narrow(0, (2 * heads.kv + 1) * 64 + 33, 1));
    let (exact, rounded) = (at(&exact[1]), at(&rounded[1]));
    assert!(exact.iter().zip(&rounded).any(|(exact, rounded)| exact != rounded));
    assert!(rounded.iter().all(|x| half::f16::from_f32(*x).to_f32() == *x));
}

#[test]
#[should_panic(expected = "memory with gaps")]
fn keys_that_would_be_copied_before_they_are_written_are_refused() {
    let heads = Heads {
        queries: 2,
        kv: 1,
        dim: 8,
    };
    let decoding = Decoding::new(heads, None, 4, &[(0, 2, 1)]);
    let device = Device::parse("wgpu").unwrap().burn();
    let caches = decoding.caches.each_ref().map(apart);
    let [prompts, own] = [&caches[..2], &caches[2..]].map(|pair| Cache {
        keys: &pair[0],
        values: &pair[1],
        room: 4,
    });
    let tables = tables(Angles::new(&decoding.rope()[0], [3].into_iter(), &device));
    let step = Rows {
        seen: &rows(&decoding.seen, &device),
        tables: &tables,
    };
    attend(&there(&decoding.qkv), decoding.spec, &step, prompts, own);
}

#[test]
fn nothing_is_computed_here_for_tensors_on_a_cpu() {
    assert!(rms_norm(&random([2, 4], 1), &random([1, 4], 2), 1e-5, Dtype::F32).is_none());
}
