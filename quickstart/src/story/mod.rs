//! Short stories about one person and one thing: an opening, changes, and a question that closes them.
//!
//! A domain whose problems are such stories brings its sentence forms and its lexicon, and says what each sentence
//! does. Filling in, strict reading, agreement and flaws are here.

pub mod grammar;
pub mod people;
pub mod spoil;
pub mod template;
