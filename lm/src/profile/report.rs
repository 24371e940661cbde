//! Where time went.

use serde::Serialize;

/// Time booked on one section and phase.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ProfileRow {
    /// What the policy was doing: `pack`, `prefill`, `decode`, `sampling`, `score`, `forward`, `loss`, `backward`,
    /// `optimizer`.
    pub section: &'static str,
    /// What it spent the time on: `attention`, `linear`, `head`, …; `rest` for what no span within the section covers.
    pub phase: &'static str,
    /// Spans.
    pub calls: u64,
    /// Seconds, without those of spans within.
    pub seconds: f64,
}

/// Where the time since [`start`](super::start) went.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Profile {
    /// Seconds since the start.
    pub seconds: f64,
    /// Sections in the order of a step, their phases within; those that took no time are left out. Spans of parallel
    /// threads count each for itself, so the rows may add up to more than has passed.
    pub rows: Vec<ProfileRow>,
}
