//! Scoring and training.

use super::footprint::Footprint;
use super::machine::{Machine, ValueBytes};
use super::rows::Rows;
use super::{BF16, F32, largest, values};
use crate::config::Config;
use crate::device::Path;
use crate::model::forward::saved_width;
use crate::model::params::params;
use crate::ops::attention::Heads;
use crate::ops::head;
use crate::ops::linear::Operands;
use crate::{LoraConfig, Shape};

/// How a model is trained.
#[derive(Debug, Clone, PartialEq)]
pub struct Training {
    /// The adapter that is trained in place of the weights.
    pub lora: Option<LoraConfig>,
    /// As [`StepConfig::gradient_checkpointing`](crate::StepConfig::gradient_checkpointing).
    pub gradient_checkpointing: bool,
    /// Bytes of a value.
    pub bytes: ValueBytes,
    /// As [`StepConfig::data_parallel`](crate::StepConfig::data_parallel).
    pub data_parallel: u64,
    /// Ranks that compute parts of a gradient at the same time: threads on the CPU, else devices of their own.
    pub ranks: u64,
}

impl Default for Training {
    fn default() -> Self {
        Self {
            lora: None,
            gradient_checkpointing: false,
            bytes: ValueBytes::default(),
            data_parallel: 1,
            ranks: 1,
        }
    }
}

impl Training {
    /// Sums of gradients that a rank has at once: those of a pair, and one more for each pair of pairs around it.
    fn sums(&self) -> u64 {
        let parts = (self.data_parallel / self.ranks).max(1);
        1 + u64::from(parts.ilog2())
    }
}

/// Tensors of padded scores that attention's definition has at once on the way back: scores, scores with their mask,
/// weights, and the gradients of the last two.
const SCORES: usize = 5;

impl Shape {
    /// Memory of a model that scores micro-batches of these rows.
    pub fn scoring(&self, rows: &Rows, machine: Machine) -> Footprint {
        let config = &self.0;
        Footprint {
            weights: self.parameters().all * F32 as u64,
            copies: self.rounded(machine) + head_operands(config, machine)[0],
            logits: logits(config, rows, head::copies(machine.path())),
            scratch: (forward(config, rows, machine) * F32) as u64,
            ..Footprint::default()
        }
    }

    /// Memory of an optimizer step on micro-batches of these rows.
    pub fn training(&self, rows: &Rows, training: &Training, machine: Machine) -> Footprint {
        let (config, bytes) = (&self.0, training.bytes);
        let lora = training.lora.as_ref();
        let trained: u64 = params(config, lora).trained().map(values).sum();
        let adapter = lora.map_or(0, |_| trained);
        // A chunk's logits are given back before the walk back begins, and its arrays are of other sizes: both stay.
        let kept = match training.gradient_checkpointing {
            true => config.layers * config.hidden + saved_width(config),
            false => config.layers * saved_width(config),
        };
        let scratch = backward(config, rows, lora.is_some()) + extra(config, rows, lora, machine);
        // Where operands of the head are kept, the gradient of logits is packed as one, too, in as many bytes.
        let packed = usize::from(head_operands(config, machine)[1] > 0);
        // Threads share weights and moments; devices share moments out.
        let [here, shares] = match machine.path() {
            Path::Host => [training.ranks, 1],
            Path::Plain => [1, training.ranks],
        };
        Footprint {
            weights: (self.parameters().all + adapter) * bytes.weight,
            copies: self.rounded(machine) + head_operands(config, machine).iter().sum::<u64>(),
            gradients: here * training.sums() * trained * bytes.gradient,
            moments: 2 * trained * bytes.moment / shares,
            activations: here * (kept * rows.rows * F32) as u64,
            logits: here * logits(config, rows, head::copies(machine.path()) + packed),
            scratch: here * (scratch * F32) as u64,
            ..Footprint::default()
        }
    }

    /// The rounded copies of the blocks' matrices.
    pub(super) fn rounded(&self, machine: Machine) -> u64 {
        match machine.rounds() {
            true => self.parameters().blocks * BF16 as u64,
            false => 0,
        }
    }
}

/// Operands of the head that are kept, forward and backward.
fn head_operands(config: &Config, machine: Machine) -> [u64; 2] {
    Operands::bytes([config.hidden, config.vocab], machine.head_product()).map(|bytes| bytes as u64)
}

/// Logits of a chunk, and what becomes of them: so many `copies`.
fn logits(config: &Config, rows: &Rows, copies: usize) -> u64 {
    (rows.logits * (config.vocab * copies + 2 * config.hidden) * F32) as u64
}

/// Values that a forward pass alone has at once: what a block saves, its hidden activations, its input and output.
fn forward(config: &Config, rows: &Rows, machine: Machine) -> usize {
    let row = saved_width(config) + config.intermediate + 3 * config.hidden;
    row * rows.rows + attended(config, rows) + padded(config, rows, machine)
}

/// Values that the walk back has at once besides what the forward pass kept.
fn backward(config: &Config, rows: &Rows, adapted: bool) -> usize {
    let heads = Heads::of(config);
    // Final hidden states and their gradient, that of the residual stream, a product's input and its gradient; hidden
    // activations; attention's output and fused rows, as gradients.
    let row = 5 * config.hidden + config.intermediate + heads.keys() + heads.width();
    // What pairs add to a projection, and its columns of the gradient.
    let pairs = match adapted {
        true => 2 * config.intermediate,
        false => 0,
    };
    (row + pairs) * rows.rows + 2 * attended(config, rows)
}

/// Values of attention's parts before they are put together: of every span, its queries and the keys and values that it
/// sees.
fn attended(config: &Config, rows: &Rows) -> usize {
    let heads = Heads::of(config);
    heads.keys() * rows.rows + 2 * heads.kv * heads.dim * rows.seen
}

/// Values of padded scores, where attention pads: what a micro-batch may have at most.
fn padded(config: &Config, rows: &Rows, machine: Machine) -> usize {
    match machine.path() {
        Path::Host => 0,
        Path::Plain => SCORES * config.heads * rows.rows * rows.longest,
    }
}

/// Values that only accelerators need for a moment: padded scores, and the gradient of the largest trained matrix
/// before it is added.
fn extra(config: &Config, rows: &Rows, lora: Option<&LoraConfig>, machine: Machine) -> usize {
    if machine.path() == Path::Host {
        return 0;
    }
    let product = match lora {
        None => largest(config),
        Some(_) => 0,
    };
    padded(config, rows, machine) + product
}
