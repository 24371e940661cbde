//! What a run made, read back from its Parquet tables with Polars and shown as tables or JSON.
//!
//! Knows the columns that it shows and nothing of how they came to be.

pub mod alignment;
pub mod answers;
pub mod diff;
pub mod drift;
pub mod eval;
pub mod explain;
mod frame;
pub mod iterations;
pub mod plan;
mod profile;
pub mod r_mean;
pub mod reasons;
mod run;
mod show;
mod utc;

pub use eval::EvalRow;
pub use frame::{Frame, Quartiles};
pub use profile::profile_table;
pub use run::{Node, Run};
pub use show::{Row, bytes, shown};

pub(crate) use run::{absent, opened};
pub(crate) use show::{align, number, or_dash, percent};
