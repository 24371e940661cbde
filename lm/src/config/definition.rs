//! What a configuration comes to.

use serde_json::{Map, Value};

use super::family::Family;
use super::layer::{LayerKind, Norms, QkNorms};
use super::rope::RopeScaling;
use crate::ops::gate::Gate;

/// The numbers that define the model.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Config {
    pub vocab: usize,
    pub hidden: usize,
    pub intermediate: usize,
    pub layers: usize,
    pub heads: usize,
    pub kv_heads: usize,
    pub head_dim: usize,
    pub epsilon: f32,
    pub context: usize,
    /// The output head is the embedding matrix.
    pub tied: bool,
    pub qkv_bias: bool,
    pub out_bias: bool,
    /// How queries and keys are normalised before rotation.
    pub qk_norm: QkNorms,
    /// Where the norms of a block are.
    pub norms: Norms,
    /// Norms multiply by `1 + weight`.
    pub unit_offset: bool,
    pub gate: Gate,
    /// The embedding's rows are multiplied by it.
    pub embed_scale: Option<f32>,
    /// The factor of attention's scores, if it is not `1 / sqrt(head_dim)`.
    pub score_scale: Option<f32>,
    /// Elements of a head that are rotated, if not all of them are.
    pub rotated: Option<usize>,
    /// By layer; empty: all are [`LayerKind::FULL`].
    pub kinds: Vec<LayerKind>,
    /// `rope_theta` of the layers that rotate by a base of their own.
    pub local_theta: f64,
    /// Files have one matrix for queries, keys and values, and one for gate and up.
    pub fused: bool,
    pub rope_theta: f64,
    pub rope_scaling: RopeScaling,
    pub initializer_range: f32,
    pub bos: Option<u32>,
    pub eos: Vec<u32>,
    pub family: Family,
    /// The file as it was read, for saving.
    pub raw: Map<String, Value>,
}
