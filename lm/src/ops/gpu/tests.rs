//! Each kernel beside its definition.

use burn::tensor::Tensor;

use super::*;
use crate::Device;
use crate::device::Path;
use crate::ops::gate::Gate;
use crate::ops::host;
use crate::ops::slot::{Slot, Update};
use crate::testing::{assert_close, random};

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
        let got = rms_norm(&there(&x), &there(&gamma), 1e-5).unwrap();
        assert_close(&here(&got), &expected, 1e-6);
    }
}

#[test]
fn gates_are_those_of_the_definition() {
    let gates = [Gate::Silu, Gate::Gelu].into_iter();
    for (gate, [n, width]) in gates.flat_map(|gate| [[7, 600], [9000, 2000]].map(|shape| (gate, shape))) {
        let x = random([n, width], 3) * 4.0;
        let expected = crate::ops::gated::forward(&x, gate, Path::Plain);
        assert_close(&here(&gated(&there(&x), gate).unwrap()), &expected, 1e-6);
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
fn nothing_is_computed_here_for_tensors_on_a_cpu() {
    assert!(rms_norm(&random([2, 4], 1), &random([1, 4], 2), 1e-5).is_none());
}
