//! The facts of a layer's attention.

use crate::config::Config;

/// Numbers of heads and their width.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Heads {
    pub queries: usize,
    pub kv: usize,
    pub dim: usize,
}

impl Heads {
    /// Those of a model.
    pub fn of(config: &Config) -> Self {
        Self {
            queries: config.heads,
            kv: config.kv_heads,
            dim: config.head_dim,
        }
    }

    /// Query heads that share one key-value head.
    pub fn group(&self) -> usize {
        self.queries / self.kv
    }

    /// Width of a fused row: queries, keys, values.
    pub fn width(&self) -> usize {
        (self.queries + 2 * self.kv) * self.dim
    }

    /// Column of the first key.
    pub fn keys(&self) -> usize {
        self.queries * self.dim
    }

    /// Column of the first value.
    pub fn values(&self) -> usize {
        (self.queries + self.kv) * self.dim
    }
}

/// The settings of attention.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Spec {
    pub heads: Heads,
    /// Factor of the scores, such as `1 / sqrt(dim)`.
    pub scale: f32,
    /// Which of the model's tables rotates queries and keys.
    pub rope: usize,
    /// How many positions a query sees, its own included; none: all before it.
    pub window: Option<usize>,
}

impl Spec {
    /// The first position that the query at `position` sees.
    #[inline(always)]
    pub fn first_seen(&self, position: usize) -> usize {
        self.window.map_or(0, |window| (position + 1).saturating_sub(window))
    }
}
