//! The PTX version to emit: none, as nothing is emitted.

use core::fmt;

/// A version of the PTX language. Empty: [`for_driver`](Self::for_driver) gives no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PtxVersion {}

impl PtxVersion {
    /// `None` for every CUDA driver version (as `cuDriverGetVersion` numbers them, 12.8 is `12080`):
    /// NVRTC picks the PTX version itself.
    pub fn for_driver(_driver: i32) -> Option<Self> {
        None
    }
}

impl fmt::Display for PtxVersion {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {}
    }
}
