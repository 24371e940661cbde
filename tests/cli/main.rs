//! What a user does, with the real binary.

#[path = "../support/mod.rs"]
mod support;

mod bad_input;
mod commands;
mod diff;
mod explain;
mod golden;
mod grade;
mod help;
mod plan;
mod resume;
mod run;
mod settings;
