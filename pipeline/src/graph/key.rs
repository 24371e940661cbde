//! Node keys: what the outputs of a node depend on, and its digest.
//!
//! | enters the hash | as | why |
//! |---|---|---|
//! | the scheme | `serl-node-key/1` in front | another encoding never meets an old key |
//! | `stage` | string | stages differ in what they do |
//! | `code_version` | integer | bumped by hand when a stage does something else with the same inputs |
//! | `config` | JSON | only the semantic part of the configuration; the caller leaves the rest out |
//! | `seed` | integer | randomness is drawn from it and from nothing else |
//! | `inputs` | name -> content digest | not its maker's key: a maker that gives the same bytes again stops there |
//!
//! Not in the hash: the node's id, iteration and round (where they matter the stage puts them into `config`), paths,
//! clock times, thread counts, versions of the program. Two nodes of different runs with equal material are one node.
//!
//! The key is BLAKE3 over the scheme's name and the canonical bytes (see [`canonical`]) of the JSON object
//! `{stage, code_version, config, seed, inputs}`, with digests as 64 hexadecimal digits.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use serl_artifacts::{ArtifactError, Digest};

use super::canonical;

/// Put in front of what is hashed.
const SCHEME: &[u8] = b"serl-node-key/1\0";

/// Key of a node: the digest of everything its outputs depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NodeKey(Digest);

impl NodeKey {
    /// The digest.
    pub fn digest(&self) -> &Digest {
        &self.0
    }
}

impl fmt::Display for NodeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for NodeKey {
    type Err = ArtifactError;

    fn from_str(text: &str) -> Result<Self, ArtifactError> {
        text.parse().map(Self)
    }
}

/// Everything the outputs of a node depend on. Kept beside the outputs, to explain later why a node ran.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeyMaterial {
    /// Name of the stage.
    pub stage: String,
    /// Version of what the stage does.
    pub code_version: u32,
    /// The part of the configuration that the outputs depend on.
    pub config: Value,
    /// Seed of all randomness of the node.
    pub seed: u64,
    /// Content digests of the inputs, by name.
    pub inputs: BTreeMap<String, Digest>,
}

impl KeyMaterial {
    /// The key.
    pub fn key(&self) -> NodeKey {
        let inputs: serde_json::Map<String, Value> = self
            .inputs
            .iter()
            .map(|(name, digest)| (name.clone(), digest.to_hex().into()))
            .collect();
        let material = json!({
            "stage": self.stage,
            "code_version": self.code_version,
            "config": self.config,
            "seed": self.seed,
            "inputs": inputs,
        });
        let mut bytes = SCHEME.to_vec();
        bytes.extend(canonical::encode(&material));
        NodeKey(Digest::of(&bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn material() -> KeyMaterial {
        KeyMaterial {
            stage: "vote".to_owned(),
            code_version: 3,
            config: json!({"n": 16, "temperature": 0.7, "top_p": 1.0, "order": ["boxed", "ünicode", null, true, -5]}),
            seed: u64::MAX,
            inputs: [
                ("policy".to_owned(), Digest::of(b"policy")),
                ("kept".to_owned(), Digest::of(b"kept")),
            ]
            .into(),
        }
    }

    /// A change of this digest makes every store recompute everything: then the scheme's name must change, too.
    ///
    /// The digest was computed independently by Python, with the `blake3` package: `blake3(b"serl-node-key/1\0" +
    /// enc(m)).hexdigest()`, where `m` is the material as a dict (digests as hex text) and, with `L(n) =
    /// struct.pack("<Q", n)`, `enc` gives `tag + L(len(payload)) + payload` for scalars (`n`: empty, `b`: one byte,
    /// `i`: `str(int(v))` for ints and for floats that are whole and at most 2**53, `f`: `struct.pack(">d", v)`, `s`:
    /// UTF-8), `b"a" + L(len(v)) + b"".join(map(enc, v))` for lists and `b"o" + L(len(v)) + b"".join(enc(k) +
    /// enc(v[k]) for k in sorted(v, key=str.encode))` for dicts.
    #[test]
    fn the_key_of_a_known_node_never_changes() {
        let golden = "51cb14521039158e2a1d876aa1d092324133b65677aa79cdfea028a66e3f0e7b";
        assert_eq!(material().key().to_string(), golden);
        assert_eq!(golden.parse::<NodeKey>().unwrap(), material().key());
    }

    #[test]
    fn every_part_of_the_material_enters_the_key() {
        let changes: [fn(&mut KeyMaterial); 7] = [
            |m| m.stage = "votes".to_owned(),
            |m| m.code_version += 1,
            |m| m.config["temperature"] = json!(0.8),
            |m| m.seed -= 1,
            |m| {
                m.inputs.insert("kept".to_owned(), Digest::of(b"other"));
            },
            |m| {
                m.inputs.remove("kept");
            },
            |m| {
                m.inputs.insert("more".to_owned(), Digest::of(b""));
            },
        ];
        let mut keys = vec![material().key()];
        for change in changes {
            let mut changed = material();
            change(&mut changed);
            keys.push(changed.key());
        }
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), 8);
    }

    #[test]
    fn material_read_back_from_json_has_the_same_key() {
        let json = serde_json::to_vec_pretty(&material()).unwrap();
        let read: KeyMaterial = serde_json::from_slice(&json).unwrap();
        assert_eq!(read.key(), material().key());
    }
}
