//! Numbers by hand, for a model of two layers: hidden 16, MLP 24, four query heads and two key-value heads of 4, a
//! vocabulary of 20, a head of its own.

use super::*;
use crate::{Batching, LoraTarget, Precision, testing};

const GPU: Machine = Machine {
    accelerator: true,
    precision: Precision::Bf16,
    ..Machine::CPU
};

const ROWS: Rows = Rows {
    rows: 10,
    seen: 14,
    longest: 9,
    logits: 4,
};

fn shape() -> Shape {
    Shape(testing::config(20))
}

fn lora() -> LoraConfig {
    LoraConfig {
        rank: 2,
        alpha: 4.0,
        targets: vec![LoraTarget::QProj],
    }
}

fn lengths(prompt: usize, responses: &[usize]) -> Lengths {
    Lengths {
        prompt,
        responses: responses.to_vec(),
    }
}

#[test]
fn values_and_operations_are_those_of_the_matrices() {
    // qkv 512, out 256, gate and up 768, down 384; bias 32 and two norms of 16; twice, and embedding, head, norm.
    let expected = Parameters {
        all: 2 * (1920 + 64) + 320 + 320 + 16,
        blocks: 2 * 1920,
        head: 320,
    };
    assert_eq!(shape().parameters(), expected);
    assert_eq!(shape().adapter_parameters(&lora()), 2 * (16 * 2 + 2 * 16));
    let operations = Operations {
        blocks: 7680.0,
        head: 640.0,
        attention: 4.0 * 16.0 * 2.0,
    };
    assert_eq!(shape().operations(), operations);
    assert_eq!(shape().cached_position(2), 2 * 8 * 2 * 2);
    // The largest tensors are those of the MLP, 16 by 24: as values and as bytes.
    assert_eq!(shape().writing(), 2 * 384 * 4);
}

#[test]
fn a_step_has_gradients_moments_and_what_its_blocks_save() {
    let full = shape().training(&ROWS, &Training::default(), Machine::CPU);
    // Saved of a row: input 16, fused 32, attended 16, middle 16, gate and up 48.
    let expected = Footprint {
        weights: 4 * 4624,
        gradients: 4 * 4624,
        moments: 8 * 4624,
        activations: 4 * 10 * 2 * 128,
        logits: 4 * 4 * (20 + 32),
        // Five of 16, 24, 16, 32; attention's parts, 16 for each row and 16 for each position seen, there and back.
        scratch: 4 * (10 * (80 + 24 + 16 + 32) + 2 * (16 * 10 + 16 * 14)),
        ..Footprint::default()
    };
    assert_eq!(full, expected);
    let checkpointed = Training {
        gradient_checkpointing: true,
        ..Training::default()
    };
    let checkpointed = shape().training(&ROWS, &checkpointed, Machine::CPU);
    assert_eq!(checkpointed.activations, 4 * 10 * (2 * 16 + 128));
    assert_eq!(
        checkpointed.total() + full.activations,
        full.total() + checkpointed.activations
    );
}

#[test]
fn adapters_and_smaller_values_take_less() {
    let adapter = Training {
        lora: Some(lora()),
        ..Training::default()
    };
    let adapter = shape().training(&ROWS, &adapter, Machine::CPU);
    assert_eq!(
        (adapter.weights, adapter.gradients, adapter.moments),
        (4 * (4624 + 128), 4 * 128, 8 * 128)
    );
    let halved = Training {
        bytes: ValueBytes {
            moment: 2,
            ..ValueBytes::default()
        },
        ..Training::default()
    };
    assert_eq!(shape().training(&ROWS, &halved, Machine::CPU).moments, 4 * 4624);
}

#[test]
fn ranks_share_weights_on_the_cpu_and_moments_on_devices() {
    let accelerator = Machine {
        accelerator: true,
        ..Machine::CPU
    };
    let with = |data_parallel, ranks, machine| {
        let training = Training {
            data_parallel,
            ranks,
            ..Training::default()
        };
        let taken = shape().training(&ROWS, &training, machine);
        (taken.gradients / (4 * 4624), taken.moments)
    };
    // Alone, a rank adds four parts in pairs: it holds a sum of two, and two more. Two ranks hold two each.
    assert_eq!(with(4, 1, Machine::CPU), (3, 8 * 4624));
    assert_eq!(with(4, 2, Machine::CPU), (2 * 2, 8 * 4624));
    assert_eq!(with(4, 4, Machine::CPU), (4, 8 * 4624));
    assert_eq!(with(4, 4, accelerator), (1, 2 * 4624));
}

