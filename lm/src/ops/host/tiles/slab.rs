//! Large pieces of memory that many buffers share, in large pages.
//!
//! Weights, keys and values are read from end to end in each step. In pages of 4 KiB, a processor that reads a
//! gigabyte a step looks up a quarter of a million addresses on the way, in a virtual machine each of them twice.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::ptr::NonNull;

/// Bytes of a large page.
pub(super) const PAGE: usize = 2 << 20;

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
    pub fn new(bytes: usize) -> Self {
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

    /// Its first byte.
    pub fn start(&self) -> NonNull<u8> {
        self.start
    }

    /// Its bytes, whole pages.
    pub fn size(&self) -> usize {
        self.layout.size()
    }
}

impl Drop for Slab {
    fn drop(&mut self) {
        // SAFETY: the memory was allocated with this layout, and no buffer refers to it: each keeps its slab.
        unsafe { dealloc(self.start.as_ptr(), self.layout) };
    }
}
