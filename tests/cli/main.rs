//! What a user does, with the real binary.

#[path = "../support/mod.rs"]
mod support;

mod bad_input;
mod commands;
mod full_disk;
mod grade;
mod help;
mod kills;
mod places;
mod resume;
mod run;
mod settings;
mod signals;
mod store;
mod together;
