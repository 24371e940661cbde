//! The facts of each layer of a model apart from its weights. Forward, backward and the engines read them here.
//!
//! A fact is here if it differs between two supported families or between two layers; whatever all of them share is
//! part of the computation itself. A family that differs there adds a field to [`LayerSpec`], or to [`attention::Spec`]
//! for what attention alone needs, and says in [`layers`] which layers have which value.

use std::sync::Arc;

use crate::config::{Config, LayerKind, Norms, QkNorms, Rotation};
use crate::ops::attention::{self, Heads};
use crate::ops::gate::Gate;
use crate::ops::rope::Rope;

/// The facts of a layer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct LayerSpec {
    pub attention: attention::Spec,
    /// Queries, keys and values have biases.
    pub qkv_bias: bool,
    /// The output of attention has a bias.
    pub out_bias: bool,
    /// How queries and keys are normalised before rotation.
    pub qk_norm: QkNorms,
    /// Whether attention and MLP have norms of their inputs, of their outputs, or of both.
    pub norms: Norms,
    /// What the gate of the MLP passes through.
    pub gate: Gate,
}

/// The layers of a model, from the first to the last.
pub(crate) fn layers(config: &Config) -> Vec<LayerSpec> {
    let heads = Heads::of(config);
    let layer = |kind: LayerKind| LayerSpec {
        attention: attention::Spec {
            heads,
            scale: config.score_scale.unwrap_or(1.0 / (heads.dim as f32).sqrt()),
            rope: table(config, kind.rotation),
            window: kind.window,
        },
        qkv_bias: config.qkv_bias,
        out_bias: config.out_bias,
        qk_norm: config.qk_norm,
        norms: config.norms,
        gate: config.gate,
    };
    let kind = |index| config.kinds.get(index).copied().unwrap_or(LayerKind::FULL);
    (0..config.layers).map(|index| layer(kind(index))).collect()
}

/// The rotations that the layers of a model have.
fn rotations(config: &Config) -> Vec<Rotation> {
    let used = |rotation: &Rotation| config.kinds.iter().any(|kind| kind.rotation == *rotation);
    let others = [Rotation::Local, Rotation::None].into_iter().filter(used);
    std::iter::once(Rotation::Model).chain(others).collect()
}

/// The number of the table of a rotation.
fn table(config: &Config, rotation: Rotation) -> usize {
    let found = rotations(config).iter().position(|other| *other == rotation);
    found.unwrap_or(0)
}

/// The rotation tables of a model, numbered as [`attention::Spec::rope`] does.
pub(crate) fn ropes(config: &Config) -> Arc<[Rope]> {
    let rotations = rotations(config).into_iter();
    rotations.map(|rotation| Rope::new(config, rotation)).collect()
}
