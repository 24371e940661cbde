//! Why a node runs, in data and in words.

mod words;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serl_artifacts::Digest;

use crate::canonical;
use crate::graph::{Input, NodeId, NodeSpec};
use crate::key::{KeyMaterial, NodeKey};
pub use words::shown;

/// Why a node runs, or one of several reasons. `old` is what the node it is compared with had.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// Nothing like it ever completed.
    NeverRan,
    /// Its stage does something else than it did.
    CodeVersion {
        /// Version of the stage then.
        old: u32,
        /// Version of the stage now.
        new: u32,
    },
    /// A value of its configuration is another one.
    Config {
        /// Path of the value, as in `vote.n`.
        key: String,
        /// The value then; none if there was no such key.
        old: Option<Value>,
        /// The value now; none if there is no such key.
        new: Option<Value>,
    },
    /// Its random draws are others.
    Seed {
        /// The seed then.
        old: u64,
        /// The seed now.
        new: u64,
    },
    /// An input has other content.
    Input {
        /// The input.
        name: String,
        /// Its content then; none if there was no such input.
        old: Option<Digest>,
        /// Its content now; none if there is no such input.
        new: Option<Digest>,
        /// The node that makes it now; none for what comes from outside.
        producer: Option<NodeId>,
    },
    /// It completed, but an output is no longer there.
    OutputMissing {
        /// The output.
        name: String,
    },
    /// It completed, but an output was dropped since (see [`crate::Retention`]) and is needed again.
    OutputDropped {
        /// The output.
        name: String,
        /// The node that will run and reads it; none if the output itself is asked for.
        needed_by: Option<NodeId>,
    },
    /// Its run had it complete, but the manifest is no longer there.
    ManifestMissing,
    /// It completed, but its manifest cannot be read.
    ManifestUnreadable {
        /// Why not.
        error: String,
    },
    /// A node before it will run. Should that give the same bytes as before, this one may turn out to be complete.
    UpstreamWillRun {
        /// The first such node.
        node: NodeId,
        /// The nodes that all of it begins with: those that run for reasons of their own.
        roots: Vec<NodeId>,
    },
}

/// What made a node run, noted in its manifest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Because {
    /// Name of the run that ran it.
    pub run: String,
    /// Its id in that run.
    pub node: NodeId,
    /// The node that it was compared with; none if there was nothing like it.
    pub compared: Option<NodeKey>,
    /// The reasons.
    pub reasons: Vec<Reason>,
}

/// In what two nodes of a stage differ; nothing exactly if their keys are equal.
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

/// As [`differences`] for a node of a graph, whose inputs may not all be known yet (none): those are passed over.
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
    if old.map(canonical::encode) != new.map(canonical::encode) {
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

#[cfg(test)]
mod tests;
