//! Final answers, read from responses and compared with gold answers.
//!
//! Voting and evaluation share these modules, so an answer is the same to both.

pub(crate) mod gold;
pub(crate) mod reading;
pub(crate) mod readings;
