//! What of a machine memory depends on.

use crate::device::{Path, Product};
use crate::{Batching, Device, Dtype, Precision};

/// The kind of machine that a model is computed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Machine {
    /// A device other than the CPU.
    pub accelerator: bool,
    /// The precision in which it multiplies.
    pub precision: Precision,
    /// The bounds of what it samples at once.
    pub batching: Batching,
}

impl Machine {
    /// The CPU, multiplying in f32.
    pub const CPU: Self = Self {
        accelerator: false,
        precision: Precision::F32,
        batching: Batching::DEFAULT,
    };

    /// How operations compute there.
    pub(super) fn path(self) -> Path {
        match self.accelerator {
            false => Path::Host,
            true => Path::Plain,
        }
    }

    /// Whether the matrices of a model's blocks are there a second time, rounded.
    pub(super) fn rounds(self) -> bool {
        self.accelerator && self.precision.dtype() == Dtype::Bf16
    }

    /// How the products of a model's head are computed.
    pub(super) fn head_product(self) -> Product {
        Product::of_head(self.path(), self.precision.dtype())
    }
}

impl From<&Device> for Machine {
    fn from(device: &Device) -> Self {
        Self {
            accelerator: device.path() == Path::Plain,
            precision: device.precision(),
            batching: device.batching(),
        }
    }
}

/// Bytes of one value of what is trained, by what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ValueBytes {
    /// Of a weight.
    pub weight: u64,
    /// Of its gradient.
    pub gradient: u64,
    /// Of each of its two moments.
    pub moment: u64,
}

impl ValueBytes {
    /// With moments in `dtype`.
    pub fn with_moments_in(dtype: Dtype) -> Self {
        let moment = match dtype {
            Dtype::F32 => super::F32,
            Dtype::Bf16 => super::BF16,
        };
        Self {
            moment: moment as u64,
            ..Self::default()
        }
    }
}

impl Default for ValueBytes {
    /// As [`Trainer`](crate::Trainer) holds them.
    fn default() -> Self {
        let f32 = super::F32 as u64;
        Self {
            weight: f32,
            gradient: f32,
            moment: f32,
        }
    }
}
