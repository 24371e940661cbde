//! Final answers: reading them from responses, and counting them.
//!
//! Voting and evaluation share these modules, so an answer is the same to both.

pub(crate) mod gold;
pub mod majority;
pub(crate) mod reading;
pub(crate) mod readings;
