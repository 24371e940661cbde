//! Each kernel beside its definition.

use burn::tensor::{DType, Tensor};

use super::*;
use crate::device::Path;
use crate::ops::attention::{Angles, Heads, Seen, Spec};
use crate::ops::gate::Gate;
use crate::ops::host;
use crate::ops::slot::{Slot, Update};
use crate::testing::{assert_close, random, ropes};
use crate::{Device, Dtype};

/// The same values on a GPU.
fn there(x: &Tensor<2>) -> Tensor<2> {
    let device = Device::parse("wgpu").unwrap();
    host::tensor(host::values(x), x.dims(), &device.burn())
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
        let got = rms_norm(&there(&x), &there(&gamma), 1e-5, Dtype::F32).unwrap();
        assert_close(&here(&got), &expected, 1e-6);
    }
}

#[test]
fn gates_are_those_of_the_definition() {
    let gates = [Gate::Silu, Gate::Gelu].into_iter();
    for (gate, [n, width]) in gates.flat_map(|gate| [[7, 600], [9000, 2000]].map(|shape| (gate, shape))) {
        let x = random([n, width], 3) * 4.0;
        let expected = crate::ops::gated::forward(&x, gate, Path::Plain);
        assert_close(&here(&gated(&there(&x), gate, Dtype::F32).unwrap()), &expected, 1e-6);
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
        let mut got = (there(&dx), there(&dgamma));
        let inputs = [&there(&x), &there(&gamma), &there(&dy)];
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
        let got = gated_backward(&there(&x), &there(&dh), gate).unwrap();
        assert_close(&here(&got.0), &expected.0, 1e-5);
        assert_close(&here(&got.1), &expected.1, 1e-5);
    }
}

#[test]
fn updates_are_those_of_the_definition_and_leave_copies_alone() {
    let with = Update {
        lr: 0.1,
        beta1: 0.9,
        beta2: 0.99,
        epsilon: 1e-8,
        weight_decay: 0.5,
        correction1: 0.1,
        correction2: 0.01,
        scale: 0.5,
    };
    let slot = |place: fn(&Tensor<2>) -> Tensor<2>| Slot {
        value: place(&random([30, 50], 1)),
        mean: place(&random([30, 50], 2)),
        square: place(&random([30, 50], 3).abs()),
    };
    let gradient = random([30, 50], 4);
    let (expected, _) = crate::ops::adamw::update(slot(Tensor::clone), gradient.clone(), with, Path::Plain);
    let mut got = slot(there);
    let copy = got.value.clone();
    assert!(adamw(&mut got, &there(&gradient), with));
    assert_close(&here(&got.value), &expected.value, 1e-5);
    assert_close(&here(&got.mean), &expected.mean, 1e-6);
    assert_close(&here(&got.square), &expected.square, 1e-6);
    assert_close(&here(&copy), &random([30, 50], 1), 0.0);
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

#[test]
fn attention_rounds_what_it_caches_and_little_else() {
    let heads = Heads {
        queries: 6,
        kv: 2,
        dim: 40,
    };
    let (room, [places, n]) = (64, [3, 4]);
    let spec = Spec {
        heads,
        scale: 0.2,
        rope: 0,
        window: Some(70),
    };
    let device = Device::parse("wgpu").unwrap().burn();
    let seen = [(2, 64, 50), (0, 1, 0), (2, 40, 33), (1, 64, 63)];
    let seen = seen.map(|(place, prompt, own)| Seen { place, prompt, own });
    let positions = seen.map(|row| row.prompt + row.own);
    let angles = Angles::new(&ropes(heads.dim, 256)[0], positions.into_iter(), &device);
    let (qkv, ids) = (there(&random([n, heads.width()], 1)), rows(&seen, &device));
    let attended = |dtype: DType| {
        let segments = |count: usize, seed| there(&random([count * heads.kv * room, heads.dim], seed)).cast(dtype);
        let caches = [(places, 2), (places, 3), (n, 4), (n, 5)].map(|(count, seed)| segments(count, seed));
        let [prompts, own] = [&caches[..2], &caches[2..]].map(|pair| Cache {
            keys: &pair[0],
            values: &pair[1],
            room,
        });
        let step = Rows {
            seen: &ids,
            angles: &angles,
        };
        let y = attend(&qkv, spec, &step, prompts, own).unwrap();
        [
            y.cast(DType::F32),
            own.keys.clone().cast(DType::F32),
            own.values.clone().cast(DType::F32),
        ]
    };
    let [exact, rounded] = [DType::F32, DType::F16].map(attended);
    for (rounded, exact) in rounded.iter().zip(&exact) {
        assert_close(&here(rounded), &here(exact), 4e-3);
    }
    // The new key is where it belongs, and rounded.
    let at = |keys: &Tensor<2>| host::values(&keys.clone().narrow(0, (2 * heads.kv + 1) * room + 33, 1));
    let (exact, rounded) = (at(&exact[1]), at(&rounded[1]));
    assert!(exact.iter().zip(&rounded).any(|(exact, rounded)| exact != rounded));
    assert!(rounded.iter().all(|x| half::f16::from_f32(*x).to_f32() == *x));
}

#[test]
fn nothing_is_computed_here_for_tensors_on_a_cpu() {
    assert!(rms_norm(&random([2, 4], 1), &random([1, 4], 2), 1e-5, Dtype::F32).is_none());
}
