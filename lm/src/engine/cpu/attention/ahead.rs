//! What is fetched while something else is computed.

use std::ptr::null;

use super::Task;
use crate::ops::host::tiles::Number;

/// How many places ahead: computing with one takes less time than memory takes to answer.
const DISTANCE: usize = 3;

/// Where the blocks of keys, or the panels of values, of rows with slots lie, in the order in which they are read; null
/// for what is not there yet.
pub(super) struct Ahead<N> {
    places: Vec<*const N>,
    next: usize,
}

impl<N> Ahead<N> {
    fn of(places: impl Iterator<Item = Option<*const N>>) -> Self {
        Self {
            places: places.map(|place| place.unwrap_or(null())).collect(),
            next: 0,
        }
    }

    /// The place to fetch while the next one is read: none near the end.
    pub fn advance(&mut self) -> Option<*const N> {
        self.next += 1;
        self.places.get(self.next - 1 + DISTANCE).copied()
    }
}

impl<N: Number> Task<'_, '_, N> {
    /// The keys, which are read row by row, and then the first values.
    pub(super) fn keys_ahead(&self, columns: usize) -> Ahead<N> {
        let keys = self.own().flat_map(|own| {
            let blocks = 0..own.blocks();
            blocks.map(move |block| own.segment.keys_at(block))
        });
        Ahead::of(keys.chain(self.values(columns).take(DISTANCE)))
    }

    /// The values, `columns` panels of each block.
    pub(super) fn values_ahead(&self, columns: usize) -> Ahead<N> {
        Ahead::of(self.values(columns))
    }

    /// Where values lie: row by row, panel by panel.
    fn values(&self, columns: usize) -> impl Iterator<Item = Option<*const N>> {
        let dim = self.input.heads.dim;
        self.own().flat_map(move |own| {
            let blocks = own.blocks();
            let all = 0..columns * blocks;
            all.map(move |i| own.segment.values_at(dim, i % blocks, i / blocks))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_fetched_some_before_they_are_read() {
        let numbers = [0.0f32; 5];
        let at = |i: usize| &raw const numbers[i];
        let mut ahead = Ahead::of([Some(at(0)), Some(at(1)), None, Some(at(3)), Some(at(4))].into_iter());
        let fetched = [(); 5].map(|()| ahead.advance());
        assert_eq!(fetched, [Some(at(3)), Some(at(4)), None, None, None]);
    }
}
