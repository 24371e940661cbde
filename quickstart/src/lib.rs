//! Synthetic domains of word problems: arithmetic, that of the embedded default, and days of the week.
//!
//! A [`domain::Domain`] has a grammar of short questions ("Mia has 12 apples. She buys 7 more apples at the fair. How
//! many apples are left?"), a solver and a strict coherence checker. From it comes everything that the warm start of a
//! tiny policy needs: held-out splits, a tokenizer, an untrained policy folder and training documents in order; also
//! noisy seeds. Of this workspace it knows the random streams alone, and nothing of the method knows it.

mod arithmetic;
mod calendar;
pub mod documents;
pub mod domain;
pub mod domains;
mod error;
pub mod export;
pub mod model;
pub mod noise;
pub mod problem;
pub mod recipe;
pub mod splits;
mod story;
pub mod tokenizer;
pub mod vocabulary;

pub use arithmetic::check;
pub use error::QuickstartError;
pub use story::grammar::Incoherence;
