//! What rendering a prompt may cost.

use std::cell::Cell;

use crate::error::{Error, Result};

/// Steps: parts of expressions, statements and items that are visited. Templates of public models take a few
/// thousand for a conversation.
const STEPS: u64 = 5_000_000;

/// Bytes of text that are read or written on the way, 64 MiB: many times a prompt that fills any model's context.
const BYTES: u64 = 64 << 20;

/// What is left of the allowance of one rendering.
#[derive(Debug)]
pub(crate) struct Budget {
    steps: Cell<u64>,
    bytes: Cell<u64>,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            steps: Cell::new(STEPS),
            bytes: Cell::new(BYTES),
        }
    }
}

impl Budget {
    /// Pays for so many steps.
    pub fn steps(&self, steps: usize) -> Result<()> {
        match self.steps.get().checked_sub(steps as u64) {
            Some(left) => {
                self.steps.set(left);
                Ok(())
            }
            None => Err(Error::new(format!("it takes more than {STEPS} steps"))),
        }
    }

    /// Pays for so many bytes of text, before they are made.
    pub fn bytes(&self, bytes: usize) -> Result<()> {
        match self.bytes.get().checked_sub(bytes as u64) {
            Some(left) => {
                self.bytes.set(left);
                Ok(())
            }
            None => Err(Error::new(format!("it handles more than {} MiB of text", BYTES >> 20))),
        }
    }
}
