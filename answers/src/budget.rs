//! The bounds on what is worked on, and the outcome of an answer beyond them.
//!
//! Knows nothing about what an answer means.

use std::error::Error;
use std::fmt;

/// Longest answer that is brought into canonical form, in bytes.
pub const MAX_ANSWER_BYTES: usize = 4096;

/// Most decimal digits of one written number.
pub const MAX_DIGITS: usize = 1000;

/// An answer that is too large to compare. It is counted as given, and is equal to no other answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OverBudget {
    /// The answer is longer than [`MAX_ANSWER_BYTES`].
    Length {
        /// Length of the answer in bytes.
        bytes: usize,
    },
    /// A number has more than [`MAX_DIGITS`] digits.
    Digits {
        /// Digits of that number.
        digits: usize,
    },
}

impl OverBudget {
    /// Whether the fault lies in what the user supplied. Never: models write answers, and a model may ramble.
    pub fn is_user_error(&self) -> bool {
        false
    }
}

impl fmt::Display for OverBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { bytes } => {
                write!(
                    f,
                    "the answer has {bytes} bytes, more than {MAX_ANSWER_BYTES}"
                )
            }
            Self::Digits { digits } => {
                write!(
                    f,
                    "a number of the answer has {digits} digits, more than {MAX_DIGITS}"
                )
            }
        }
    }
}

impl Error for OverBudget {}

/// Refuses an answer of more than [`MAX_ANSWER_BYTES`].
pub(crate) fn check_length(answer: &str) -> Result<(), OverBudget> {
    let bytes = answer.len();
    if bytes > MAX_ANSWER_BYTES {
        return Err(OverBudget::Length { bytes });
    }
    Ok(())
}

/// Refuses a number of more than [`MAX_DIGITS`].
pub(crate) fn check_digits(digits: usize) -> Result<(), OverBudget> {
    if digits > MAX_DIGITS {
        return Err(OverBudget::Digits { digits });
    }
    Ok(())
}
