//! A first configuration for someone's own model and data: what is in their folder, how fast the model is on their
//! machine, and counts that fit the time they have.

mod choice;
mod counts;
mod data;
mod found;
mod pace;
mod room;
mod text;

pub use choice::Choice;
pub use counts::{Counts, Lengths, fitting};
pub use found::{Found, Model, Problems, Seeds, look};
pub use pace::{Pace, measured};
pub use room::{Room, prompts};
pub use text::written;

/// New tokens of a response for which counts are made: enough for a short chain of thought.
pub const RESPONSE_TOKENS: u32 = 256;
