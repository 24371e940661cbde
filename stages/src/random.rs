//! Places of the computation and their streams of draws.

pub(crate) use serl_random::{Place, Stream};
