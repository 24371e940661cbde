//! The results of a run, read from its tables with Polars and shown as tables or JSON.
//!
//! Knows the columns that it shows (`tables.rs` lists them) but not how they are computed. `frame` and `query` alone
//! know Polars.

mod across;
pub mod alignment;
pub mod answers;
pub mod compare;
mod counts;
mod csv;
pub mod diff;
pub mod drift;
pub mod eval;
pub mod explain;
pub mod findings;
mod flat;
mod frame;
pub mod funnel;
pub mod iterations;
pub mod memory;
pub mod metrics;
pub mod outline;
pub mod page;
pub mod plan;
mod profile;
pub mod query;
pub mod r_mean;
pub mod reasons;
mod resources;
pub mod rollouts;
pub mod settings;
mod sheet;
mod show;
mod spark;
pub mod steps;
mod stored;
mod tables;
pub mod texts;
pub mod timing;
pub mod trace;
pub mod train;
pub mod warnings;

pub use frame::{Columns, Frame, Quartiles};
pub use profile::profile_table;
pub use show::{Form, ReportRow, Tabulated, bytes, shown, table};
pub use stored::{StoredNode, StoredRun};
pub use tables::Extract;

pub(crate) use show::percent;
