//! What a user does, with the real binary.

#[path = "../support/mod.rs"]
mod support;

mod bad_input;
mod bench;
mod book;
mod commands;
mod compare;
mod completions;
mod data;
mod diff;
mod drift;
mod events;
mod explain;
mod export;
mod full_disk;
mod golden;
mod grade;
mod help;
mod hub;
mod init;
mod inspect;
mod kills;
mod limits;
mod lora;
mod method;
mod mixed_precision;
mod mutations;
mod places;
mod plan;
mod promise;
mod prompt;
mod report;
mod resume;
mod retention;
mod run;
mod schema;
mod seeing;
mod settings;
mod sharing;
mod signals;
mod store;
mod streams;
mod together;
mod watching;
