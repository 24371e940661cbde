//! `--dtype`: the precision of products on a command line.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use serl_lm::Dtype;

/// Reads the names of [`Dtype`]; others are answered with the nearest.
pub(super) fn parser() -> impl TypedValueParser<Value = Dtype> {
    PossibleValuesParser::new(Dtype::ALL.map(Dtype::name)).try_map(|name| name.parse::<Dtype>())
}
