//! What is computed at once: groups cut into micro-batches of bounded size.
//!
//! A prompt is there once for all of its responses in a micro-batch. A unit, the responses that an objective sees
//! together, is never cut.

mod cost;
mod unit;

use std::cmp::Reverse;

use cost::{Cost, Shape};
pub(crate) use unit::{Member, Share, Unit};

use crate::LmError;
use crate::device::Path;
use crate::group::Group;

/// Shares that are computed at once.
pub(crate) type MicroBatch<'a> = Vec<Share<'a>>;

/// Cuts `groups` into micro-batches within `budget`, groups with the longest sequences first, ties in the order given,
/// so that the cut depends on nothing else. `unit(i)` names the unit of response `i`, numbered through the groups;
/// units without any token are left out. A unit that exceeds the budget alone is a micro-batch.
///
/// A micro-batch has at most `budget` rows, that is, tokens computed: a prompt counts once for all of its responses in
/// the micro-batch. Where attention pads, its padded form is bounded, too: see [`Cost`].
///
/// # Errors
/// A unit with responses of several groups.
pub(crate) fn micro_batches<'a>(
    groups: &[Group<'a>],
    unit: &dyn Fn(usize) -> usize,
    budget: usize,
    path: Path,
) -> Result<Vec<MicroBatch<'a>>, LmError> {
    let mut shares = unit::shares(groups, unit)?;
    shares.sort_by_key(|share| Reverse(share.longest()));
    let mut filled: Vec<Filling> = Vec::new();
    for Share { prompt, units } in shares {
        for (index, unit) in units.into_iter().enumerate() {
            // From its second unit on, a group's first share is the last of the last micro-batch: it may still grow.
            let grows = index > 0;
            let size = |filling: &Filling| filling.size.with(prompt, &unit, grows);
            let size = filled.last().map(size).filter(|size| size.within(budget, path));
            match (filled.last_mut(), size) {
                (Some(filling), Some(size)) => filling.add(size, prompt, unit, grows),
                // None fits, or there is none yet: the group goes on in a new one, where its prompt is computed again.
                _ => filled.push(Filling::new(prompt, unit)),
            }
        }
    }
    Ok(filled.into_iter().map(|filling| filling.shares).collect())
}

/// A micro-batch that units may still join.
struct Filling<'a> {
    shares: MicroBatch<'a>,
    size: Size,
}

impl<'a> Filling<'a> {
    fn new(prompt: &'a [u32], unit: Unit<'a>) -> Self {
        Self {
            size: Size {
                before: Cost::default(),
                last: unit.shape(Shape::new(prompt.len())),
            },
            shares: vec![Share {
                prompt,
                units: vec![unit],
            }],
        }
    }

    /// Adds a unit, to the last share if that `grows`; `size` is the size with it.
    fn add(&mut self, size: Size, prompt: &'a [u32], unit: Unit<'a>, grows: bool) {
        self.size = size;
        match self.shares.last_mut() {
            Some(share) if grows => share.units.push(unit),
            _ => self.shares.push(Share {
                prompt,
                units: vec![unit],
            }),
        }
    }
}

/// The size of a micro-batch: its last share, which may grow, apart from the others.
#[derive(Debug, Clone, Copy)]
struct Size {
    before: Cost,
    last: Shape,
}

impl Size {
    /// With one more unit, in the last share if that `grows`, else in a new one.
    fn with(self, prompt: &[u32], unit: &Unit, grows: bool) -> Self {
        let (before, last) = if grows {
            (self.before, self.last)
        } else {
            (self.before.with(self.last), Shape::new(prompt.len()))
        };
        Self {
            before,
            last: unit.shape(last),
        }
    }

    fn within(self, budget: usize, path: Path) -> bool {
        self.before.with(self.last).within(budget, path)
    }
}

#[cfg(test)]
mod tests;
