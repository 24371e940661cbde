//! Parquet tables as Polars frames: the only way in which reports read.
//!
//! Stages read the same files row by row, typed and whole, with `serl_artifacts::table`; a report wants a few columns
//! and figures made of them. Polars is used eagerly: its lazy engine needs an HTTP client.

mod cells;
mod choice;
mod figures;
mod reader;
mod rows;

pub use figures::Quartiles;
pub use reader::{Columns, Frame};
