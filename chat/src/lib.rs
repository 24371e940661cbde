#![doc = include_str!("../README.md")]

mod budget;
mod error;
mod eval;
mod library;
mod message;
mod rendered;
mod syntax;
mod template;
mod value;

pub use error::Error;
pub use message::{Conversation, Message};
pub use rendered::Rendered;
pub use template::Template;
