//! Where large buffers are made.

use std::sync::{Arc, Mutex, PoisonError};

use super::buffer::Buffer;
use super::slab::Slab;

/// Bytes of a slab, unless a buffer is larger. Those that no buffer has are not touched, so they take no memory.
const SLAB: usize = 16 << 20;

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
            Some((slab, used)) if used + bytes <= slab.size() => (slab, used),
            _ => (Arc::new(Slab::new(bytes.max(SLAB))), 0),
        };
        *current = Some((Arc::clone(&slab), used + bytes));
        drop(current);
        // SAFETY: the bytes from `used` on are inside the slab, and taken by nothing else.
        unsafe { Buffer::in_slab(slab.start().add(used), length, slab) }
    }
}

#[cfg(test)]
mod tests {
    use half::bf16;

    use super::super::slab::PAGE;
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
        assert!(Arena::default().zeros::<f32>(0).is_empty());
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
