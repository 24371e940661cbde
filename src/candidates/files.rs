//! Files and folders, what is built in, and what was downloaded from the hub.

use std::ffi::OsStr;

use clap_complete::engine::{CompletionCandidate as Candidate, PathCompleter, ValueCompleter};

use super::runs::beginning;
use crate::{builtin, hub};

/// Configurations: files of TOML, and those built in.
pub fn configuration(current: &OsStr) -> Vec<Candidate> {
    let toml = PathCompleter::file().filter(|path| path.extension().is_some_and(|ending| ending == "toml"));
    let names = builtin::config_names().into_iter();
    let built_in = names.map(|name| format!("{}{name}", builtin::PREFIX)).collect();
    either(beginning(current, built_in), toml.complete(current))
}

/// Models: folders, ids of downloaded models, and the one built in.
pub fn model(current: &OsStr) -> Vec<Candidate> {
    let mut names = hub::models();
    names.extend(builtin::folders());
    either(beginning(current, names), PathCompleter::dir().complete(current))
}

/// Data: files, folders, and what is built in.
pub fn data(current: &OsStr) -> Vec<Candidate> {
    either(
        beginning(current, builtin::files()),
        PathCompleter::any().complete(current),
    )
}

/// Devices.
pub fn device(current: &OsStr) -> Vec<Candidate> {
    beginning(current, ["flex", "cuda", "wgpu"].map(str::to_owned).to_vec())
}

fn either(names: Vec<Candidate>, mut paths: Vec<Candidate>) -> Vec<Candidate> {
    paths.extend(names);
    paths
}
