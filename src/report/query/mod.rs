//! Which rows of a table are shown, and in which order: `--where`, `--sort`, `--limit`.

mod condition;
mod rows;
mod value;

pub use condition::Condition;
pub use rows::Rows;

use anyhow::Result;

use super::frame::Frame;
use value::{meant, no_column};

/// A choice of rows.
#[derive(Debug, Clone, Default)]
pub struct Query {
    /// What a row must meet.
    pub conditions: Vec<Condition>,
    /// Columns by which rows are sorted; none keeps their order.
    pub sort: Vec<String>,
    /// Whether the largest come first. Rows without a value stay last.
    pub reverse: bool,
    /// Most rows that are shown; none shows all.
    pub limit: Option<usize>,
}

/// The rows that a query chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen<R> {
    /// The rows.
    pub rows: R,
    /// How many met the conditions.
    pub of: usize,
}

impl Query {
    /// The numbers of the chosen rows of `frame`, in order.
    ///
    /// # Errors
    /// A column that the frame does not have, or values that cannot be compared.
    pub fn choose(&self, frame: &Frame) -> Result<Chosen<Vec<u32>>> {
        let mut kept = vec![true; frame.height()];
        for condition in &self.conditions {
            for (kept, holds) in kept.iter_mut().zip(condition.holds(frame)?) {
                *kept &= holds;
            }
        }
        let sort = self.sort.iter().map(|name| meant("--sort", name, frame));
        let sort: Vec<String> = sort.collect::<Result<_, _>>()?;
        if let Some(name) = sort.iter().find(|name| !frame.has(&[name])) {
            return Err(no_column("--sort", name, frame).into());
        }
        let mut rows = frame.order(&sort, self.reverse)?;
        rows.retain(|&row| kept[row as usize]);
        let of = rows.len();
        rows.truncate(self.limit.unwrap_or(of));
        Ok(Chosen { rows, of })
    }
}

#[cfg(test)]
mod tests;
