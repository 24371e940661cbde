//! Memory of the engine: aligned to cache lines, and written by parallel tasks in pieces that do not overlap.

use std::marker::PhantomData;
use std::ops::{Deref, DerefMut, Range};

/// Floats of a cache line.
const LINE: usize = 16;

#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
struct Line([f32; LINE]);

/// Floats that start at a cache line, so that no vector load crosses one.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    lines: Vec<Line>,
    length: usize,
}

impl Buffer {
    /// `length` zeros.
    pub fn zeros(length: usize) -> Self {
        Self {
            lines: vec![Line([0.0; LINE]); length.div_ceil(LINE)],
            length,
        }
    }

    /// Makes it `length` long, allocating only if it was never that long; the content is unspecified.
    pub fn set_len(&mut self, length: usize) {
        let lines = length.div_ceil(LINE);
        if lines > self.lines.len() {
            self.lines.resize(lines, Line([0.0; LINE]));
        }
        self.length = length;
    }
}

impl Deref for Buffer {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        // SAFETY: a `Line` is 16 floats without padding, and `length` is at most 16 times the number of lines: both
        // constructors make that many.
        unsafe { std::slice::from_raw_parts(self.lines.as_ptr().cast(), self.length) }
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        // SAFETY: as in `deref`; the borrow is unique.
        unsafe { std::slice::from_raw_parts_mut(self.lines.as_mut_ptr().cast(), self.length) }
    }
}

/// A slice that parallel tasks write disjoint, interleaved parts of.
#[derive(Clone, Copy)]
pub(super) struct Shared<'a> {
    data: *mut f32,
    length: usize,
    borrow: PhantomData<&'a mut [f32]>,
}

// SAFETY: access is only through `part`, whose caller promises that no two threads hold overlapping parts.
unsafe impl Send for Shared<'_> {}
// SAFETY: as above.
unsafe impl Sync for Shared<'_> {}

impl<'a> Shared<'a> {
    pub fn new(slice: &'a mut [f32]) -> Self {
        Self {
            data: slice.as_mut_ptr(),
            length: slice.len(),
            borrow: PhantomData,
        }
    }

    /// A part of the slice.
    ///
    /// # Panics
    /// If the part reaches beyond the slice: a bug of the caller.
    ///
    /// # Safety
    /// No other part that is alive overlaps this one.
    pub unsafe fn part(&self, range: Range<usize>) -> &'a mut [f32] {
        assert!(
            range.start <= range.end && range.end <= self.length,
            "part outside its slice"
        );
        // SAFETY: the range was just checked to be inside the slice, which is borrowed mutably for 'a; the caller
        // promises that nothing else refers to these elements.
        unsafe { std::slice::from_raw_parts_mut(self.data.add(range.start), range.len()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_are_aligned_and_keep_their_length() {
        for length in [0, 1, 16, 17, 100] {
            let mut buffer = Buffer::zeros(length);
            assert_eq!(buffer.len(), length);
            assert_eq!(buffer.as_ptr().align_offset(64), 0);
            buffer.set_len(length + 20);
            assert_eq!(buffer.len(), length + 20);
            buffer.fill(1.0);
            assert_eq!(buffer.iter().sum::<f32>(), (length + 20) as f32);
        }
    }

    #[test]
    #[should_panic(expected = "outside")]
    fn a_part_outside_is_refused() {
        let mut values = [0.0; 4];
        // SAFETY: the only part.
        unsafe { Shared::new(&mut values).part(2..5) };
    }
}
