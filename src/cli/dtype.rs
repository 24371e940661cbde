//! `--dtype`: the precision of matrix products, as a command-line option.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use serl_lm::{Dtype, Precision};

/// Parses the name of a [`Dtype`]; for an unknown one, clap suggests the nearest.
pub(super) fn parser() -> impl TypedValueParser<Value = Dtype> {
    PossibleValuesParser::new(Dtype::ALL.map(Dtype::name)).try_map(|name| name.parse::<Dtype>())
}

/// Parses the name of a [`Precision`], for what samples.
pub(super) fn precision() -> impl TypedValueParser<Value = Precision> {
    PossibleValuesParser::new(Precision::ALL.map(Precision::name)).try_map(|name| name.parse::<Precision>())
}
