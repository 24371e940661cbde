//! Everything known of one node: what it was made of, what it made, why it ran.

mod explanation;
mod made;
mod outputs;
mod subject;

pub use explanation::shown;
pub use subject::Subject;
