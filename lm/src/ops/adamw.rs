//! One AdamW update (Loshchilov & Hutter 2019, arXiv:1711.05101, algorithm 2) of one parameter.

use std::ops::Range;

use burn::tensor::{DType, Element, Tensor};
use half::bf16;
use rayon::prelude::*;

use super::gpu;
use super::host::tiles::Number;
use super::host::{self, Memory};
use super::slot::{Broken, Slot, Update};
use crate::device::Path;
use crate::profile::{self, Phase};

/// Elements that the definition updates at once: its temporaries, half a dozen of 32 MiB, do not grow with the largest
/// parameter.
const PART: usize = 8 << 20;

/// `m = b1 m + (1-b1) g`, `v = b2 v + (1-b2) g^2`,
/// `w = w - lr wd w - lr (m / c1) / (sqrt(v / c2) + eps)`
///
/// Says which parts are no longer finite; off the host this is not looked at, since it would cost passes of its own.
pub(crate) fn update(mut slot: Slot, gradient: Tensor<2>, with: Update, path: Path) -> (Slot, Broken) {
    let _span = profile::span(Phase::Update);
    match path {
        Path::Plain if gpu::adamw(&mut slot, &gradient, with) => (slot, Broken::default()),
        Path::Plain => (in_parts(slot, &gradient, with, PART), Broken::default()),
        Path::Host if slot.mean.dtype() == DType::BF16 => on_host::<bf16>(slot, gradient, with),
        Path::Host => on_host::<f32>(slot, gradient, with),
    }
}

/// [`definition`] of at most `most` elements at a time. It is elementwise, so how it is cut changes no bit.
fn in_parts(slot: Slot, gradient: &Tensor<2>, with: Update, most: usize) -> Slot {
    let shape = slot.value.dims();
    if shape.iter().product::<usize>() <= most {
        return definition(slot, gradient.clone(), with);
    }
    parts(shape, most).fold(slot, |Slot { value, mean, square }, part| {
        let cut = |whole: &Tensor<2>| whole.clone().slice(part.clone());
        let old = Slot {
            value: cut(&value),
            mean: cut(&mean),
            square: cut(&square),
        };
        let new = definition(old, cut(gradient), with);
        // The views of the old part are gone by now: each tensor has its memory to itself and is written in place.
        Slot {
            value: value.slice_assign(part.clone(), new.value),
            mean: mean.slice_assign(part.clone(), new.mean),
            square: square.slice_assign(part, new.square),
        }
    })
}

/// Rectangles that cover a matrix, of at most `most` elements each: whole rows, or pieces of rows longer than that.
fn parts([rows, columns]: [usize; 2], most: usize) -> impl Iterator<Item = [Range<usize>; 2]> {
    let width = columns.clamp(1, most);
    let height = most / width;
    (0..rows).step_by(height).flat_map(move |top| {
        let lefts = (0..columns).step_by(width);
        lefts.map(move |left| [top..rows.min(top + height), left..columns.min(left + width)])
    })
}

fn definition(slot: Slot, gradient: Tensor<2>, with: Update) -> Slot {
    let kept = slot.mean.dtype();
    let gradient = gradient * with.scale;
    let mean = slot.mean.cast(DType::F32) * with.beta1 + gradient.clone() * (1.0 - with.beta1);
    let square = slot.square.cast(DType::F32) * with.beta2 + gradient.clone() * gradient * (1.0 - with.beta2);
    let denominator = (square.clone() / with.correction2).sqrt() + with.epsilon;
    let step = mean.clone() / with.correction1 / denominator * with.lr;
    Slot {
        value: slot.value * (1.0 - with.lr * with.weight_decay) - step,
        mean: mean.cast(kept),
        square: square.cast(kept),
    }
}

fn on_host<K: Number + Element>(slot: Slot, gradient: Tensor<2>, with: Update) -> (Slot, Broken) {
    let device = slot.value.device();
    let mut value: Memory = Memory::take(slot.value);
    let [mut mean, mut square] = [slot.mean, slot.square].map(Memory::<K>::take);
    let gradient: Memory = Memory::take(gradient);
    let size = host::rows_per_task(1);
    let moments = mean
        .slice_mut()
        .par_chunks_mut(size)
        .zip(square.slice_mut().par_chunks_mut(size));
    let values = value
        .slice_mut()
        .par_chunks_mut(size)
        .zip(gradient.slice().par_chunks(size));
    let tasks = values.zip(moments).map(|((values, gradients), (means, squares))| {
        host::vectorised(
            #[inline(always)]
            || {
                let mut largest = [0; 3];
                let moments = means.iter_mut().zip(squares);
                for ((w, g), (m, v)) in values.iter_mut().zip(gradients).zip(moments) {
                    let g = g * with.scale;
                    let mean = m.value() * with.beta1 + g * (1.0 - with.beta1);
                    let square = v.value() * with.beta2 + g * g * (1.0 - with.beta2);
                    let denominator = (square / with.correction2).sqrt() + with.epsilon;
                    let step = mean / with.correction1 / denominator * with.lr;
                    *w = *w * (1.0 - with.lr * with.weight_decay) - step;
                    (*m, *v) = (K::nearest(mean), K::nearest(square));
                    largest[0] = magnitude(*w).max(largest[0]);
                    largest[1] = magnitude(mean).max(largest[1]);
                    largest[2] = magnitude(square).max(largest[2]);
                }
                largest
            },
        )
    });
    let largest = tasks.reduce(|| [0; 3], |[a, b, c], [x, y, z]| [a.max(x), b.max(y), c.max(z)]);
    let [broken_value, broken_mean, broken_square] = largest.map(|largest| largest >= magnitude(f32::INFINITY));
    let broken = Broken {
        value: broken_value,
        mean: broken_mean,
        square: broken_square,
    };
    gradient.give();
    let [mean, square] = [mean, square].map(|memory| memory.into_tensor(&device));
    let value = value.into_tensor(&device);
    (Slot { value, mean, square }, broken)
}

