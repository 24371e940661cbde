//! The facts of each layer of a model apart from its weights. Forward, backward and the engines read them here.
//!
//! A fact is here if it differs between two supported families or between two layers. Whatever all of them share is
//! part of the computation itself: norms before attention and before the MLP, whose factors multiply as they are
//! stored, a gate by SiLU, and attention to everything before. A family that differs there adds a field to
//! [`LayerSpec`], or to [`attention::Spec`] for what attention alone needs, and says in [`layers`] which layers have
//! which value.

use std::sync::Arc;

use crate::config::Config;
use crate::ops::attention::{self, Heads};
use crate::ops::rope::Rope;

/// The facts of a layer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct LayerSpec {
    pub attention: attention::Spec,
    /// Queries, keys and values have biases.
    pub qkv_bias: bool,
    /// The output of attention has a bias.
    pub out_bias: bool,
    /// Query and key heads are normalised before rotation.
    pub qk_norm: bool,
}

/// The layers of a model, from the first to the last.
pub(crate) fn layers(config: &Config) -> Vec<LayerSpec> {
    let heads = Heads::of(config);
    let layer = LayerSpec {
        attention: attention::Spec {
            heads,
            scale: 1.0 / (heads.dim as f32).sqrt(),
            rope: 0,
        },
        qkv_bias: config.qkv_bias,
        out_bias: config.out_bias,
        qk_norm: config.qk_norm,
    };
    vec![layer; config.layers]
}

/// The rotation tables of a model, numbered as [`attention::Spec::rope`] does.
pub(crate) fn ropes(config: &Config) -> Arc<[Rope]> {
    Arc::new([Rope::new(config)])
}
