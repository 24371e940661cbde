//! The most memory that a node has at once.

use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};
use serl_lm::Footprint;

/// The phase in which a policy samples in this process.
pub const SAMPLING: &str = "sampling";

/// The most memory that a node has at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peak {
    /// What it does then.
    pub phase: &'static str,
    /// What the memory is for.
    pub footprint: Footprint,
}

impl Peak {
    /// The largest of several, the first of equals.
    pub(super) fn largest(peaks: impl IntoIterator<Item = Self>) -> Option<Self> {
        let larger = |a: Self, b: Self| if b.bytes() > a.bytes() { b } else { a };
        peaks.into_iter().reduce(larger)
    }

    /// Bytes in all.
    pub fn bytes(&self) -> u64 {
        self.footprint.total()
    }
}

impl Serialize for Peak {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let parts: Map<String, Value> = self
            .footprint
            .parts()
            .map(|(name, bytes)| (name.to_owned(), bytes.into()))
            .collect();
        json!({"peak_bytes": self.bytes(), "phase": self.phase, "parts": parts}).serialize(serializer)
    }
}
