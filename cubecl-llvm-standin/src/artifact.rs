//! What compiling would give. The types are empty: no value of them exists in this build.

use core::convert::Infallible;
use core::ffi::c_char;
use core::fmt;

use cubecl_core::prelude::BufferIOAttr;

/// A kernel compiled to PTX.
#[derive(Clone, Debug)]
pub struct NvptxModule {
    /// PTX text, ending with NUL.
    pub ptx: Vec<c_char>,
    /// Name of the kernel in `ptx`.
    pub entrypoint: String,
    /// The text shown in logs.
    pub ir: String,
    /// Shared memory of one launch, in bytes.
    pub shared_memory_size: usize,
    /// What the kernel does with each of its buffers, in order.
    pub io: Vec<BufferIOAttr>,
    /// Keeps the type empty: only a compiler could make a module, and there is none.
    pub absent: Infallible,
}

/// What [`PlironCompiler`](crate::PlironCompiler) compiles a kernel to.
#[derive(Clone, Debug)]
pub enum PlironArtifact {
    /// A kernel for NVIDIA devices.
    NvptxCode(NvptxModule),
}

impl fmt::Display for PlironArtifact {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NvptxCode(module) => match module.absent {},
        }
    }
}
