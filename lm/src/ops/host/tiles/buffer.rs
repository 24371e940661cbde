//! Memory of the engine: aligned to cache lines, and written by parallel tasks in pieces that do not overlap.

use std::marker::PhantomData;
use std::ops::{Deref, DerefMut, Range};
use std::ptr::NonNull;
use std::sync::Arc;

use super::slab::Slab;

/// Elements of a line, which is a multiple of a cache line.
const LINE: usize = 32;

#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
struct Line<N>([N; LINE]);

/// Numbers that start at a cache line, so that no vector load crosses one.
#[derive(Debug)]
pub(crate) struct Buffer<N = f32> {
    lines: Lines<N>,
    length: usize,
}

/// Where a buffer's lines are.
#[derive(Debug)]
enum Lines<N> {
    Own(Vec<Line<N>>),
    /// So many lines of a slab, which are this buffer's alone and which it keeps.
    Part(
        NonNull<Line<N>>,
        usize,
        #[expect(dead_code, reason = "it is held, not used")] Arc<Slab>,
    ),
}

// SAFETY: the lines of a slab are the buffer's as those of a vector are.
unsafe impl<N: Send> Send for Lines<N> {}
// SAFETY: as above.
unsafe impl<N: Sync> Sync for Lines<N> {}

impl<N> Lines<N> {
    fn count(&self) -> usize {
        match self {
            Self::Own(lines) => lines.len(),
            Self::Part(_, count, _) => *count,
        }
    }

    fn start(&self) -> *const Line<N> {
        match self {
            Self::Own(lines) => lines.as_ptr(),
            Self::Part(start, ..) => start.as_ptr(),
        }
    }

    fn start_mut(&mut self) -> *mut Line<N> {
        match self {
            Self::Own(lines) => lines.as_mut_ptr(),
            Self::Part(start, ..) => start.as_ptr(),
        }
    }
}

impl<N> Default for Buffer<N> {
    fn default() -> Self {
        Self {
            lines: Lines::Own(Vec::new()),
            length: 0,
        }
    }
}

impl<N: Copy + Default> Buffer<N> {
    /// `length` zeros.
    pub fn zeros(length: usize) -> Self {
        const { assert!(size_of::<Line<N>>() == LINE * size_of::<N>(), "padding between lines") };
        Self {
            lines: Lines::Own(vec![Line([N::default(); LINE]); length.div_ceil(LINE)]),
            length,
        }
    }

    /// `length` zeros in a slab, from `start` on.
    ///
    /// # Safety
    /// `start` is aligned to a line; [`Buffer::bytes_of`] bytes from there are the slab's, and nothing else uses them.
    pub(super) unsafe fn in_slab(start: NonNull<u8>, length: usize, slab: Arc<Slab>) -> Self {
        const { assert!(size_of::<Line<N>>() == LINE * size_of::<N>(), "padding between lines") };
        let (start, count) = (start.cast::<Line<N>>(), length.div_ceil(LINE));
        for line in 0..count {
            // SAFETY: as the caller promises, the slab has so many lines here.
            unsafe { start.add(line).write(Line([N::default(); LINE])) };
        }
        Self {
            lines: Lines::Part(start, count, slab),
            length,
        }
    }

    /// Bytes that a buffer of `length` takes.
    pub(super) fn bytes_of(length: usize) -> usize {
        length.div_ceil(LINE) * size_of::<Line<N>>()
    }

    /// How long it has been at most.
    pub fn capacity(&self) -> usize {
        self.lines.count() * LINE
    }

    /// Makes it `length` long, allocating only if it was never that long; the content is unspecified.
    pub fn set_len(&mut self, length: usize) {
        const { assert!(size_of::<Line<N>>() == LINE * size_of::<N>(), "padding between lines") };
        let (lines, zeros) = (length.div_ceil(LINE), Line([N::default(); LINE]));
        match &mut self.lines {
            enough if lines <= enough.count() => {}
            Lines::Own(own) => own.resize(lines, zeros),
            part => *part = Lines::Own(vec![zeros; lines]),
        }
        self.length = length;
    }
}

impl<N> Deref for Buffer<N> {
    type Target = [N];

    fn deref(&self) -> &[N] {
        // SAFETY: a `Line` is 32 elements without padding, as those check that make buffers, and `length` is at most 32
        // times the number of lines: they make that many.
        unsafe { std::slice::from_raw_parts(self.lines.start().cast(), self.length) }
    }
}

impl<N> DerefMut for Buffer<N> {
    fn deref_mut(&mut self) -> &mut [N] {
        // SAFETY: as in `deref`; the borrow is unique.
        unsafe { std::slice::from_raw_parts_mut(self.lines.start_mut().cast(), self.length) }
    }
}

/// A slice that parallel tasks write disjoint, interleaved parts of.
pub(crate) struct Shared<'a, N = f32> {
    data: *mut N,
    length: usize,
    borrow: PhantomData<&'a mut [N]>,
}

impl<N> Clone for Shared<'_, N> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<N> Copy for Shared<'_, N> {}

// SAFETY: access is only through `part`, whose caller promises that no two threads hold overlapping parts.
unsafe impl<N: Send> Send for Shared<'_, N> {}
// SAFETY: as above.
unsafe impl<N: Send> Sync for Shared<'_, N> {}

impl<'a, N> Shared<'a, N> {
    pub fn new(slice: &'a mut [N]) -> Self {
        Self {
            data: slice.as_mut_ptr(),
            length: slice.len(),
            borrow: PhantomData,
        }
    }

    /// Where a part of the slice begins.
    ///
    /// # Panics
    /// If the part reaches beyond the slice: a bug of the caller.
    pub fn start_of(&self, range: Range<usize>) -> *mut N {
        assert!(
            range.start <= range.end && range.end <= self.length,
            "part outside its slice"
        );
        // SAFETY: the range was just checked to be inside the slice.
        unsafe { self.data.add(range.start) }
    }

    /// A part of the slice.
    ///
    /// # Panics
    /// If the part reaches beyond the slice: a bug of the caller.
    ///
    /// # Safety
    /// No other part that is alive overlaps this one.
    pub unsafe fn part(&self, range: Range<usize>) -> &'a mut [N] {
        let length = range.len();
        // SAFETY: `start_of` checks that the range is inside the slice, which is borrowed mutably for 'a; the caller
        // promises that nothing else refers to these elements.
        unsafe { std::slice::from_raw_parts_mut(self.start_of(range), length) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_are_aligned_and_keep_their_length() {
        for length in [0, 1, 16, 17, 100] {
            let mut buffer: Buffer = Buffer::zeros(length);
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
