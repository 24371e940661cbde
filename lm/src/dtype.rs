//! The precision of the matrix products.

use std::fmt;
use std::str::FromStr;

use burn::tensor::DType;
use serde::{Deserialize, Serialize};

use crate::LmError;

/// The number format of the operands of the products in a model's blocks. All else is f32 whatever the format.
///
/// With [`Dtype::Bf16`] a policy computes in mixed precision with master weights (Micikevicius et al. 2018,
/// arXiv:1710.03740), in the format that needs no scaling of the loss, since its exponents are those of f32 (Kalamkar
/// et al. 2019, arXiv:1905.12322). The operands of these products are rounded to bf16, to the nearest value and ties to
/// even:
/// - the products with the four matrices of a block: forward, gradients of inputs, gradients of weights;
/// - the two products of attention, and their gradients: queries and keys (rotated), values, softmax weights.
///
/// All else is in f32: the weights that are trained and saved, their gradients' sums, the moments, the residual stream,
/// normalisations, biases, rotations, softmaxes, activation functions, low-rank pairs, the embedding, the head, the
/// loss and log-probabilities. So a step too small to move a bf16 weight still counts.
///
/// Where the computations differ:
/// - `flex` sums in f32 and keeps the sums, two inputs at a time as the processors do that multiply in bf16; others
///   take the same steps in f32, with the same bits wherever multiplication and addition are fused. Queries, keys,
///   values and the upstream gradient of attention are rounded; softmax weights while it samples, but not while it
///   trains, and never the gradients of scores. Keys and values of sampled rows are kept in bf16.
/// - Every other device multiplies by its own bf16 product, which rounds each result to bf16 and sums as it does (GPUs
///   in f32); attention's scores are results of an f32 product, since small differences of large scores count. Values
///   of sampled rows are kept in bf16, and so is a copy of the matrices next to their f32 values.
/// - NVIDIA GPUs from Ampere on may round operands of f32 products, the head's too, to TF32 (10 bits of mantissa).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dtype {
    /// 32-bit floating point, or what the device takes for it in products.
    #[default]
    F32,
    /// 16-bit floating point with 8 bits of exponent and 8 of precision.
    Bf16,
}

impl Dtype {
    /// Both formats.
    pub const ALL: [Self; 2] = [Self::F32, Self::Bf16];

    /// What burn calls it.
    pub(crate) fn burn(self) -> DType {
        match self {
            Self::F32 => DType::F32,
            Self::Bf16 => DType::BF16,
        }
    }

    /// `f32` or `bf16`.
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::Bf16 => "bf16",
        }
    }
}

impl fmt::Display for Dtype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Dtype {
    type Err = LmError;

    fn from_str(name: &str) -> Result<Self, LmError> {
        let found = Self::ALL.into_iter().find(|dtype| dtype.name() == name);
        found.ok_or_else(|| LmError::Device(format!("unknown dtype `{name}`: use `f32` or `bf16`")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_configuration_and_others_are_refused() {
        for dtype in Dtype::ALL {
            assert_eq!(serde_json::to_value(dtype).unwrap(), dtype.name());
            assert_eq!(dtype.to_string().parse::<Dtype>().unwrap(), dtype);
        }
        let error = "fp8".parse::<Dtype>().unwrap_err();
        assert!(error.is_user_error() && error.to_string().contains("fp8"));
    }
}
