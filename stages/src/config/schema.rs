//! Schemas of types that do not describe themselves.

use schemars::{Schema, SchemaGenerator, json_schema};
use serl_lm::{Dtype, LoraTarget};

/// The schema of a [`Dtype`].
pub fn dtype(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "enum": Dtype::ALL.map(Dtype::name) })
}

/// The schema of a list of [`LoraTarget`]s.
pub fn lora_targets(_: &mut SchemaGenerator) -> Schema {
    let fused = [LoraTarget::QkvProj, LoraTarget::GateUpProj];
    let all: Vec<&str> = LoraTarget::ALL.into_iter().chain(fused).map(LoraTarget::name).collect();
    json_schema!({ "type": "array", "items": { "type": "string", "enum": all } })
}
