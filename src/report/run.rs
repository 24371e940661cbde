//! The complete nodes of a run, found through its record in the store.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;
use serl_pipeline::{Manifest, NodeKey, Store};

use super::Frame;
use crate::failure::Mistake;

/// A complete node.
#[derive(Debug, Clone)]
pub struct Node {
    /// Iteration; 0 measures the untouched policy.
    pub iteration: u32,
    /// Stage, as in `vote`.
    pub stage: String,
    /// Round, for the stages that have rounds.
    pub round: Option<u32>,
    /// Seconds that it took when it was computed.
    pub seconds: f64,
    manifest: Manifest,
}

/// A run whose tables can be read.
pub struct Run {
    store: Store,
    name: String,
    nodes: Vec<Node>,
}

impl Run {
    /// Opens run `name` of the store under `root`, or the one written last.
    ///
    /// # Errors
    /// There is no such run, or its record cannot be read.
    pub fn open(root: &Path, name: Option<&str>) -> Result<Self> {
        let (store, known) = opened(root)?;
        let name = name.unwrap_or(&known[0]).to_owned();
        if !known.contains(&name) {
            return Err(absent(root, &name, &known).into());
        }
        let record = store.run_record(&name)?.ok_or_else(|| absent(root, &name, &known))?;
        Self::of(&store, &name, record.nodes.values())
    }

    /// The nodes with these keys, as run `name` of an open store.
    ///
    /// # Errors
    /// The manifest of a node cannot be read.
    pub fn of<'k>(store: &Store, name: &str, keys: impl Iterator<Item = &'k NodeKey>) -> Result<Self> {
        let mut nodes = Vec::new();
        for key in keys {
            nodes.extend(store.manifest(key)?.map(Node::from));
        }
        nodes.sort_by_key(|node| (node.iteration, node.round));
        Ok(Self {
            store: store.clone(),
            name: name.to_owned(),
            nodes,
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its complete nodes by iteration and round.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// `columns` of a table that a node wrote; none if the node is not complete or wrote no such table.
    ///
    /// # Errors
    /// The table cannot be read.
    pub fn table(
        &self,
        iteration: u32,
        stage: &str,
        round: Option<u32>,
        output: &str,
        columns: &[&str],
    ) -> Result<Option<Frame>> {
        let wanted = |node: &&Node| node.iteration == iteration && node.stage == stage && node.round == round;
        let node = self.nodes.iter().find(wanted);
        let Some(found) = node.and_then(|node| node.manifest.outputs.get(output)) else {
            return Ok(None);
        };
        let told = || format!("{iteration}/{stage}: {output} of run `{}`", self.name);
        let objects = self.store.objects();
        objects.verify(&found.digest).with_context(told)?;
        let frame = Frame::open(&objects.local(&found.digest)?, columns).with_context(told)?;
        Ok(Some(frame))
    }

    /// The folder of the newest policy that was not dropped, in the view for people; none before the first training.
    pub fn policy(&self) -> Option<PathBuf> {
        let trained = self
            .nodes
            .iter()
            .rfind(|node| node.manifest.outputs.get(POLICY).is_some_and(|policy| !policy.dropped))?;
        let store = &self.store;
        let folder = store.node_view_path(&self.name, trained.iteration, &trained.stage, trained.round);
        Some(folder.join(POLICY))
    }

    /// The folder with everything that the run made, under names for people.
    pub fn folder(&self) -> PathBuf {
        self.store.view_path(&self.name)
    }
}

const POLICY: &str = "policy";

impl Node {
    /// Its place in a run: nodes sorted by it come after those they take inputs from.
    pub(crate) fn order(&self) -> (u32, usize, Option<u32>, usize) {
        // The rounds, each a vote and a training, stand between the filter and the evaluation.
        let (phase, within) = match self.stage.as_str() {
            "generate" => (0, 0),
            "filter" => (1, 0),
            "vote" => (2, 0),
            "train" => (2, 1),
            _ => (3, 0),
        };
        (self.iteration, phase, self.round, within)
    }
}

impl From<Manifest> for Node {
    fn from(manifest: Manifest) -> Self {
        let number = |key: &str| {
            manifest
                .material
                .config
                .get(key)
                .and_then(Value::as_u64)
                .map(|n| n as u32)
        };
        Self {
            iteration: number("iteration").unwrap_or(0),
            stage: manifest.material.stage.clone(),
            round: number("round"),
            seconds: manifest.seconds,
            manifest,
        }
    }
}

/// The store under `root`, which must hold a run, and the names of its runs, the one written last first.
pub(crate) fn opened(root: &Path) -> Result<(Store, Vec<String>)> {
    // Looking for something makes no store.
    if !Store::is_in(root) {
        return Err(nothing(root).into());
    }
    let store = Store::open(root)?;
    let names = store.run_names_latest_first()?;
    if names.is_empty() {
        return Err(nothing(root).into());
    }
    Ok((store, names))
}

fn nothing(root: &Path) -> Mistake {
    let text = format!("there is no run in the store {}", root.display());
    Mistake::new(
        text,
        "start one with `serl run`, or name another store with `--store DIR`",
    )
}

pub(crate) fn absent(root: &Path, name: &str, known: &[String]) -> Mistake {
    let known: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
    let text = format!("there is no run `{name}` in the store {}", root.display());
    Mistake::new(text, format!("there are {}", known.join(", ")))
}
