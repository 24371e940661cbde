//! The differences between two nodes of a stage.

use std::collections::BTreeMap;

use serde_json::Value;
use serl_artifacts::Digest;

use super::Reason;
use crate::graph::{Input, KeyMaterial, NodeSpec, canonical_bytes};
use crate::id::NodeId;

/// The differences between two nodes of a stage: none exactly if their keys are equal.
pub fn differences(old: &KeyMaterial, new: &KeyMaterial) -> Vec<Reason> {
    let known = new
        .inputs
        .iter()
        .map(|(name, digest)| (name.clone(), Some(*digest)))
        .collect();
    let mut found = own_differences(old, new.code_version, &new.config, new.seed);
    found.extend(input_differences(old, &known, |_| None));
    found
}

/// As [`differences`] for a node of a graph, whose inputs may not all be known yet (none): those are skipped.
pub(crate) fn changes(old: &KeyMaterial, node: &NodeSpec, inputs: &BTreeMap<String, Option<Digest>>) -> Vec<Reason> {
    let producer = |name: &str| match node.inputs.get(name) {
        Some(Input::Output { node, .. }) => Some(node.clone()),
        _ => None,
    };
    let mut found = own_differences(old, node.code_version, &node.config, node.seed);
    found.extend(input_differences(old, inputs, producer));
    found
}

fn own_differences(old: &KeyMaterial, code_version: u32, config: &Value, seed: u64) -> Vec<Reason> {
    let mut found = Vec::new();
    if old.code_version != code_version {
        found.push(Reason::CodeVersion {
            old: old.code_version,
            new: code_version,
        });
    }
    config_differences("", Some(&old.config), Some(config), &mut found);
    if old.seed != seed {
        found.push(Reason::Seed {
            old: old.seed,
            new: seed,
        });
    }
    found
}

/// Sections are entered, lists are compared whole: a list is one value in a configuration file.
fn config_differences(path: &str, old: Option<&Value>, new: Option<&Value>, found: &mut Vec<Reason>) {
    if let (Some(Value::Object(a)), Some(Value::Object(b))) = (old, new) {
        let gone = a.keys().filter(|name| !b.contains_key(*name));
        for name in b.keys().chain(gone) {
            let path = match path {
                "" => name.clone(),
                _ => format!("{path}.{name}"),
            };
            config_differences(&path, a.get(name), b.get(name), found);
        }
        return;
    }
    // As the key sees it, to which 1 and 1.0 are one number.
    if old.map(canonical_bytes) != new.map(canonical_bytes) {
        found.push(Reason::Config {
            key: path.to_owned(),
            old: old.cloned(),
            new: new.cloned(),
        });
    }
}

fn input_differences(
    old: &KeyMaterial,
    new: &BTreeMap<String, Option<Digest>>,
    producer: impl Fn(&str) -> Option<NodeId>,
) -> Vec<Reason> {
    let gone = old.inputs.keys().filter(|name| !new.contains_key(*name));
    let names = new.keys().chain(gone);
    names
        .filter_map(|name| {
            let before = old.inputs.get(name).copied();
            let now = match new.get(name) {
                Some(None) => return None,
                known => known.copied().flatten(),
            };
            (before != now).then(|| Reason::Input {
                name: name.clone(),
                old: before,
                new: now,
                producer: producer(name),
            })
        })
        .collect()
}
