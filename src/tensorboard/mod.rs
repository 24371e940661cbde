//! Files that TensorBoard opens: scalars by optimizer step.
//!
//! A file is a sequence of records of TensorFlow's `TFRecord` format (`record.rs`), each with a protocol buffer of type
//! `Event` (`event.rs`). Both are simple enough to be written by hand.

mod crc;
mod event;
mod record;
mod writer;

pub use writer::Writer;
