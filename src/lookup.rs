//! Finds runs and nodes by name: `quickstart`, `quickstart@1`, `1/vote.0`, or the first digits of a key.

use std::path::{Path, PathBuf};

use anyhow::Result;
use serl_pipeline::{Manifest, NodeId, NodeKey, RunRecord, Store};

use crate::failure::Mistake;
use crate::nearest::nearest;
use crate::place::Place;

/// The fewest digits that can stand for a key.
const KEY_DIGITS: usize = 4;

/// An open store and the runs in it.
pub struct Archive {
    root: PathBuf,
    /// The store.
    pub store: Store,
    /// Its runs, most recent first.
    names: Vec<String>,
}

/// The kind of thing that is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Whole runs.
    Run,
    /// Iterations of runs.
    Iteration,
    /// Single nodes.
    Node,
}

/// One side of a comparison.
pub struct Side {
    /// What it is.
    pub level: Level,
    /// Its complete nodes in the order in which they ran, under names that match those of the other side.
    pub nodes: Vec<(String, Manifest)>,
}

impl Side {
    /// The node of this name.
    pub fn node(&self, name: &str) -> Option<&Manifest> {
        let found = self.nodes.iter().find(|(known, _)| known == name);
        found.map(|(_, manifest)| manifest)
    }
}

impl Archive {
    /// Opens the store under `root`, which must hold a run: a lookup never creates a store.
    ///
    /// # Errors
    /// There is no run in it, or it cannot be opened.
    pub fn open(root: &Path) -> Result<Self> {
        if !Store::is_in(root) {
            return Err(nothing(root).into());
        }
        let store = Store::open(root)?;
        let names = store.run_names_latest_first()?;
        if names.is_empty() {
            return Err(nothing(root).into());
        }
        Ok(Self {
            root: root.to_owned(),
            store,
            names,
        })
    }

    /// The record of run `name`, or of the most recent run.
    ///
    /// # Errors
    /// There is no such run, or its record cannot be read.
    pub fn run(&self, name: Option<&str>) -> Result<RunRecord> {
        let name = name.unwrap_or(&self.names[0]);
        let missing = || absent(&self.root, name, &self.names);
        if !self.names.iter().any(|known| known == name) {
            return Err(missing().into());
        }
        Ok(self.store.run_record(name)?.ok_or_else(missing)?)
    }

    /// The one complete node whose key begins with `prefix`.
    ///
    /// # Errors
    /// There is none, or more than one.
    pub fn key(&self, prefix: &str) -> Result<NodeKey> {
        let prefix = prefix.to_ascii_lowercase();
        let begins = |key: &NodeKey| key.to_string().starts_with(&prefix);
        let keys: Vec<NodeKey> = self.store.manifest_keys()?.into_iter().filter(begins).collect();
        match keys.as_slice() {
            [key] => Ok(*key),
            [] => Err(Mistake::new(
                format!("no key of a node in {} begins with `{prefix}`", self.root.display()),
                "name a node of a run as in `1/vote.0`; `serl plan --json` prints the keys of a run",
            )
            .into()),
            several => {
                let several: Vec<String> = several.iter().map(NodeKey::to_string).collect();
                Err(Mistake::new(
                    format!("{} keys begin with `{prefix}`", several.len()),
                    format!("give more digits: {}", several.join(", ")),
                )
                .into())
            }
        }
    }

    /// A run that has the node with this key, and the node's id in it: the run `preferred`, or the most recent one.
    pub fn claim(&self, key: &NodeKey, preferred: Option<&str>) -> Option<(RunRecord, NodeId)> {
        let first = preferred.into_iter();
        first.chain(self.names.iter().map(String::as_str)).find_map(|name| {
            let record = self.store.run_record(name).ok()??;
            let id = record.nodes.iter().find(|(_, known)| *known == key)?.0.clone();
            Some((record, id))
        })
    }

