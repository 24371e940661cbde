//! What is taken home from a run: a policy as a model folder of its own, its tables as a data set.

pub mod dataset;
mod policy;

pub use policy::Trained;
