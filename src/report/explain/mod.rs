//! Everything known about one node: inputs, settings, outputs, and why it ran.

mod explanation;
mod made;
mod outputs;
mod subject;

pub use explanation::shown;
pub use subject::Subject;
