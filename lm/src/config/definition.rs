//! What a configuration comes to.

use serde_json::{Map, Value};

use super::family::Family;
use super::rope::RopeScaling;

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
    /// Query and key heads are normalised before rotation.
    pub qk_norm: bool,
    pub rope_theta: f64,
    pub rope_scaling: RopeScaling,
    pub initializer_range: f32,
    pub bos: Option<u32>,
    pub eos: Vec<u32>,
    pub family: Family,
    /// The file as it was read, for saving.
    pub raw: Map<String, Value>,
}
