//! The differences between two runs, iterations or nodes: settings, tables, files.

mod compare;
mod difference;
mod effects;
mod rows;
mod settings;
mod statistics;
mod table;
mod text;
mod tree;

pub use compare::compare;
pub use difference::Difference;
pub use effects::{Effect, effects};
pub use rows::{CellChange, RowChange, RowChanges};
pub use settings::Setting;
pub use statistics::Statistic;
pub use table::{ColumnChange, TableDifference};
pub use text::{Detail, text};
pub use tree::{FileChange, TreeDifference};
