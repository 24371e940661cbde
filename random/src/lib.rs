//! Counted randomness: every draw is a function of where it is made, never of what was drawn before.
//!
//! A generator that a whole program shares makes every result depend on the order of all work before it: a run that is
//! resumed, re-ordered or spread over threads draws other numbers. Here a computation names the *place* where it draws,
//! and the place alone decides what it gets:
//!
//! ```
//! use serl_random::Place;
//!
//! let run_seed = 7;
//! let place = Place::new(run_seed, "vote").index(3).at("an instruction's id");
//! let first = place.clone().index(0).stream().uniform();
//! let second = place.clone().index(1).stream().uniform();
//! assert_ne!(first, second);
//! // Asked again, in any order, in any process: the same number.
//! assert_eq!(place.index(0).stream().uniform(), first);
//! ```
//!
//! # What there is
//!
//! - [`Place`] names a place of a computation by a seed, labels and numbers. It gives a [`Stream`], or a seed to hand
//!   to someone else.
//! - [`Stream`] is a ChaCha8 stream (Bernstein 2008) read 64 bits at a time: whole numbers below a bound without bias,
//!   uniform and normal reals, shuffles and choices. Streams begin at a place ([`Place::stream`]), at a seed
//!   ([`Stream::seeded`]) or at a seed with a name ([`Stream::named`]).
//! - [`Stream32`] is one of the numbered ChaCha8 streams of a seed, read 32 bits at a time: what the quickstart's
//!   corpus was drawn from.
//!
//! # What is promised
//!
//! The numbers are part of the interface. They are the same on every platform and stay the same between versions, since
//! results that are stored under a key were made from them; tests hold some of them fixed. Nothing here is meant for
//! cryptography.

mod place;
mod stream;
mod stream32;

pub use place::Place;
pub use stream::Stream;
pub use stream32::Stream32;

/// The examples of the README, as tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