    /// The side of a comparison that `text` names.
    ///
    /// # Errors
    /// `text` names nothing; the hint lists the possible names.
    pub fn side(&self, text: &str) -> Result<Side> {
        if let Some((run, part)) = text.split_once('@') {
            return self.part(&self.run(Some(run))?, part);
        }
        if !self.names.iter().any(|name| name == text) && looks_like_key(text) {
            return self.single(&self.key(text)?);
        }
        let nodes = self.in_order(&self.run(Some(text))?)?.into_iter();
        Ok(Side {
            level: Level::Run,
            nodes: nodes.map(|(id, manifest)| (id.to_string(), manifest)).collect(),
        })
    }

    fn part(&self, record: &RunRecord, part: &str) -> Result<Side> {
        if let Some(key) = record.nodes.get(&NodeId::new(part)) {
            return self.single(key);
        }
        let within = format!("{part}/");
        let nodes = self.in_order(record)?.into_iter();
        let nodes: Vec<(String, Manifest)> = nodes
            .filter_map(|(id, manifest)| Some((id.as_str().strip_prefix(&within)?.to_owned(), manifest)))
            .collect();
        if nodes.is_empty() {
            let text = format!("run `{}` has neither an iteration nor a node `{part}`", record.name);
            return Err(Mistake::new(text, nodes_hint(record, part)).into());
        }
        Ok(Side {
            level: Level::Iteration,
            nodes,
        })
    }

    fn single(&self, key: &NodeKey) -> Result<Side> {
        let manifest = self.store.manifest(key)?.ok_or_else(|| {
            let text = format!("the manifest of node {key} is no longer in the store");
            Mistake::new(text, "repeat the run")
        })?;
        Ok(Side {
            level: Level::Node,
            nodes: vec![(manifest.material.stage.clone(), manifest)],
        })
    }

    /// The nodes of a run whose manifests exist.
    ///
    /// # Errors
    /// A manifest cannot be read.
    pub fn complete(&self, record: &RunRecord) -> Result<Vec<(NodeId, Manifest)>> {
        let mut found = Vec::new();
        for (id, key) in &record.nodes {
            found.extend(self.store.manifest(key)?.map(|manifest| (id.clone(), manifest)));
        }
        Ok(found)
    }

    /// As [`Self::complete`], in the order in which they ran.
    fn in_order(&self, record: &RunRecord) -> Result<Vec<(NodeId, Manifest)>> {
        let mut nodes = self.complete(record)?;
        nodes.sort_by_cached_key(|(id, _)| Place::of(id).map(|place| place.order()));
        Ok(nodes)
    }
}

fn nothing(root: &Path) -> Mistake {
    let text = format!("there is no run in the store {}", root.display());
    Mistake::new(
        text,
        "start one with `serl run`, or name another store with `--store DIR`",
    )
}

/// There is no run `name`, but `known` ones.
fn absent(root: &Path, name: &str, known: &[String]) -> Mistake {
    let meant = nearest(name, known.iter().map(String::as_str)).map(|meant| format!("did you mean `{meant}`? "));
    let known: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
    let text = format!("there is no run `{name}` in the store {}", root.display());
    Mistake::new(
        text,
        format!("{}there are {}", meant.unwrap_or_default(), known.join(", ")),
    )
}

/// Whether `text` can be the beginning of a key.
pub fn looks_like_key(text: &str) -> bool {
    text.len() >= KEY_DIGITS && text.chars().all(|c| c.is_ascii_hexdigit())
}

/// Lists the nodes of a run, for a hint to a user who named one that it does not have, and says which may be meant.
pub fn nodes_hint(record: &RunRecord, named: &str) -> String {
    let ids: Vec<&str> = record.nodes.keys().map(NodeId::as_str).collect();
    if ids.is_empty() {
        return format!("run `{}` has no complete node yet", record.name);
    }
    let meant = nearest(named, ids.iter().copied()).map(|meant| format!("did you mean `{meant}`? "));
    format!("{}its nodes are {}", meant.unwrap_or_default(), ids.join(", "))
}
