//! Narrowing what a device advertises to what this crate compiles.

use cubecl_core::ir::DeviceProperties;

/// The kind of GPU whose features are narrowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GpuTarget {
    /// NVIDIA devices.
    Nvptx,
}

/// Leaves `properties` as they are.
///
/// `cubecl-cuda` calls this only where the LLVM compiler is its default. There is nothing to narrow to then,
/// and no error to return: the first kernel's `compile` says that the compiler is missing.
pub fn restrict_features(_properties: &mut DeviceProperties, _target: GpuTarget) {}
