//! What work takes at least, and the share of the machine's limit that it reached.

use anyhow::Result;
use serde::Serialize;
use serl_lm::{Dtype, Lengths, Limits, Machine, Precision, Shape};

use crate::failure::Mistake;

/// Operations and bytes that no implementation does without.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Demand {
    /// Multiplications and additions of products in f32, whatever the precision of the model's.
    f32_operations: f64,
    /// Those in the precision of the model's products; where weights are in int8, attention's, in bf16.
    operations: f64,
    /// Those in int8.
    int8_operations: f64,
    /// Bytes of weights, and of keys and values, that are read.
    read_bytes: f64,
}

/// How often each weight takes part, beside once in the forward pass.
#[derive(Debug, Clone, Copy)]
pub(super) enum Backward {
    /// Not at all: responses are scored.
    Nowhere,
    /// For the gradients of activations alone: the weights are frozen.
    Through,
    /// For the gradients of activations and weights.
    Everywhere,
}

impl Demand {
    /// Sampling responses of these lengths, all at once, so that a step reads the weights once. Prompts are computed
    /// once, and their keys and values read once a step.
    pub(super) fn sampling(shape: &Shape, lengths: &[Lengths], precision: Precision) -> Self {
        let (operations, parameters) = (shape.operations(), shape.parameters());
        let value = bytes(precision.dtype().into());
        let steps = lengths.iter().map(longest).max().unwrap_or(0);
        let weights = parameters.blocks as f64 * bytes(precision) as f64
            + parameters.head as f64 * bytes(precision.of_head()) as f64;
        let mut demand = Self {
            read_bytes: steps as f64 * weights,
            ..Self::default()
        };
        for group in lengths {
            let fed: Vec<usize> = group.responses.iter().map(|n| n.saturating_sub(1)).collect();
            let (rows, own) = (
                fed.iter().sum::<usize>(),
                fed.iter().map(|n| triangle(*n)).sum::<usize>(),
            );
            let seen = triangle(group.prompt) + rows * group.prompt + own;
            let [blocks, head] = [
                (group.prompt + rows) as f64 * operations.blocks,
                (1 + rows) as f64 * operations.head,
            ];
            demand.operations += seen as f64 * operations.attention;
            match precision {
                Precision::F32 | Precision::Bf16 => {
                    demand.operations += blocks;
                    demand.f32_operations += head;
                }
                Precision::Int8 => demand.int8_operations += blocks + head,
            }
            let read = longest(group).saturating_sub(1) * group.prompt + own;
            demand.read_bytes += (read as u64 * shape.cached_position(value)) as f64;
        }
        demand
    }

    /// A forward pass over these prompts and responses that scores the responses, and the way back.
    pub(super) fn pass(shape: &Shape, lengths: &[Lengths], backward: Backward) -> Self {
        let operations = shape.operations();
        let products = match backward {
            Backward::Nowhere => 1.0,
            Backward::Through => 2.0,
            Backward::Everywhere => 3.0,
        };
        let attended = if matches!(backward, Backward::Nowhere) {
            1.0
        } else {
            3.0
        };
        let mut demand = Self::default();
        for group in lengths {
            let scored: usize = group.responses.iter().sum();
            let own: usize = group.responses.iter().map(|n| triangle(*n)).sum();
            let seen = triangle(group.prompt) + scored * group.prompt + own;
            demand.operations += products * (group.prompt + scored) as f64 * operations.blocks;
            demand.f32_operations +=
                products * scored as f64 * operations.head + attended * seen as f64 * operations.attention;
        }
        demand
    }

    pub(super) fn and(self, other: Self) -> Self {
        Self {
            f32_operations: self.f32_operations + other.f32_operations,
            operations: self.operations + other.operations,
            int8_operations: self.int8_operations + other.int8_operations,
            read_bytes: self.read_bytes + other.read_bytes,
        }
    }
}

/// Positions that a sequence's tokens see together, each its own included.
fn triangle(length: usize) -> usize {
    length * (length + 1) / 2
}

fn longest(group: &Lengths) -> usize {
    group.responses.iter().copied().max().unwrap_or(0)
}

fn bytes(precision: Precision) -> u64 {
    match precision {
        Precision::F32 => 4,
        Precision::Bf16 => 2,
        Precision::Int8 => 1,
    }
}

/// The limit of the machine for some work, measured in the same process.
#[derive(Debug, Serialize)]
pub(super) struct Share {
    f32_operations_per_second: f64,
    bf16_operations_per_second: f64,
    int8_operations_per_second: f64,
    read_bytes_per_second: f64,
    /// Seconds that the operations take at least.
    arithmetic_seconds: f64,
    /// Seconds that reading takes at least.
    reading_seconds: f64,
    /// The larger of the two, by the median of the measured seconds.
    share: f64,
}

impl Share {
    /// Whether limits can be measured: to be asked before any work.
    ///
    /// # Errors
    /// Work on another device than the CPU.
    pub(super) fn check(machine: Machine) -> Result<()> {
        if machine.accelerator {
            let text = "`--limits` measures processors, not other devices".to_owned();
            return Err(Mistake::new(text, "`benches/compare.py --device cuda` prints a GPU's share").into());
        }
        Ok(())
    }

    /// The share of its limit that the processor reached with `demand` in `seconds`, multiplying in `precision`.
    pub(super) fn measure(demand: Demand, seconds: f64, precision: Precision) -> Self {
        Self::of(demand, seconds, Limits::measure(), precision.dtype())
    }

