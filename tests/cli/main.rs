//! What a user does, with the real binary.

#[path = "../support/mod.rs"]
mod support;

mod bad_input;
mod commands;
mod grade;
mod help;
mod kills;
mod resume;
mod run;
mod settings;
