//! What the targets share: a bound on memory, and a place for files.

use std::alloc::{GlobalAlloc, Layout, System};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Most bytes that may be allocated at once: rows and the unpacked file may take 1 GiB each, and a text that grows is
/// there twice.
const MOST: usize = 3 << 30;

/// Refuses what exceeds [`MOST`], even if it is only reserved: the process ends, and libFuzzer reports it.
struct Bounded {
    used: AtomicUsize,
}

#[global_allocator]
static ALLOCATOR: Bounded = Bounded {
    used: AtomicUsize::new(0),
};

// SAFETY: memory comes from `System` and goes back there, with the layouts that the caller gives.
unsafe impl GlobalAlloc for Bounded {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if self.used.fetch_add(layout.size(), Ordering::Relaxed) + layout.size() > MOST {
            self.used.fetch_sub(layout.size(), Ordering::Relaxed);
            return std::ptr::null_mut();
        }
        // SAFETY: the caller's promises are those that `System` asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        self.used.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: as above; the memory is from `System`.
        unsafe { System.dealloc(memory, layout) }
    }
}

/// A path for this process alone, in memory where the system has a place for it.
pub fn scratch(name: &str) -> PathBuf {
    let shared = PathBuf::from("/dev/shm");
    let folder = if shared.is_dir() { shared } else { std::env::temp_dir() };
    folder.join(format!("serl-fuzz-{name}-{}", std::process::id()))
}

/// Reads numbers off the front of an input.
pub struct Input<'i>(pub &'i [u8]);

impl Input<'_> {
    /// The next byte; none at the end.
    pub fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// The next two bytes as a number below `end`; none at the end, or if nothing is below it.
    pub fn below(&mut self, end: usize) -> Option<usize> {
        let number = usize::from(self.byte()?) << 8 | usize::from(self.byte()?);
        number.checked_rem(end)
    }
}
