//! Stops the build with what to do instead.

use std::process::ExitCode;

const NEED: &str = "\
the feature `cuda` of serl cannot be built from crates.io, but from a checkout of its repository:

    cargo install --path . --features cuda

Why: `cubecl-cuda` always compiles `cubecl-llvm` in, whose build downloads LLVM, though serl compiles its kernels with
NVRTC. Only a workspace can replace a dependency of a dependency, and that of serl replaces `cubecl-llvm`.

To use `serl-lm` with `cuda` in a workspace of your own, name `serl-cuda` and `cubecl-llvm` in `[patch.crates-io]`, with
the paths of `cuda` and `cubecl-llvm-standin` in a checkout of serl. Without the feature, serl computes on the CPU.";

fn main() -> ExitCode {
    println!("cargo::rerun-if-env-changed=DOCS_RS");
    // The documentation can be built anywhere: it has no code.
    if std::env::var_os("DOCS_RS").is_some() {
        return ExitCode::SUCCESS;
    }
    eprintln!("{NEED}");
    ExitCode::FAILURE
}
