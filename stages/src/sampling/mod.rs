//! Sampling and embedding as stages do it: how texts become prompts, who draws, and in which parts.

pub(crate) mod ask;
pub(crate) mod embed;
pub(crate) mod lengths;
pub mod source;
pub(crate) mod work;
