//! The precision in which a policy samples.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Dtype, LmError};

/// How a policy multiplies while it samples. It trains and scores in a [`Dtype`].
///
/// In int8, products with the four matrices of a block and with the head take integers: each column of a matrix has a
/// scale, the largest magnitude of its weights being 127; each row of activations has one for every 32 inputs. Sums of
/// 32 products are exact, and are added up in f32. All else is as in bf16: attention, keys and values. Rounded so,
/// probabilities differ from those of training by more than in bf16; truncated importance sampling corrects for it (Liu
/// et al. 2025, "FlashRL: 8Bit Rollouts, Full Power RL").
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// As [`Dtype::F32`].
    #[default]
    F32,
    /// As [`Dtype::Bf16`].
    Bf16,
    /// Weights and activations in integers of 8 bits; on CPUs only.
    Int8,
}

impl Precision {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::F32, Self::Bf16, Self::Int8];

    /// The format of what is not multiplied with weights: of attention, keys and values.
    pub fn dtype(self) -> Dtype {
        match self {
            Self::F32 => Dtype::F32,
            Self::Bf16 | Self::Int8 => Dtype::Bf16,
        }
    }

    /// The precision of the product that gives the logits.
    pub fn of_head(self) -> Self {
        match self {
            Self::F32 | Self::Bf16 => Self::F32,
            Self::Int8 => Self::Int8,
        }
    }

    /// `f32`, `bf16` or `int8`.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::Bf16 => "bf16",
            Self::Int8 => "int8",
        }
    }
}

impl From<Dtype> for Precision {
    fn from(dtype: Dtype) -> Self {
        match dtype {
            Dtype::F32 => Self::F32,
            Dtype::Bf16 => Self::Bf16,
        }
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Precision {
    type Err = LmError;

    fn from_str(name: &str) -> Result<Self, LmError> {
        let found = Self::ALL.into_iter().find(|precision| precision.name() == name);
        found.ok_or_else(|| LmError::Device(format!("unknown precision `{name}`: use `f32`, `bf16` or `int8`")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_configuration_and_others_are_refused() {
        for precision in Precision::ALL {
            assert_eq!(serde_json::to_value(precision).unwrap(), precision.name());
            assert_eq!(precision.to_string().parse::<Precision>().unwrap(), precision);
        }
        let error = "int4".parse::<Precision>().unwrap_err();
        assert!(error.is_user_error() && error.to_string().contains("int4"));
    }
}
