//! The sections and phases that time is booked on.

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

/// All sections with their names, in the order of a step.
pub(super) const SECTIONS: [(Section, &str); 9] = [
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

/// All phases with their names.
pub(super) const PHASES: [(Phase, &str); 10] = [
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
