//! Counts and means that several reports show.

use std::collections::BTreeMap;

use anyhow::Result;

use super::stored::StoredRun;
use super::tables::Extract;

/// How often each value of a column of texts occurs in the tables of an iteration.
///
/// # Errors
/// A table that cannot be read.
pub(super) fn counts(
    run: &StoredRun,
    iteration: u32,
    extract: &Extract,
    column: &str,
) -> Result<BTreeMap<String, usize>> {
    let frame = run.frame_of(iteration, extract)?;
    let counts = frame.map(|frame| frame.counts(column)).transpose()?;
    Ok(counts.unwrap_or_default().into_iter().collect())
}

/// The mean; none of nothing.
pub(super) fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0_u32);
    for value in values {
        sum += value;
        count += 1;
    }
    (count > 0).then(|| sum / f64::from(count))
}
