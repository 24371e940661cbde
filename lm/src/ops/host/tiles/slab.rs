//! Large pieces of memory that many buffers share, in large pages.
//!
//! Weights, keys and values are read from end to end in each step. In pages of 4 KiB, a processor that reads a gigabyte a
//! step looks up a quarter of a million addresses on the way, in a virtual machine each of them twice.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::ptr::NonNull;
use std::sync::{Arc, Mutex, PoisonError};

use super::buffer::Buffer;

/// Bytes of a large page.
const PAGE: usize = 2 << 20;

/// Bytes of a slab, unless a buffer is larger. Those that no buffer has are not touched, so they take no memory.
const SLAB: usize = 16 << 20;

/// A piece of memory, in large pages where the system gives them when asked.
#[derive(Debug)]
pub(super) struct Slab {
    start: NonNull<u8>,
    layout: Layout,
}

// SAFETY: it only owns the memory; who uses which part of it is up to the buffers.
unsafe impl Send for Slab {}
// SAFETY: as above.
unsafe impl Sync for Slab {}

impl Slab {
    /// # Panics
    /// If `bytes` is 0 or more than a process can have: a bug of the caller.
    fn new(bytes: usize) -> Self {
        assert!(bytes > 0, "an empty slab");
        let Ok(layout) = Layout::from_size_align(bytes.next_multiple_of(PAGE), PAGE) else {
            panic!("a slab of {bytes} bytes");
        };
        // SAFETY: the layout has a size.
        let Some(start) = NonNull::new(unsafe { alloc(layout) }) else {
            handle_alloc_error(layout);
        };
        // It is a wish: without large pages, reading takes longer.
        #[cfg(target_os = "linux")]
        // SAFETY: these pages are ours alone, and the call does not change what they hold.
        unsafe {
            libc::madvise(start.as_ptr().cast(), layout.size(), libc::MADV_HUGEPAGE);
        }
        Self { start, layout }
    }
}

impl Drop for Slab {
    fn drop(&mut self) {
        // SAFETY: the memory was allocated with this layout, and no buffer refers to it: each keeps its slab.
        unsafe { dealloc(self.start.as_ptr(), self.layout) };
    }
}

/// Makes buffers that lie side by side in slabs. The memory of a slab is free again when the last of its buffers is.
#[derive(Debug, Default)]
pub(crate) struct Arena {
    /// The slab that buffers are made in, and how many bytes of it are taken.
    current: Mutex<Option<(Arc<Slab>, usize)>>,
}

impl Arena {
    /// A buffer of `length` zeros.
    pub fn zeros<N: Copy + Default>(&self, length: usize) -> Buffer<N> {
        let bytes = Buffer::<N>::bytes_of(length);
        if bytes == 0 {
            return Buffer::default();
        }
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let (slab, used) = match current.take() {
            Some((slab, used)) if used + bytes <= slab.layout.size() => (slab, used),
            _ => (Arc::new(Slab::new(bytes.max(SLAB))), 0),
        };
        *current = Some((Arc::clone(&slab), used + bytes));
        drop(current);
        // SAFETY: the bytes from `used` on are inside the slab, and taken by nothing else.
        unsafe { Buffer::in_slab(slab.start.add(used), length, slab) }
    }
}

#[cfg(test)]
mod tests {
    use half::bf16;

    use super::*;

    #[test]
    fn buffers_lie_side_by_side_and_outlive_their_arena() {
        let arena = Arena::default();
        let mut first = arena.zeros::<f32>(100);
        let mut second = arena.zeros::<bf16>(40);
        assert_eq!(first.as_ptr().align_offset(PAGE), 0);
        assert_eq!(second.as_ptr().addr() - first.as_ptr().addr(), 128 * size_of::<f32>());
        let large = arena.zeros::<f32>(SLAB);
        assert_eq!(large.as_ptr().align_offset(PAGE), 0);
        drop(arena);
        first.fill(1.0);
        second.fill(bf16::ONE);
        assert!(large.iter().all(|zero| *zero == 0.0));
        assert_eq!((first.len(), first.iter().sum::<f32>()), (100, 100.0));
        assert!(arena_of_nothing().is_empty());
    }

    fn arena_of_nothing() -> Buffer {
        Arena::default().zeros(0)
    }

    #[test]
    fn a_buffer_that_grows_leaves_its_slab() {
        let arena = Arena::default();
        let (mut first, second) = (arena.zeros::<f32>(10), arena.zeros::<f32>(10));
        first.set_len(32);
        let place = first.as_ptr();
        first.set_len(33);
        assert_ne!(first.as_ptr(), place);
        first.fill(2.0);
        assert!(second.iter().all(|zero| *zero == 0.0));
    }
}
