//! Bounds on the work spent on an answer, and the error for an answer beyond them.
//!
//! Knows nothing about the meaning of an answer. Work is counted in steps, never in time, so the same answer has the
//! same outcome on every machine.

use std::error::Error;
use std::fmt;

/// Length of the longest answer that is brought into canonical form, in bytes.
pub const MAX_ANSWER_BYTES: usize = 4096;

/// Most decimal digits of a number, written or computed.
pub const MAX_DIGITS: usize = 10_000;

/// Deepest nesting of brackets, arguments and signs.
pub const MAX_DEPTH: usize = 64;

/// Most steps of evaluation. A step is the product of two numbers of usual size, about 50 ns; a sine is some hundreds.
pub const MAX_STEPS: u64 = 100_000;

/// An answer is too large to compare. It counts as an answer, and equals no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OverBudget {
    /// The answer is longer than [`MAX_ANSWER_BYTES`].
    Length {
        /// Length of the answer in bytes.
        bytes: usize,
    },
    /// A number has more than [`MAX_DIGITS`] digits.
    Digits {
        /// Digits of that number, as far as they were counted.
        digits: usize,
    },
    /// Brackets, arguments or signs are nested deeper than [`MAX_DEPTH`].
    Depth,
    /// Evaluation would take more than [`MAX_STEPS`].
    Steps,
    /// The precision of the evaluation cannot distinguish the value from others.
    Precision,
}

impl OverBudget {
    /// Whether the user's input is at fault. It never is: models write answers, and a model may ramble.
    pub fn is_user_error(&self) -> bool {
        false
    }
}

impl fmt::Display for OverBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { bytes } => {
                write!(f, "the answer has {bytes} bytes, more than {MAX_ANSWER_BYTES}")
            }
            Self::Digits { digits } => {
                write!(f, "a number of the answer has {digits} digits, more than {MAX_DIGITS}")
            }
            Self::Depth => write!(f, "the answer is nested deeper than {MAX_DEPTH} levels"),
            Self::Steps => write!(f, "the answer takes more than {MAX_STEPS} steps to evaluate"),
            Self::Precision => write!(f, "the answer needs more digits than are computed"),
        }
    }
}

impl Error for OverBudget {}

/// Refuses an answer longer than [`MAX_ANSWER_BYTES`].
pub(crate) fn check_length(answer: &str) -> Result<(), OverBudget> {
    let bytes = answer.len();
    if bytes > MAX_ANSWER_BYTES {
        return Err(OverBudget::Length { bytes });
    }
    Ok(())
}

/// Refuses a number of more than [`MAX_DIGITS`] digits.
pub(crate) fn check_digits(digits: usize) -> Result<(), OverBudget> {
    if digits > MAX_DIGITS {
        return Err(OverBudget::Digits { digits });
    }
    Ok(())
}

/// Counts the steps of one answer.
#[derive(Debug)]
pub(crate) struct Steps {
    left: u64,
}

impl Steps {
    pub(crate) fn new() -> Self {
        Self { left: MAX_STEPS }
    }

    /// Pays for `steps`.
    pub(crate) fn take(&mut self, steps: u64) -> Result<(), OverBudget> {
        self.left = self.left.checked_sub(steps).ok_or(OverBudget::Steps)?;
        Ok(())
    }
}
