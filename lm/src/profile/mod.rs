//! Where time goes: spans around the parts of a computation, added up while someone asks for it.
//!
//! A section is what the policy is doing, a phase what it is doing it with; time is booked on both. Spans nest, and
//! each books its own time without that of the spans within it, so that all of them add up to the outermost ones.
//! A span that nobody asked for costs one relaxed load. Where work is queued, as on CUDA, the time is that of queueing.

mod recorder;

use serde::Serialize;

use recorder::{Recorder, Span};

static RECORDER: Recorder = Recorder::new();

/// What the policy is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    /// Weights are put in the order in which the CPU's engine reads them, or rounded to the precision of products.
    Pack,
    /// Prompts become keys and values.
    Prefill,
    /// One more token per row.
    Decode,
    /// Tokens are drawn from logits.
    Sampling,
    /// Given sequences are scored.
    Score,
    /// A training step's way to the final hidden states.
    Forward,
    /// A training step's head, objective and their gradient.
    Loss,
    /// A training step's way back through the trunk.
    Backward,
    /// Norm of the gradient and update of the weights.
    Optimizer,
}

/// What a section spends its time on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Rows of the embedding or of hidden states, gathered or added to.
    Gather,
    /// RMSNorm.
    Norm,
    /// Matrix products of the trunk, biases included.
    Linear,
    /// Attention with its rotation and its cache.
    Attention,
    /// SwiGLU.
    Activation,
    /// Matrix products with the output head.
    Head,
    /// Softmax of the head, log-probabilities and their gradient.
    Softmax,
    /// The objective of a training step.
    Objective,
    /// Global norm of a gradient.
    Clip,
    /// AdamW.
    Update,
}

const SECTIONS: [(Section, &str); 9] = [
    (Section::Pack, "pack"),
    (Section::Prefill, "prefill"),
    (Section::Decode, "decode"),
    (Section::Sampling, "sampling"),
    (Section::Score, "score"),
    (Section::Forward, "forward"),
    (Section::Loss, "loss"),
    (Section::Backward, "backward"),
    (Section::Optimizer, "optimizer"),
];

const PHASES: [(Phase, &str); 10] = [
    (Phase::Gather, "gather"),
    (Phase::Norm, "norm"),
    (Phase::Linear, "linear"),
    (Phase::Attention, "attention"),
    (Phase::Activation, "activation"),
    (Phase::Head, "head"),
    (Phase::Softmax, "softmax"),
    (Phase::Objective, "objective"),
    (Phase::Clip, "clip"),
    (Phase::Update, "update"),
];

/// Time booked on one section and phase.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ProfileRow {
    /// What the policy was doing: `pack`, `prefill`, `decode`, `sampling`, `score`, `forward`, `loss`, `backward`,
    /// `optimizer`.
    pub section: &'static str,
    /// What it spent the time on: `attention`, `linear`, `head`, …; `rest` for what no span within the section covers.
    pub phase: &'static str,
    /// Spans.
    pub calls: u64,
    /// Seconds, without those of spans within.
    pub seconds: f64,
}

/// Where the time since [`start`] went.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Profile {
    /// Seconds since the start.
    pub seconds: f64,
    /// Sections in the order of a step, their phases within; those that took no time are left out. Spans of parallel
    /// threads count each for itself, so the rows may add up to more than has passed.
    pub rows: Vec<ProfileRow>,
}

/// Begins to record, from nothing.
pub fn start() {
    RECORDER.start();
}

/// Stops recording; nothing if nothing was recorded.
pub fn stop() -> Option<Profile> {
    RECORDER.stop()
}

/// Books the time until the guard is dropped on `section`; spans within it belong to it.
pub(crate) fn section(section: Section) -> Span<'static> {
    RECORDER.section(section)
}

/// Books the time until the guard is dropped on `phase` of the section around it.
pub(crate) fn span(phase: Phase) -> Span<'static> {
    RECORDER.span(phase)
}
