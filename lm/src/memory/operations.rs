//! How many multiplications and additions computing takes.

use crate::Shape;
use crate::ops::attention::Heads;

/// Multiplications and additions of a forward pass; a backward pass through all weights takes twice as many.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Operations {
    /// Of the blocks' matrices, for a token.
    pub blocks: f64,
    /// Of the head, for a token whose logits are needed.
    pub head: f64,
    /// Of attention, for a token and a position that it sees.
    pub attention: f64,
}

impl Shape {
    /// The operations of a forward pass: two for each value of a matrix, and two for each of the two products of
    /// attention.
    pub fn operations(&self) -> Operations {
        let (config, parameters) = (&self.0, self.parameters());
        Operations {
            blocks: 2.0 * parameters.blocks as f64,
            head: 2.0 * parameters.head as f64,
            attention: 4.0 * (Heads::of(config).keys() * config.layers) as f64,
        }
    }

    /// Bytes of the keys and values of one position, `bytes` to a value.
    pub fn cached_position(&self, bytes: u64) -> u64 {
        let config = &self.0;
        2 * (config.kv_width() * config.layers) as u64 * bytes
    }
}
