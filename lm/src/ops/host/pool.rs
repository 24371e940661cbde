//! Reused memory: a training step writes the same large arrays block after block, and asking the operating system for
//! fresh pages each time costs about as much as a third of the arithmetic.
//!
//! Inside [`within`], [`vec`] hands out what was given back by [`give`]; outside, both are the allocator's. Arrays grow
//! with the rows of a micro-batch, so rules keep the pool from holding several generations of them: it takes little
//! more than what is in use at once.

use std::cell::RefCell;
use std::mem::MaybeUninit;

use half::bf16;

use super::chunks::for_chunks;
use super::tiles::{Buffer, Term};

/// Elements from which on an array is kept: smaller ones the allocator reuses by itself.
const SMALLEST: usize = 16 * 1024;

/// How many times larger than asked for an array may be.
const SLACK: usize = 4;

/// An array of up to this many halves of what was asked for fits well. A larger one is lent only if another of its size
/// is free: the last one is kept for those who need all of it.
const CLOSE: usize = 3;

/// Arrays that are free for reuse.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    floats: Shelf<Vec<f32>>,
    /// Operands of products in bf16.
    numbers: Shelf<Buffer<bf16>>,
    /// Operands of products by terms.
    terms: Shelf<Buffer<Term>>,
}

impl Pool {
    /// Keeps an array for the next [`within`].
    pub fn keep(&mut self, memory: Vec<f32>) {
        self.floats.give(memory);
    }
}

/// Arrays of one kind.
#[derive(Debug)]
pub(crate) struct Shelf<A>(Vec<Free<A>>);

#[derive(Debug)]
struct Free<A> {
    memory: A,
    /// Given back since the pool was last trimmed.
    fresh: bool,
}

impl<A> Default for Shelf<A> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

/// What a shelf has to know of its arrays.
pub(crate) trait Array {
    /// Elements that it has room for.
    fn room(&self) -> usize;
}

impl Array for Vec<f32> {
    fn room(&self) -> usize {
        self.capacity()
    }
}

impl<N: Copy + Default> Array for Buffer<N> {
    fn room(&self) -> usize {
        self.capacity()
    }
}

/// Elements of operands that are used again.
pub(crate) trait Pooled: Copy + Default {
    /// The free arrays of such operands.
    fn shelf(pool: &mut Pool) -> &mut Shelf<Buffer<Self>>;
}

impl Pooled for bf16 {
    fn shelf(pool: &mut Pool) -> &mut Shelf<Buffer<Self>> {
        &mut pool.numbers
    }
}

impl Pooled for Term {
    fn shelf(pool: &mut Pool) -> &mut Shelf<Buffer<Self>> {
        &mut pool.terms
    }
}

/// A pool's arrays are not part of its owner's value: a clone starts without any.
impl Clone for Pool {
    fn clone(&self) -> Self {
        Self::default()
    }
}

thread_local! {
    /// The pool of the innermost [`within`] on this thread.
    static ACTIVE: RefCell<Option<Pool>> = const { RefCell::new(None) };
}

/// Puts the outer pool back when the inner scope ends, by a panic too.
struct Outer(Option<Pool>);

impl Drop for Outer {
    fn drop(&mut self) {
        ACTIVE.set(self.0.take());
    }
}

/// Runs `f` with `pool` serving this thread; arrays of it that `f` had no use for are freed.
pub(crate) fn within<R>(pool: &mut Pool, f: impl FnOnce() -> R) -> R {
    let mut inner = std::mem::take(pool);
    inner.floats.mark();
    inner.numbers.mark();
    inner.terms.mark();
    let outer = Outer(ACTIVE.replace(Some(inner)));
    let result = f();
    *pool = ACTIVE.take().unwrap_or_default();
    drop(outer);
    pool.floats.trim();
    pool.numbers.trim();
    pool.terms.trim();
    result
}

/// An array of `len` elements with any values.
pub(crate) fn vec(len: usize) -> Vec<f32> {
    let found = ACTIVE.with_borrow_mut(|active| active.as_mut()?.floats.take(len));
    match found {
        Some(mut memory) => {
            set_len(&mut memory, len);
            memory
        }
        None => vec![0.0; len],
    }
}

/// Makes an array that has room for it `len` elements long. All threads write what is not there yet.
fn set_len(memory: &mut Vec<f32>, len: usize) {
    memory.truncate(len);
    let missing = len - memory.len();
    let spare = &mut memory.spare_capacity_mut()[..missing];
    for_chunks(spare, SMALLEST, |_, part| part.fill(MaybeUninit::new(0.0)));
    // SAFETY: the elements after the old length have just been written.
    unsafe { memory.set_len(len) };
}

/// Gives an array back.
pub(crate) fn give(memory: Vec<f32>) {
    ACTIVE.with_borrow_mut(|active| {
        if let Some(pool) = active {
            pool.floats.give(memory);
        }
    });
}

/// An array of `len` elements of any values, for an operand.
pub(crate) fn buffer<N: Pooled>(len: usize) -> Buffer<N> {
    let found = ACTIVE.with_borrow_mut(|active| N::shelf(active.as_mut()?).take(len));
    let mut buffer = found.unwrap_or_default();
    buffer.set_len(len);
    buffer
}