/// A number that grows with the magnitude of `x`: infinity is above every finite value, and NaN above that.
#[inline(always)]
fn magnitude(x: f32) -> u32 {
    x.to_bits() & 0x7fff_ffff
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{assert_close, random};

    pub(crate) const WITH: Update = Update {
        lr: 0.1,
        beta1: 0.9,
        beta2: 0.99,
        epsilon: 1e-8,
        weight_decay: 0.5,
        correction1: 0.1,
        correction2: 0.01,
        scale: 0.5,
    };

    fn slot() -> Slot {
        slot_of([3, 5])
    }

    fn slot_of(shape: [usize; 2]) -> Slot {
        Slot {
            value: random(shape, 1),
            mean: random(shape, 2),
            square: random(shape, 3).abs(),
        }
    }

    proptest! {
        #[test]
        fn an_update_in_parts_is_the_whole_one_to_the_bit(
            rows in 1usize..20, columns in 1usize..40, most in 1usize..200,
        ) {
            let gradient = random([rows, columns], 4);
            let whole = definition(slot_of([rows, columns]), gradient.clone(), WITH);
            let in_parts = in_parts(slot_of([rows, columns]), &gradient, WITH, most);
            let bits = |tensor: &Tensor<2>| host::values(tensor).into_iter().map(f32::to_bits).collect::<Vec<_>>();
            let all = |slot: &Slot| [&slot.value, &slot.mean, &slot.square].map(bits);
            prop_assert_eq!(all(&in_parts), all(&whole));
        }

        #[test]
        fn parts_are_bounded_and_hold_every_element_once(
            rows in 0usize..30, columns in 0usize..60, most in 1usize..300,
        ) {
            let mut times = vec![0; rows * columns];
            for [rows, within] in parts([rows, columns], most) {
                prop_assert!((1..=most).contains(&(rows.len() * within.len())));
                for row in rows {
                    within.clone().for_each(|column| times[row * columns + column] += 1);
                }
            }
            prop_assert!(times.iter().all(|times| *times == 1));
        }
    }

    #[test]
    fn host_path_equals_the_definition() {
        let [plain, host] = [Path::Plain, Path::Host].map(|path| update(slot(), random([3, 5], 4), WITH, path).0);
        assert_close(&host.value, &plain.value, 1e-6);
        assert_close(&host.mean, &plain.mean, 1e-6);
        assert_close(&host.square, &plain.square, 1e-6);
    }

    #[test]
    fn moments_in_bf16_are_the_nearest_to_those_in_f32_and_the_weights_move_as_far() {
        let kept = |slot: Slot| Slot {
            mean: slot.mean.cast(DType::BF16),
            square: slot.square.cast(DType::BF16),
            ..slot
        };
        let gradient = || random([90, 400], 4);
        for path in [Path::Plain, Path::Host] {
            let (rounded, broken) = update(kept(slot_of([90, 400])), gradient(), WITH, path);
            assert_eq!(broken, Broken::default());
            assert_eq!(
                (rounded.mean.dtype(), rounded.square.dtype()),
                (DType::BF16, DType::BF16)
            );
            // The same with moments that are in bf16 already, kept in f32.
            let Slot { value, mean, square } = kept(slot_of([90, 400]));
            let [mean, square] = [mean, square].map(|moment| moment.cast(DType::F32));
            let (exact, _) = update(Slot { value, mean, square }, gradient(), WITH, path);
            assert_eq!(host::values(&rounded.value), host::values(&exact.value));
            for (rounded, exact) in [(rounded.mean, exact.mean), (rounded.square, exact.square)] {
                let nearest = host::values(&exact).into_iter().map(|x| bf16::from_f32(x).to_f32());
                assert!(nearest.eq(host::values(&rounded.cast(DType::F32))));
            }
        }
    }

    #[test]
    fn the_first_step_moves_by_the_learning_rate() {
        let device = burn::tensor::Device::flex();
        let one = |x: f32| host::tensor::<2>(vec![x], [1, 1], &device);
        let slot = Slot {
            value: one(2.0),
            mean: one(0.0),
            square: one(0.0),
        };
        let (slot, broken) = update(slot, one(-4.0), WITH, Path::Host);
        assert_eq!(broken, Broken::default());
        // decay 2 (1 - 0.1 * 0.5) = 1.9, then + lr * sign: 2.0
        assert!((host::values(&slot.value)[0] - 2.0).abs() < 1e-6);
    }
    #[test]
    fn what_is_no_longer_finite_is_told() {
        let broken = |with: Update, gradient: f32| {
            let mut gradients = vec![1.0; 40_000];
            gradients[39_000] = gradient;
            let gradient = host::tensor(gradients, [4, 10_000], &burn::tensor::Device::flex());
            update(slot_of([4, 10_000]), gradient, with, Path::Host).1
        };
        let all = Broken {
            value: true,
            mean: true,
            square: true,
        };
        assert_eq!(broken(WITH, 1e18), Broken::default());
        assert_eq!(broken(WITH, f32::NAN), all);
        // An infinite second moment divides its weight's step away, for ever.
        assert_eq!(
            broken(WITH, 1e30),
            Broken {
                square: true,
                ..Broken::default()
            }
        );
        let fast = Update {
            lr: 1e38,
            weight_decay: 1e3,
            ..WITH
        };
        let value = Broken {
            value: true,
            ..Broken::default()
        };
        assert_eq!(broken(fast, 1.0), value);
    }
}
