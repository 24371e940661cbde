//! Parallel loops over pieces of a slice.

use super::team::for_each;
use super::tiles::Shared;

/// Runs `f(chunk, elements)` in parallel over chunks of `size` elements.
pub(crate) fn for_chunks<T: Send>(out: &mut [T], size: usize, f: impl Fn(usize, &mut [T]) + Sync) {
    let (length, out) = (out.len(), Shared::new(out));
    for_each(length.div_ceil(size), |chunk| {
        let range = chunk * size..length.min((chunk + 1) * size);
        // SAFETY: chunks do not overlap, and each is used once.
        f(chunk, unsafe { out.part(range) });
    });
}
