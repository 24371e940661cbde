//! Final answers: reading them from responses, and counting which are given how often.
//!
//! Voting and evaluation share these rooms, so that an answer is the same answer to both.

pub mod majority;
pub(crate) mod reading;
pub(crate) mod readings;
