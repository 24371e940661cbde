//! The product that gives the logits.

use super::norm;
use super::packed::Packed;
use crate::ops::host::tiles::{self, Chunk, Element, Format, Isa, Operand, Output, Term};
use crate::profile::{self, Phase};

/// What the head reads, in its format.
#[derive(Default)]
pub(super) struct Head {
    exact: Operand,
    terms: Operand<Term>,
    quantised: Operand<Chunk>,
}

impl Head {
    /// The logits `[rows, vocab]` of residual streams `x` `[rows, hidden]`.
    pub fn logits(&mut self, isa: Isa, packed: &Packed, x: &[f32], epsilon: f32, logits: &mut [f32]) {
        match packed.head.format() {
            Format::Terms => multiply(isa, packed, x, epsilon, &mut self.terms, logits),
            Format::Int8 => multiply(isa, packed, x, epsilon, &mut self.quantised, logits),
            Format::F32 | Format::Bf16 => multiply(isa, packed, x, epsilon, &mut self.exact, logits),
        }
    }
}

fn multiply<E: Element>(
    isa: Isa,
    packed: &Packed,
    x: &[f32],
    epsilon: f32,
    operand: &mut Operand<E>,
    logits: &mut [f32],
) {
    norm::rms_norm(isa, x, packed.norm.vector(), epsilon, operand);
    let _span = profile::span(Phase::Head);
    tiles::multiply::<E, f32>(isa, operand, &packed.head, None, Output::Set(logits));
}