    fn of(demand: Demand, seconds: f64, limits: Limits, dtype: Dtype) -> Self {
        let (rate, exact) = match dtype {
            Dtype::F32 => (limits.f32_operations, limits.f32_operations),
            // Three products of bf16 are as good as one of f32 there.
            Dtype::Bf16 => (
                limits.bf16_operations,
                limits.f32_operations.max(limits.bf16_operations / 3.0),
            ),
        };
        let arithmetic_seconds =
            demand.operations / rate + demand.f32_operations / exact + demand.int8_operations / limits.int8_operations;
        let reading_seconds = demand.read_bytes / limits.read_bytes;
        Self {
            f32_operations_per_second: limits.f32_operations,
            bf16_operations_per_second: limits.bf16_operations,
            int8_operations_per_second: limits.int8_operations,
            read_bytes_per_second: limits.read_bytes,
            arithmetic_seconds,
            reading_seconds,
            share: arithmetic_seconds.max(reading_seconds) / seconds,
        }
    }

    pub(super) fn lines(&self) -> [String; 2] {
        let giga = |rate: f64| rate / 1e9;
        [
            format!(
                "limits    f32 {:.0} GFLOP/s, bf16 {:.0} GFLOP/s, int8 {:.0} GOP/s, reading {:.1} GB/s",
                giga(self.f32_operations_per_second),
                giga(self.bf16_operations_per_second),
                giga(self.int8_operations_per_second),
                giga(self.read_bytes_per_second)
            ),
            format!(
                "share     {:.0}% of the limit: arithmetic takes at least {:.4} s, reading {:.4} s",
                100.0 * self.share,
                self.arithmetic_seconds,
                self.reading_seconds
            ),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two layers, hidden 16, four query heads and two key-value heads of 4, MLP 24, a vocabulary of 20.
    fn shape() -> Shape {
        let config = serde_json::json!({
            "model_type": "llama", "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2,
            "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 4, "vocab_size": 20,
            "max_position_embeddings": 64, "rms_norm_eps": 1e-5, "tie_word_embeddings": false
        });
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("config.json"), config.to_string()).unwrap();
        Shape::of(folder.path()).unwrap()
    }

    #[test]
    fn demands_are_those_by_hand() {
        let lengths = [Lengths {
            prompt: 5,
            responses: vec![3, 1],
        }];
        // Weights of a block: 16 * (16 + 8 + 8) + 16 * 16 + 3 * 16 * 24; two products of 16 for each position seen.
        let (block, head, attention) = (2.0 * 1920.0, 2.0 * 320.0, 2.0 * 4.0 * 16.0);
        let sampling = Demand::sampling(&shape(), &lengths, Precision::Bf16);
        // The prompt sees 15 positions; two tokens are fed after it and see 6 and 7.
        assert_eq!(sampling.operations, 7.0 * 2.0 * block + 28.0 * attention);
        assert_eq!(sampling.f32_operations, 3.0 * head);
        // Three times all weights; twice the prompt's 5 positions and 1 and 2 of the row's own, each 2 * 8 * 2 values.
        assert_eq!(sampling.read_bytes, 3.0 * (2.0 * 3840.0 + 4.0 * 320.0) + 13.0 * 64.0);
        let in_int8 = Demand::sampling(&shape(), &lengths, Precision::Int8);
        assert_eq!(in_int8.operations, 28.0 * attention);
        assert_eq!(
            (in_int8.int8_operations, in_int8.f32_operations),
            (14.0 * block + 3.0 * head, 0.0)
        );
        assert_eq!(in_int8.read_bytes, 3.0 * (3840.0 + 320.0) + 13.0 * 64.0);
        let [scored, frozen, trained] =
            [Backward::Nowhere, Backward::Through, Backward::Everywhere].map(|b| Demand::pass(&shape(), &lengths, b));
        // Responses' tokens see 6, 7, 8 and 6 positions.
        assert_eq!(scored.operations, 9.0 * 2.0 * block);
        assert_eq!(scored.f32_operations, 4.0 * head + 42.0 * attention);
        assert_eq!(frozen.operations, 2.0 * scored.operations);
        assert_eq!(trained.f32_operations, 3.0 * scored.f32_operations);
    }

    #[test]
    fn limits_of_other_devices_are_refused() {
        let device = |accelerator| Machine {
            accelerator,
            ..Machine::CPU
        };
        assert!(Share::check(device(false)).is_ok());
        assert!(Share::check(device(true)).unwrap_err().to_string().contains("--limits"));
    }

    #[test]
    fn the_limit_is_the_slower_of_arithmetic_and_reading() {
        let limits = Limits {
            f32_operations: 10.0,
            bf16_operations: 20.0,
            int8_operations: 40.0,
            read_bytes: 5.0,
        };
        let demand = Demand {
            f32_operations: 10.0,
            operations: 20.0,
            int8_operations: 0.0,
            read_bytes: 5.0,
        };
        let share = |dtype| Share::of(demand, 4.0, limits, dtype).share;
        assert_eq!([share(Dtype::F32), share(Dtype::Bf16)], [0.75, 0.5]);
        let integers = Demand {
            int8_operations: 80.0,
            ..demand
        };
        assert_eq!(Share::of(integers, 4.0, limits, Dtype::Bf16).share, 1.0);
        let reading = Demand {
            read_bytes: 15.0,
            ..demand
        };
        assert_eq!(Share::of(reading, 4.0, limits, Dtype::Bf16).share, 0.75);
    }
}
