//! How products are cut: into tasks, and their inputs into parts.

use std::ops::Range;

use crate::ops::host::tiles::kernel::{Element, Isa, WIDE};

/// Rows whose products with a panel are one task: few enough that they wait in the cache for the next panel.
pub(super) const BLOCK_ROWS: usize = 128;

/// Fewer rows count as this many where work is cut: they take as long, because it is reading the panel that takes time.
const FEW_ROWS: usize = 32;

/// Groups of panels are a multiple of this many where there are several: that many threads, or half of them, have the
/// same to do.
const EVEN: usize = 4;

/// Bytes of an operand that stays in a cache while the other one passes.
const CACHED: usize = 1 << 20;

/// How a product is cut into tasks.
pub(super) struct Cut {
    /// Rows of a block.
    pub rows: usize,
    pub blocks: usize,
    /// All of them.
    panels: usize,
    /// Groups of panels.
    pub groups: usize,
}

impl Cut {
    pub fn new<E: Element>(isa: Isa, rows: usize, inputs: usize, panels: usize) -> Self {
        let tile = isa.rows::<E>();
        let blocks = rows.div_ceil(BLOCK_ROWS / tile * tile).max(1);
        let block = rows.div_ceil(blocks).next_multiple_of(tile).max(1);
        let products = (block.min(rows).max(FEW_ROWS) * inputs * WIDE).max(1);
        let groups = panels.div_ceil(E::task_products(isa).div_ceil(products));
        Self {
            rows: block,
            blocks: rows.div_ceil(block),
            panels,
            groups: even(groups).min(panels),
        }
    }

    /// The panels of a group: of each nearly as many.
    pub fn group(&self, group: usize) -> Range<usize> {
        let border = |i: usize| self.panels * i / self.groups;
        border(group)..border(group + 1)
    }

    /// Whether all panels are multiplied with one block after the other, instead of all blocks with one group of panels
    /// after the other: whatever reads less memory, operands that a cache can hold being free.
    pub fn goes_by_blocks<E: Element>(&self, rows: usize, inputs: usize) -> bool {
        let left = rows * inputs.div_ceil(WIDE) * E::CHUNK * size_of::<E>();
        left > CACHED && self.blocks * self.panels * WIDE < self.groups * rows
    }
}

/// The nearest multiple of [`EVEN`], but for one or two.
fn even(groups: usize) -> usize {
    match groups {
        ..=2 => groups,
        _ => (groups + EVEN / 2) / EVEN * EVEN,
    }
}

/// Cuts inputs into parts of nearly the same length, whole chunks of them, up to `at_most`.
pub(super) fn parts(inputs: Range<usize>, at_most: usize) -> impl Iterator<Item = Range<usize>> {
    let (chunks, count) = (inputs.len().div_ceil(WIDE), inputs.len().div_ceil(at_most));
    let border = move |i: usize| inputs.end.min(inputs.start + chunks * i / count * WIDE);
    (0..count).map(move |i| border(i)..border(i + 1))
}
