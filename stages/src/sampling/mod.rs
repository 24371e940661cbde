//! Sampling as stages do it: how texts become prompts, who draws, and in which parts.

pub(crate) mod ask;
pub mod source;
pub(crate) mod work;
