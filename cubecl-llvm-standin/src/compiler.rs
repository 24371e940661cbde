//! The compiler that is not there: every kernel is refused with the way out.

use core::convert::Infallible;

use cubecl_core::environment::backtrace::BackTrace;
use cubecl_core::ir::nvidia::SmArch;
use cubecl_core::prelude::KernelDefinition;
use cubecl_core::{CompilationError, Compiler};

use crate::artifact::PlironArtifact;
use crate::ptx_version::PtxVersion;

/// What a kernel is compiled for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LlvmTarget {
    /// NVIDIA devices.
    #[default]
    Nvptx,
}

/// Refuses every kernel.
#[derive(Clone, Debug, Default)]
pub struct PlironCompiler {
    /// What kernels would be compiled for.
    pub target: LlvmTarget,
}

/// How a kernel would be compiled. Nothing here is read.
#[derive(Clone, Debug, Default)]
pub struct PlironOptions {
    /// AMD architecture: always `None`, that target is not part of the stand-in.
    pub arch: Option<Infallible>,
    /// Compute capability of the device.
    pub sm_arch: Option<SmArch>,
    /// PTX version to emit.
    pub ptx_version: Option<PtxVersion>,
    /// Whether scalars travel in the kernel's parameters.
    pub grid_constants: bool,
}

impl Compiler for PlironCompiler {
    type Representation = PlironArtifact;
    type CompilationOptions = PlironOptions;

    /// Always [`CompilationError::Generic`], naming the kernel and the compiler to use.
    fn compile(
        &mut self,
        kernel: KernelDefinition,
        _options: &Self::CompilationOptions,
    ) -> Result<Self::Representation, CompilationError> {
        Err(CompilationError::Generic {
            reason: refusal(&kernel.settings.kernel_name),
            backtrace: BackTrace::capture(),
        })
    }

    fn extension(&self) -> &'static str {
        "ll"
    }

    fn lang_tag(&self) -> &'static str {
        "llvm"
    }
}

/// Why `kernel` cannot be compiled, and what can compile it.
fn refusal(kernel: &str) -> String {
    format!(
        "kernel `{kernel}`: the LLVM compiler is not part of this build, the CUDA C++ compiler (NVRTC) is; \
         enable the feature `cpp` of `cubecl-cuda`, which makes it the default, or remove `cubecl-llvm` \
         from `[patch.crates-io]`"
    )
}

#[cfg(test)]
mod tests {
    use cubecl_core::ir::AddressType;
    use cubecl_core::ir::settings::{Dim3, ExecutionMode, KernelSettings};
    use cubecl_core::prelude::KernelBuilder;

    use super::*;

    #[test]
    fn a_refusal_names_the_kernel_and_the_compiler_to_use() {
        let mut settings =
            KernelSettings::new(Dim3::new_single(), ExecutionMode::Checked, AddressType::U32);
        settings.kernel_name = "matmul_0".to_owned();
        let kernel = KernelBuilder::new(settings).build();

        let error = PlironCompiler::default()
            .compile(kernel, &PlironOptions::default())
            .expect_err("nothing here compiles kernels");

        assert!(error.is_refusal());
        let message = error.to_string();
        assert!(message.contains("`matmul_0`"), "{message}");
        assert!(
            message.contains("LLVM compiler is not part of this build"),
            "{message}"
        );
        assert!(
            message.contains("feature `cpp` of `cubecl-cuda`"),
            "{message}"
        );
    }
}
