//! Why a node runs, in data and in words.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use serl_artifacts::Digest;

use crate::canonical;
use crate::graph::{Input, NodeId, NodeSpec};
use crate::key::{KeyMaterial, NodeKey};

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
pub(crate) fn changes(
    old: &KeyMaterial,
    node: &NodeSpec,
    inputs: &BTreeMap<String, Option<Digest>>,
) -> Vec<Reason> {
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
fn config_differences(
    path: &str,
    old: Option<&Value>,
    new: Option<&Value>,
    found: &mut Vec<Reason>,
) {
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

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NeverRan => f.write_str("never ran, nor anything like it"),
            Self::CodeVersion { old, new } => {
                write!(f, "code version of the stage changed from {old} to {new}")
            }
            Self::Config { key, old, new } => config_words(f, key, old.as_ref(), new.as_ref()),
            Self::Seed { old, new } => write!(f, "seed changed from {old} to {new}"),
            Self::Input {
                name,
                old,
                new,
                producer,
            } => {
                match (old, new) {
                    (None, _) => write!(f, "input `{name}` is new")?,
                    (_, None) => write!(f, "input `{name}` is gone")?,
                    _ => write!(f, "input `{name}` has other content")?,
                }
                match producer {
                    Some(node) => write!(f, " (from {node})"),
                    None => Ok(()),
                }
            }
            Self::OutputMissing { name } => write!(f, "its output {name} is missing or damaged"),
            Self::ManifestMissing => f.write_str("ran before, but its manifest is no longer there"),
            Self::ManifestUnreadable { error } => {
                write!(f, "its manifest cannot be read ({error})")
            }
            Self::UpstreamWillRun { node, roots } => {
                write!(f, "{node} will run")?;
                let others: Vec<&NodeId> = roots.iter().filter(|root| *root != node).collect();
                match others.as_slice() {
                    [] => Ok(()),
                    [one] => write!(f, " because of {one}"),
                    [one, rest @ ..] => write!(f, " because of {one} and {} more", rest.len()),
                }
            }
        }
    }
}

fn config_words(
    f: &mut fmt::Formatter<'_>,
    key: &str,
    old: Option<&Value>,
    new: Option<&Value>,
) -> fmt::Result {
    match (old, new) {
        (Some(old), Some(new)) => {
            write!(f, "`{key}` changed from {} to {}", shown(old), shown(new))
        }
        (None, Some(new)) => write!(f, "`{key}` is new: {}", shown(new)),
        (Some(old), None) => write!(f, "`{key}` is gone, was {}", shown(old)),
        (None, None) => write!(f, "`{key}` changed"),
    }
}

/// Longest text of a value in a sentence, in characters.
const LONGEST: usize = 60;

/// A value of a configuration as people write it, not too long for a sentence.
pub fn shown(value: &Value) -> String {
    let text = match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(shown).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Number(number) => match number.as_f64() {
            // Single precision widened to double would show digits that nobody wrote.
            Some(wide) if number.is_f64() && f64::from(wide as f32) == wide => {
                serde_json::to_string(&(wide as f32)).unwrap_or_else(|_| number.to_string())
            }
            _ => number.to_string(),
        },
        other => other.to_string(),
    };
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn material() -> KeyMaterial {
        KeyMaterial {
            stage: "vote".to_owned(),
            code_version: 1,
            config: json!({"vote": {"n": 16, "top_p": 1.0}, "device": "flex"}),
            seed: 7,
            inputs: [("kept".to_owned(), Digest::of(b"kept"))].into(),
        }
    }

    fn words(old: &KeyMaterial, new: &KeyMaterial) -> Vec<String> {
        let reasons = differences(old, new);
        // What is noted in a manifest comes back as it was.
        let text = serde_json::to_string(&reasons).unwrap();
        assert_eq!(serde_json::from_str::<Vec<Reason>>(&text).unwrap(), reasons);
        reasons.iter().map(Reason::to_string).collect()
    }

    #[test]
    fn equal_material_has_no_differences() {
        let mut respelt = material();
        respelt.config = json!({"device": "flex", "vote": {"top_p": 1, "n": 16.0}});
        assert_eq!(respelt.key(), material().key());
        assert!(words(&material(), &respelt).is_empty());
    }

    #[test]
    fn every_difference_is_told_with_both_values() {
        let mut new = material();
        new.code_version = 2;
        new.config = json!({"vote": {"n": 8, "top_k": 5}, "device": "flex"});
        new.seed = 8;
        new.inputs = [
            ("kept".to_owned(), Digest::of(b"other")),
            ("pool".to_owned(), Digest::of(b"pool")),
        ]
        .into();
        let told = words(&material(), &new);
        assert_eq!(
            told,
            [
                "code version of the stage changed from 1 to 2",
                "`vote.n` changed from 16 to 8",
                "`vote.top_k` is new: 5",
                "`vote.top_p` is gone, was 1.0",
                "seed changed from 7 to 8",
                "input `kept` has other content",
                "input `pool` is new",
            ]
        );
        assert_eq!(
            words(&new, &material()).last().unwrap(),
            "input `pool` is gone"
        );
    }

    #[test]
    fn numbers_are_shown_as_they_were_written_and_texts_are_cut() {
        assert_eq!(shown(&json!([0.2f32, 0.8f32])), "[0.2, 0.8]");
        assert_eq!(shown(&json!(1e-4)), "0.0001");
        assert_eq!(shown(&json!(u64::MAX)), u64::MAX.to_string());
        assert_eq!(shown(&json!("é".repeat(99))).chars().count(), LONGEST + 1);
    }

    #[test]
    fn inputs_that_are_not_known_yet_are_no_reason() {
        let node = NodeSpec {
            id: "1/vote".into(),
            stage: "vote".to_owned(),
            iteration: 1,
            round: None,
            code_version: 1,
            config: material().config,
            seed: 7,
            inputs: BTreeMap::new(),
        };
        let unknown = [("kept".to_owned(), None)].into();
        assert!(changes(&material(), &node, &unknown).is_empty());
    }
}
