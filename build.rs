//! Says what the binary is built from, and where its commit can be read.
//!
//! The commit itself is read while `src/main.rs` is compiled. A script that ran again at each commit would have the
//! whole crate compiled again.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(commit_log)");
    println!(
        "cargo::rustc-env=SERL_TARGET={}",
        env::var("TARGET").unwrap_or_default()
    );
    let folder = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    if let Some(commit) = packaged(&folder) {
        println!("cargo::rustc-env=SERL_PACKAGED_COMMIT={commit}");
    } else if let Some(log) = log_of_head(&folder) {
        println!("cargo::rustc-env=SERL_COMMIT_LOG={}", log.display());
        println!("cargo::rustc-cfg=commit_log");
    }
}

/// The commit that Cargo wrote down when it made a package.
fn packaged(folder: &Path) -> Option<String> {
    let text = fs::read_to_string(folder.join(".cargo_vcs_info.json")).ok()?;
    let after = text.split_once("\"sha1\"")?.1.split('"').nth(1)?;
    is_hash(after).then(|| after.to_owned())
}

fn is_hash(text: &str) -> bool {
    text.len() >= 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Git's log of what was checked out here, which ends with the current commit.
fn log_of_head(folder: &Path) -> Option<PathBuf> {
    let git = folder.join(".git");
    let git = match fs::read_to_string(&git) {
        // A work tree beside the first one.
        Ok(text) => folder.join(text.strip_prefix("gitdir:")?.trim()),
        Err(_) => git,
    };
    // The file changes with the branch, but not with each commit. It is no longer there if the checkout was moved: then
    // the log is elsewhere, too.
    println!("cargo::rerun-if-changed={}", git.join("HEAD").display());
    let log = git.join("logs").join("HEAD");
    (log.is_file() && log.to_str().is_some()).then_some(log)
}
