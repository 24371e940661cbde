//! The synthetic domain of arithmetic word problems behind the embedded default.
//!
//! A grammar of short questions ("Mia has 12 apples. She buys 7 more apples at the fair. How many apples are
//! left?"), a solver and strict coherence checker for it, and everything that the warm start of a tiny policy
//! needs: held-out splits, a tokenizer, an untrained policy folder and training documents in order. Of this
//! workspace it knows the random streams alone, and nothing of the method knows it.

pub mod check;
pub mod documents;
mod error;
pub mod export;
pub mod forms;
pub mod generate;
pub mod lexicon;
pub mod model;
pub mod problem;
pub mod recipe;
pub mod splits;
mod template;
pub mod tokenizer;
pub mod vocabulary;

pub use error::QuickstartError;
