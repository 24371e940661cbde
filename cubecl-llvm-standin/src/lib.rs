//! Stand-in for `cubecl-llvm` 0.11.3: the names `cubecl-cuda` 0.11.3 uses, without LLVM behind them.
//!
//! The real crate downloads a prebuilt LLVM while it builds. `cubecl-cuda` always compiles it in, even
//! where kernels go through CUDA C++ and NVRTC (its feature `cpp`) and no line of it ever runs. This crate
//! takes its place there: compiling a kernel with it is an error that says what to do, and the types that
//! would carry compiled code are empty, so nothing can be mistaken for the output of a compiler.
//!
//! It does not know PTX, LLVM, the CPU or the AMD target. `README.md` says how to drop it.

#[cfg(feature = "amdgpu")]
compile_error!(
    "this build replaces `cubecl-llvm` by a stand-in that serves CUDA only: remove it from \
     `[patch.crates-io]` in the workspace's Cargo.toml to build the AMD backend"
);

mod artifact;
mod compiler;
mod lowered_features;
mod ptx_version;

pub use artifact::{NvptxModule, PlironArtifact};
pub use compiler::{LlvmTarget, PlironCompiler, PlironOptions};

/// The NVIDIA target.
pub mod nvptx {
    /// The version of the PTX language a driver loads.
    pub mod ptx_version {
        pub use crate::ptx_version::PtxVersion;
    }
}

/// What the GPU targets have in common.
pub mod shared {
    /// What a device may advertise when this crate compiles its kernels.
    pub mod lowered_features {
        pub use crate::lowered_features::{GpuTarget, restrict_features};
    }
}
