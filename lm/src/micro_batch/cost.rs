//! The cost of a micro-batch, and whether it is within the budget.
//!
//! Rows are what linear layers and the rest of a block compute, once for a shared prompt. Where attention pads, its
//! scores are one cell for each query head, query and key of the padded form, and every response has its prompt's keys
//! again.

use crate::device::Path;

/// Rows of a share: of its prompt and its responses.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    prompt: usize,
    members: usize,
    /// Of all responses.
    responses: usize,
    /// Of the longest response.
    longest: usize,
}

impl Shape {
    pub fn new(prompt: usize) -> Self {
        Self {
            prompt,
            members: 0,
            responses: 0,
            longest: 0,
        }
    }

    pub fn with(self, response: usize) -> Self {
        Self {
            members: self.members + 1,
            responses: self.responses + response,
            longest: self.longest.max(response),
            ..self
        }
    }
}

/// The cost of a micro-batch.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Cost {
    rows: usize,
    /// Prompts, and sequences that share none.
    starting: Padding,
    /// Responses that continue a shared prompt.
    continuing: Padding,
}

impl Cost {
    pub fn with(self, share: Shape) -> Self {
        let Shape { prompt, longest, .. } = share;
        let whole = prompt + longest;
        let (starting, continuing) = if share.members == 1 {
            (self.starting.with(1, whole, whole), self.continuing)
        } else {
            (
                self.starting.with(1, prompt, prompt),
                self.continuing.with(share.members, longest, whole),
            )
        };
        Self {
            rows: self.rows + prompt + share.responses,
            starting,
            continuing,
        }
    }

    /// At most `budget` rows and, where attention pads, at most the cells of `budget` rows that all see as many keys as
    /// the longest sequence has. Thus a layer's scores take at most `4 heads budget (longest + 16)` bytes, its padded
    /// keys and values at most `2 dim / group / 16` times that. Where no prompt is shared, this means that the padded
    /// rows do not exceed `budget`.
    pub fn within(self, budget: usize, path: Path) -> bool {
        let longest = self.starting.whole.max(self.continuing.whole);
        let cells = self.starting.cells() + self.continuing.cells();
        let bounded = path == Path::Host || cells <= budget * (longest + KEY);
        self.rows <= budget && bounded
    }
}

/// Cells that a padded key and its value count as. Their memory is `2 dim / group` cells, 32 to 128 in most models;
/// counting all of it would keep short responses from sharing their prompt; counting none would leave it unbounded.
const KEY: usize = 16;

/// Spans that attention pads to each other.
#[derive(Debug, Clone, Copy, Default)]
struct Padding {
    spans: usize,
    /// Queries of the longest span.
    own: usize,
    /// Keys of the longest span.
    whole: usize,
}

impl Padding {
    fn with(self, spans: usize, own: usize, whole: usize) -> Self {
        Self {
            spans: self.spans + spans,
            own: self.own.max(own),
            whole: self.whole.max(whole),
        }
    }

    /// Pairs of a padded query and a padded key, and what the keys themselves take.
    fn cells(self) -> usize {
        self.spans * self.whole * (self.own + KEY)
    }
}
