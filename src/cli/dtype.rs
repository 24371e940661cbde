//! `--dtype`: the precision of matrix products, as a command-line option.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use serl_lm::Dtype;

/// Parses the name of a [`Dtype`]; for an unknown one, clap suggests the nearest.
pub(super) fn parser() -> impl TypedValueParser<Value = Dtype> {
    PossibleValuesParser::new(Dtype::ALL.map(Dtype::name)).try_map(|name| name.parse::<Dtype>())
}
