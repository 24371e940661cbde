//! Products of activations with a model's weights.

use super::norm;
use crate::model::{Block, Projection};
use crate::ops::gate::Gate;
use crate::ops::host::tiles::{self, Chunk, Isa, Number, Operand, Output, Panels};

/// The left operand of products, in the format of the weights: numbers `N`, or int8.
pub(super) struct Linear<N> {
    isa: Isa,
    /// Whether weights are in int8.
    int8: bool,
    numbers: Operand<N>,
    /// The MLP's hidden activations.
    hidden: Operand<N>,
    quantised: Operand<Chunk>,
    left: Source,
}

/// Where the left operand of the next product is.
#[derive(Debug, Clone, Copy)]
enum Source {
    Numbers,
    Hidden,
    Quantised,
}

impl<N: Number> Linear<N> {
    pub fn new(isa: Isa, int8: bool) -> Self {
        Self {
            isa,
            int8,
            numbers: Operand::default(),
            hidden: Operand::default(),
            quantised: Operand::default(),
            left: Source::Numbers,
        }
    }

    /// Takes the norm of the residual stream `x` `[rows, width]`, or itself where there is none.
    pub fn take_norm(&mut self, x: &[f32], norm: Option<&Panels>, width: usize, epsilon: f32) {
        if self.int8 {
            norm::input(self.isa, x, norm, width, epsilon, &mut self.quantised);
            self.left = Source::Quantised;
        } else {
            norm::input(self.isa, x, norm, width, epsilon, &mut self.numbers);
            self.left = Source::Numbers;
        }
    }

    /// Takes what `write` makes of an operand.
    pub fn take(&mut self, write: impl FnOnce(&mut Operand<N>)) {
        write(&mut self.numbers);
        self.use_exact(Source::Numbers);
    }

    /// Takes the hidden activations of an MLP.
    pub fn take_hidden(&mut self, block: &Block<Panels>, gate: Gate) {
        let mut hidden = std::mem::take(&mut self.hidden);
        self.project(block, Projection::GateUp, Output::Gated(&mut hidden, gate));
        self.hidden = hidden;
        self.use_exact(Source::Hidden);
    }

    /// Makes an operand of numbers the left one, in the format of the weights.
    fn use_exact(&mut self, source: Source) {
        self.left = source;
        if self.int8 {
            let exact = match source {
                Source::Hidden => &self.hidden,
                _ => &self.numbers,
            };
            self.quantised.quantise(self.isa, exact);
            self.left = Source::Quantised;
        }
    }

    /// The product with a matrix of a block, and its bias.
    pub fn project(&self, block: &Block<Panels>, projection: Projection, out: Output<N>) {
        let (weight, bias) = (block.weight(projection), block.bias(projection));
        match self.left {
            Source::Numbers => tiles::multiply(self.isa, &self.numbers, weight, bias, out),
            Source::Hidden => tiles::multiply(self.isa, &self.hidden, weight, bias, out),
            Source::Quantised => tiles::multiply(self.isa, &self.quantised, weight, bias, out),
        }
    }
}