/// Gives the array of an operand back.
pub(crate) fn give_buffer<N: Pooled>(buffer: Buffer<N>) {
    ACTIVE.with_borrow_mut(|active| {
        if let Some(pool) = active {
            N::shelf(pool).give(buffer);
        }
    });
}

impl<A: Array> Shelf<A> {
    /// The smallest array that is large enough; of equals the last given, whose memory is the likeliest to be cached.
    fn take(&mut self, len: usize) -> Option<A> {
        if len < SMALLEST {
            return None;
        }
        let size = |i: &usize| self.0[*i].memory.room();
        let of_size = |room: usize| (0..self.0.len()).filter(|i| size(i) == room).count();
        let fits =
            |i: &usize| (len..=len * SLACK).contains(&size(i)) && (2 * size(i) <= CLOSE * len || of_size(size(i)) > 1);
        match (0..self.0.len()).rev().filter(fits).min_by_key(size) {
            Some(best) => Some(self.0.swap_remove(best).memory),
            None => {
                self.outgrow(len);
                None
            }
        }
    }

    /// Frees an array that is too small for `len` elements but has more than half of them, if there is one: the new
    /// array takes its place, since a larger micro-batch has begun.
    fn outgrow(&mut self, len: usize) {
        let too_small = |free: &Free<A>| (len / 2 + 1..len).contains(&free.memory.room());
        if let Some(old) = self.0.iter().rposition(too_small) {
            self.0.swap_remove(old);
        }
    }

    fn give(&mut self, memory: A) {
        if memory.room() >= SMALLEST {
            self.0.push(Free { memory, fresh: true });
        }
    }

    /// From now on, arrays count as not used.
    fn mark(&mut self) {
        self.0.iter_mut().for_each(|free| free.fresh = false);
    }

    /// Frees what has not been used.
    fn trim(&mut self) {
        self.0.retain(|free| free.fresh);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_are_used_again_only_where_they_fit() {
        let mut pool = Pool::default();
        within(&mut pool, || {
            let (large, small) = (vec(10 * SMALLEST), vec(2 * SMALLEST));
            let places = [large.as_ptr(), small.as_ptr()];
            give(large);
            give(small);
            let again = vec(SMALLEST * 3 / 2);
            assert_eq!((again.as_ptr(), again.len()), (places[1], SMALLEST * 3 / 2));
            give(again);
            let longer = vec(2 * SMALLEST);
            assert_eq!((longer.as_ptr(), longer.len()), (places[1], 2 * SMALLEST));
            assert!(longer.iter().all(|value| *value == 0.0));
            let large = vec(9 * SMALLEST);
            assert_eq!((large.as_ptr(), large.len()), (places[0], 9 * SMALLEST));
            give(large);
        });
        assert_eq!(pool.floats.0.len(), 1);
        within(&mut pool, || assert_eq!(vec(SMALLEST)[0], 0.0));
        assert!(pool.floats.0.is_empty(), "what was not used is freed");
    }

    #[test]
    fn operands_are_used_again_apart_from_other_arrays() {
        let mut pool = Pool::default();
        within(&mut pool, || {
            let operand = buffer::<bf16>(2 * SMALLEST);
            let place = operand.as_ptr();
            give_buffer(operand);
            let other = vec(2 * SMALLEST);
            assert_ne!(other.as_ptr().cast(), place);
            let again = buffer::<bf16>(2 * SMALLEST - 1);
            assert_eq!((again.as_ptr(), again.len()), (place, 2 * SMALLEST - 1));
        });
        assert!(pool.numbers.0.is_empty());
    }

    /// The capacities of the arrays that are free.
    fn sizes(pool: &Pool) -> Vec<usize> {
        let mut sizes: Vec<usize> = pool.floats.0.iter().map(|free| free.memory.room()).collect();
        sizes.sort_unstable();
        sizes
    }

    #[test]
    fn the_last_array_of_a_size_is_kept_for_that_size() {
        let mut pool = Pool::default();
        within(&mut pool, || {
            give(vec(3 * SMALLEST));
            let small = vec(SMALLEST);
            assert_eq!(small.capacity(), SMALLEST);
            give(small);
            let pair = [vec(3 * SMALLEST), vec(3 * SMALLEST)];
            pair.into_iter().for_each(give);
            let two = [vec(SMALLEST), vec(SMALLEST)];
            assert_eq!(two.each_ref().map(Vec::capacity), [SMALLEST, 3 * SMALLEST]);
            two.into_iter().for_each(give);
        });
        assert_eq!(sizes(&pool), [SMALLEST, 3 * SMALLEST, 3 * SMALLEST]);
    }

    #[test]
    fn an_array_that_is_outgrown_makes_room_for_the_larger_one() {
        let mut pool = Pool::default();
        within(&mut pool, || {
            for rows in [70, 110, 120, 60] {
                give(vec(rows * SMALLEST));
            }
        });
        assert_eq!(sizes(&pool), [60 * SMALLEST, 120 * SMALLEST]);
    }

    #[test]
    fn scopes_nest_and_end() {
        let mut outer = Pool::default();
        within(&mut outer, || {
            within(&mut Pool::default(), || give(vec(SMALLEST)));
            give(vec(2 * SMALLEST));
        });
        assert_eq!(outer.floats.0.len(), 1);
        give(vec(SMALLEST));
        assert!(ACTIVE.with_borrow(Option::is_none));
    }
}
