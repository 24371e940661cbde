//! The number formats of weights in files.

use std::fmt;
use std::str::FromStr;

use half::{bf16, f16};
use safetensors::Dtype;

use crate::LmError;

/// The number format of exported weights. Values are rounded to the nearest that it has, ties to even.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum SaveDtype {
    /// 32-bit floating point: the weights as they were trained.
    F32,
    /// 16-bit floating point with 5 bits of exponent: no values beyond ±65,504.
    F16,
    /// 16-bit floating point with 8 bits of exponent, in which most models are published.
    #[default]
    Bf16,
}

impl SaveDtype {
    /// All formats.
    pub const ALL: [Self; 3] = [Self::Bf16, Self::F16, Self::F32];

    /// `f32`, `f16` or `bf16`.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
            Self::Bf16 => "bf16",
        }
    }

    /// Bytes of a weight.
    pub fn bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F16 | Self::Bf16 => 2,
        }
    }

    /// What PyTorch, and so `config.json`, calls it.
    pub(crate) fn torch_name(self) -> &'static str {
        match self {
            Self::F32 => "float32",
            Self::F16 => "float16",
            Self::Bf16 => "bfloat16",
        }
    }

    /// What the header of a safetensors file calls it.
    pub(super) fn of_file(self) -> Dtype {
        match self {
            Self::F32 => Dtype::F32,
            Self::F16 => Dtype::F16,
            Self::Bf16 => Dtype::BF16,
        }
    }

    /// Replaces `bytes` by the values in this format; false if one is beyond its range.
    pub(super) fn encode(self, values: &[f32], bytes: &mut Vec<u8>) -> bool {
        bytes.clear();
        match self {
            Self::F32 => {
                bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
                true
            }
            Self::F16 => {
                bytes.extend(values.iter().flat_map(|value| f16::from_f32(*value).to_le_bytes()));
                values.iter().all(|value| f16::from_f32(*value).is_finite())
            }
            Self::Bf16 => {
                bytes.extend(values.iter().flat_map(|value| bf16::from_f32(*value).to_le_bytes()));
                values.iter().all(|value| bf16::from_f32(*value).is_finite())
            }
        }
    }
}

impl fmt::Display for SaveDtype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for SaveDtype {
    type Err = LmError;

    fn from_str(name: &str) -> Result<Self, LmError> {
        let found = Self::ALL.into_iter().find(|dtype| dtype.name() == name);
        found.ok_or_else(|| LmError::Device(format!("unknown dtype `{name}`: use `bf16`, `f16` or `f32`")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_the_nearest_and_ties_the_even_ones() {
        // IEEE 754: 1 + 2^-8 lies halfway between two values of bf16, 1 + 2^-11 between two of f16.
        let bits = |dtype: SaveDtype, value: f32| {
            let mut bytes = Vec::new();
            assert!(dtype.encode(&[value], &mut bytes));
            u16::from_le_bytes([bytes[0], bytes[1]])
        };
        assert_eq!(bits(SaveDtype::Bf16, 1.0 + 1.0 / 256.0), 0x3f80);
        assert_eq!(bits(SaveDtype::Bf16, 1.0 + 3.0 / 256.0), 0x3f82);
        assert_eq!(bits(SaveDtype::F16, 1.0 + 1.0 / 2048.0), 0x3c00);
        assert_eq!(bits(SaveDtype::F16, 1.0 + 3.0 / 2048.0), 0x3c02);
        let mut bytes = Vec::new();
        assert!(SaveDtype::F32.encode(&[0.1], &mut bytes));
        assert_eq!(bytes, 0.1f32.to_le_bytes());
    }

    #[test]
    fn values_beyond_the_range_are_told() {
        let mut bytes = Vec::new();
        assert!(SaveDtype::F16.encode(&[65_504.0], &mut bytes));
        assert!(!SaveDtype::F16.encode(&[0.0, -65_520.0], &mut bytes));
        assert!(SaveDtype::Bf16.encode(&[1e18], &mut bytes));
    }
}
