//! Where the sequences of a packed batch lie.

use std::ops::Range;

/// Rows that lie one after another, without padding, some of them continuing earlier ones.
#[derive(Debug)]
pub(crate) struct Spans {
    ranges: Vec<Range<usize>>,
    /// The span that each span continues, if it does not start a sequence.
    prefixes: Vec<Option<usize>>,
}

impl Spans {
    /// Spans of these lengths: one with the index of an earlier span continues it, that is, its positions go on after
    /// that span's and it sees all of that span's rows. A continued span starts at position 0 itself.
    pub fn new(spans: impl Iterator<Item = (usize, Option<usize>)>) -> Self {
        let (lengths, prefixes): (Vec<usize>, Vec<Option<usize>>) = spans.unzip();
        let mut end = 0;
        let ranges = lengths.into_iter().map(|length| {
            end += length;
            end - length..end
        });
        Self {
            ranges: ranges.collect(),
            prefixes,
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ranges.len()
    }

    /// Total number of rows.
    pub fn rows(&self) -> usize {
        self.ranges.last().map_or(0, |range| range.end)
    }

    /// The rows of each span.
    pub fn iter(&self) -> impl Iterator<Item = &Range<usize>> {
        self.ranges.iter()
    }

    /// The rows of span `index`.
    pub fn own(&self, index: usize) -> Range<usize> {
        self.ranges[index].clone()
    }

    /// The span that span `index` continues.
    pub fn continued(&self, index: usize) -> Option<usize> {
        self.prefixes[index]
    }

    /// The rows of the span that span `index` continues: none if it starts a sequence.
    pub fn prefix(&self, index: usize) -> Range<usize> {
        self.continued(index).map_or(0..0, |prefix| self.own(prefix))
    }
}