#[test]
fn devices_have_rounded_matrices_and_padded_scores() {
    let scoring = shape().scoring(&ROWS, GPU);
    assert_eq!((scoring.weights, scoring.copies), (4 * 4624, 2 * 3840));
    assert_eq!(shape().scoring(&ROWS, Machine::CPU).copies, 0);
    let on = |machine| shape().scoring(&ROWS, machine).scratch;
    // Five tensors of four heads, ten queries, nine keys.
    assert_eq!(on(GPU) - on(Machine::CPU), 4 * 5 * 4 * 10 * 9);
}

#[test]
fn rows_are_those_of_the_micro_batches() {
    let of = |groups: &[Lengths], budget| Rows::of(&shape(), groups, budget, Machine::CPU).unwrap();
    // The last token of a response has no row; both see the prompt, which is there once.
    let shared = Rows {
        rows: 5 + 2 + 3,
        seen: 5 + 7 + 8,
        longest: 9,
        logits: 7,
    };
    assert_eq!(of(&[lengths(5, &[3, 4])], 100), shared);
    let alone = Rows {
        rows: 8,
        seen: 8,
        longest: 9,
        logits: 4,
    };
    assert_eq!(of(&[lengths(5, &[3, 4])], 9), alone);
    let most = Rows::at_most(&shape(), [5, 4], [3, 1], 20, Machine::CPU);
    assert_eq!((most.rows, most.longest, most.logits), (20, 9, 20));
    let few = Rows::at_most(&shape(), [5, 4], [2, 1], 20, Machine::CPU);
    assert_eq!(few.rows, 18);
    let long = Rows::at_most(&shape(), [5, 4], [3, 2], 2, Machine::CPU);
    assert_eq!((long.rows, long.logits), (13, 13));
}

#[test]
fn keys_and_values_are_kept_for_prompts_and_rows_that_run_at_once() {
    let sampling = shape().sampling(&[lengths(33, &[2, 40])], Machine::CPU);
    // Blocks of 32 positions: two for the prompt, one and two for the rows, of 2 heads and 2 layers.
    assert_eq!(sampling.cache, 4 * (2 + 1 + 2) * (2 * 4 * 32 + 32) * 2 * 2);
    assert_eq!(sampling.logits, 4 * 2 * 20);
    // More rows than slots decode one after the other.
    let many = shape().sampling(&[lengths(1, &vec![2; 600])], Machine::CPU);
    assert_eq!(many.logits, 4 * 512 * 20);
    // Those of so small a model stay in the processor's cache, whatever is asked for; a GPU has no use for that.
    let demands: Vec<_> = (0..400).map(|_| lengths(1000, &[2000])).collect();
    let [here, there] = [Machine::CPU, GPU].map(|machine| shape().sampling(&demands, machine).cache);
    assert!((8 << 20..=18 << 20).contains(&here), "{here}");
    assert!(there > 3 * here, "{there}");
    // Within bounds of one's own: 4 rows on a CPU, and on a GPU as many as have room in bf16.
    let few = Machine {
        batching: Batching { rows: 4, cache: None },
        ..Machine::CPU
    };
    assert_eq!(shape().sampling(&[lengths(1, &vec![2; 600])], few).logits, 4 * 4 * 20);
    let bytes = |gib: u64| Machine {
        batching: Batching {
            rows: 100_000,
            cache: Some(gib << 30),
        },
        ..GPU
    };
    let crowd: Vec<_> = (0..50_000).map(|_| lengths(1000, &[1000])).collect();
    let [one, two] = [1, 2].map(|gib| shape().sampling(&crowd, bytes(gib)).cache);
    // The numbers of rows and of prompts are padded to powers of two.
    assert!(
        (1 << 30..=2 << 30).contains(&one) && one.abs_diff(two / 2) < 1 << 20,
        "{one}, {two}"
    );
    let device = shape().sampling(&[lengths(33, &[2, 40])], GPU);
    // Rooms of 64 positions for a prompt and two rows, keys and values in two bytes; matrices rounded.
    assert_eq!(
        (device.cache, device.copies),
        (2 * 2 * 64 * 4 * 4 + 2 * 2 * 2 * 64 * 4 * 4, 2 * 3840)
    );
}

#[test]
fn parts_add_up() {
    let footprint = Footprint {
        weights: 3,
        cache: 4,
        ..Footprint::default()
    };
    let parts: Vec<_> = (footprint + footprint).parts().collect();
    assert_eq!(parts, [("weights", 6), ("cache", 8)]);
    assert_eq!((footprint + process(10)).total(), 7 + process(0).process + 14_000);
}
