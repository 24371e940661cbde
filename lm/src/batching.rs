//! How much a policy in this process decodes together.

/// Bounds of what is sampled at the same time. On a CPU they change no response; a GPU rounds batches of other sizes
/// differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Batching {
    /// Rows that decode together at most; 0 means 1.
    pub rows: usize,
    /// Bytes of their keys and values, and of their prompts', at most, without what a GPU pads them with; none: a bound
    /// by the shape of the model and the kind of device alone. A row that needs more decodes alone.
    pub cache: Option<u64>,
}

impl Batching {
    /// The same on every machine. More rows do not make a CPU's products faster.
    pub const DEFAULT: Self = Self { rows: 512, cache: None };
}

impl Default for Batching {
    fn default() -> Self {
        Self::DEFAULT
    }
}
