//! The complete nodes of a run, found through its record in the store, and the tables they wrote.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::de::DeserializeOwned;
use serde_json::Value;
use serl_artifacts::table::{Table, decode};
use serl_pipeline::{Manifest, NodeId, NodeKey, Reason, RunRecord, Store, differences};
use serl_stages::registry::code_version;
use serl_stages::stage::output::TableOutput;
use serl_stages::{Train, configuration_key};

use super::frame::Frame;
use super::tables::{Extract, InputExtract};
use crate::failure::Mistake;
use crate::lookup::Archive;
use crate::place::Place;

/// A complete node.
#[derive(Debug, Clone)]
pub struct StoredNode {
    /// Where it stands.
    pub place: Place,
    /// Seconds that it took when it was computed.
    pub seconds: f64,
    manifest: Manifest,
}

impl StoredNode {
    /// What it was made from, what it wrote and how.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Whether its stage does something else by now.
    fn is_outdated(&self) -> bool {
        code_version(&self.place.stage).is_some_and(|now| self.manifest.material.code_version < now)
    }
}

/// A run whose tables can be read.
pub struct StoredRun {
    store: Store,
    name: String,
    nodes: Vec<StoredNode>,
    stale: usize,
    config: Value,
}

impl StoredRun {
    /// Opens run `name` of the store under `root`, or the one written last.
    ///
    /// # Errors
    /// There is no such run, or its record cannot be read.
    pub fn open(root: &Path, name: Option<&str>) -> Result<Self> {
        let archive = Archive::open(root)?;
        let record = archive.run(name)?;
        Self::open_in(&archive, &record)
    }

    /// The run with this record.
    ///
    /// # Errors
    /// The manifest of a node cannot be read.
    pub fn open_in(archive: &Archive, record: &RunRecord) -> Result<Self> {
        let mut run = Self::of(&archive.store, &record.name, record.nodes.iter())?;
        run.stale = record.stale.len();
        run.config = record.config.clone();
        Ok(run)
    }

    /// These nodes, as run `name` of an open store. Incomplete ones are left out.
    ///
    /// # Errors
    /// The manifest of a node cannot be read.
    pub fn of<'n>(store: &Store, name: &str, nodes: impl Iterator<Item = (&'n NodeId, &'n NodeKey)>) -> Result<Self> {
        let mut found = Vec::new();
        for (id, key) in nodes {
            let place = Place::of(id);
            found.extend(place.zip(store.manifest(key)?).map(|(place, manifest)| StoredNode {
                place,
                seconds: manifest.seconds,
                manifest,
            }));
        }
        found.sort_by_key(|node| node.place.order());
        Ok(Self {
            store: store.clone(),
            name: name.to_owned(),
            nodes: found,
            stale: 0,
            config: Value::Null,
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Nodes that were made with other settings than those it was last run with.
    pub fn stale(&self) -> usize {
        self.stale
    }

    /// The configuration that it was last run with; null unless the run was [opened](Self::open).
    pub fn config(&self) -> &Value {
        &self.config
    }

    /// Its complete nodes in the order in which they ran.
    pub fn nodes(&self) -> &[StoredNode] {
        &self.nodes
    }

    /// The iterations that have complete nodes.
    pub fn iterations(&self) -> BTreeSet<u32> {
        self.nodes.iter().map(|node| node.place.iteration).collect()
    }

    /// Its complete nodes of one stage, in that order.
    pub fn nodes_of(&self, stage: &str) -> impl Iterator<Item = &StoredNode> {
        self.nodes.iter().filter(move |node| node.place.stage == stage)
    }

    /// The columns that `extract` reads of the node's table; `None` if the node wrote no such table.
    ///
    /// # Errors
    /// The table cannot be read.
    pub fn frame(&self, node: &StoredNode, extract: &Extract) -> Result<Option<Frame>> {
        let table = extract.table.name;
        let Some(found) = node.manifest.outputs.get(table) else {
            return if node.is_outdated() {
                Err(self.outdated(node))
            } else {
                Ok(None)
            };
        };
        let frame = Frame::read(self.store.objects(), &found.digest, extract.columns);
        // The columns of an earlier version may do, too.
        if frame.is_err() && node.is_outdated() {
            return Err(self.outdated(node));
        }
        let what = || format!("{}: {table} of run `{}`", node.place, self.name);
        frame.with_context(what).map(Some)
    }

    /// The rows of the node's table; none if it wrote no such table.
    ///
    /// # Errors
    /// The table cannot be read, or was written by an earlier version of its stage.
    pub fn rows<T: Table>(&self, node: &StoredNode, output: TableOutput<T>) -> Result<Vec<T>> {
        let Some(found) = node.manifest.outputs.get(output.name) else {
            return Ok(Vec::new());
        };
        let what = || format!("{}: {} of run `{}`", node.place, output.name, self.name);
        match decode(&self.store.objects().read(&found.digest)?, output.name) {
            Err(_) if node.is_outdated() => Err(self.outdated(node)),
            rows => rows.with_context(what),
        }
    }

    /// The rows of a table that the node read; none if it read no such table.
    ///
    /// # Errors
    /// The table cannot be read.
    pub fn input_rows<T: Table>(&self, node: &StoredNode, input: &str) -> Result<Vec<T>> {
        let Some(digest) = node.manifest.material.inputs.get(input) else {
            return Ok(Vec::new());
        };
        let what = || format!("the `{input}` of {} of run `{}`", node.place, self.name);
        decode(&self.store.objects().read(digest)?, input).with_context(what)
    }

    /// `error` of reading what `extract` took in an iteration, or why it could not be read where the node that wrote it
    /// is of an earlier version.
    fn explained(&self, iteration: u32, extract: &Extract, error: anyhow::Error) -> anyhow::Error {
        let mut nodes = self
            .nodes_of(extract.table.stage)
            .filter(|node| node.place.iteration == iteration);
        match nodes.find(|node| node.is_outdated()) {
            Some(node) => self.outdated(node),
            None => error,
        }
    }

    fn outdated(&self, node: &StoredNode) -> anyhow::Error {
        let (place, run) = (&node.place, &self.name);
        let text = format!("{place} of run `{run}` was made by an earlier version of serl, whose tables differ");
        let hint = format!(
            "repeat the run: this version makes anew what differs; `serl gc --drop-run {run}` lists what only the old \
             results need"
        );
        Mistake::new(text, hint).into()
    }

    /// As [`Self::frame`], of the node of that iteration and round; none if it is not complete either.
    ///
    /// # Errors
    /// The table cannot be read.
    pub fn frame_at(&self, iteration: u32, round: Option<u32>, extract: &Extract) -> Result<Option<Frame>> {
        let mut nodes = self.nodes_of(extract.table.stage);
        let node = nodes.find(|node| (node.place.iteration, node.place.round) == (iteration, round));
        node.map_or(Ok(None), |node| self.frame(node, extract))
    }

    /// The columns that `extract` reads of the tables of all rounds of an iteration, one below the other; `None`
    /// without such tables.
    ///
    /// # Errors
    /// A table cannot be read.
    pub fn frame_of(&self, iteration: u32, extract: &Extract) -> Result<Option<Frame>> {
        let mut all: Option<Frame> = None;
        let nodes = self.nodes_of(extract.table.stage);
        for node in nodes.filter(|node| node.place.iteration == iteration) {
            all = match (all, self.frame(node, extract)?) {
                (Some(all), Some(next)) => Some(all.above(&next)?),
                (all, next) => all.or(next),
            };
        }
        Ok(all)
    }

    /// As [`Self::frame_of`], as rows; none without such tables.
    ///
    /// # Errors
    /// A table that cannot be read, or was written by an earlier version of a stage.
    pub fn rows_of<T: DeserializeOwned>(&self, iteration: u32, extract: &Extract) -> Result<Vec<T>> {
        let frame = self.frame_of(iteration, extract)?;
        let rows = frame.map(|frame| frame.rows()).transpose();
        let rows = rows.map_err(|error| self.explained(iteration, extract, error))?;
        Ok(rows.unwrap_or_default())
    }

    /// The columns that `extract` reads of a table that comes from outside the run; `None` if no node read it.
    ///
    /// # Errors
    /// The table cannot be read.
    pub fn input(&self, extract: &InputExtract) -> Result<Option<Frame>> {
        let inputs = self.nodes_of(extract.stage).map(|node| &node.manifest.material.inputs);
        let found = inputs.filter_map(|inputs| inputs.get(extract.input)).next();
        let what = || format!("the `{}` of run `{}`", extract.input, self.name);
        let read = |digest| Frame::read(self.store.objects(), digest, extract.columns).with_context(what);
        found.map(read).transpose()
    }

    /// The keys of the settings in which complete nodes of the same place differ from those of another run, seeds and
    /// inputs aside.
    pub fn settings_unlike(&self, other: &Self) -> BTreeSet<String> {
        let twin = |node: &StoredNode| other.nodes.iter().find(|twin| twin.place == node.place);
        let both = self.nodes.iter().filter_map(|node| Some((node, twin(node)?)));
        let reasons = both.flat_map(|(a, b)| differences(&a.manifest.material, &b.manifest.material));
        let key = |reason: Reason| match reason {
            Reason::Config { key, .. } => Some(configuration_key(&key).to_owned()),
            _ => None,
        };
        reasons.filter_map(key).collect()
    }

    /// The folder of the newest policy that was not dropped, in the run's view; none before the first training.
    pub fn policy(&self) -> Option<PathBuf> {
        let has_policy = |node: &&StoredNode| {
            node.manifest
                .outputs
                .get(Train::POLICY.name)
                .is_some_and(|found| !found.dropped)
        };
        let trained = &self.nodes.iter().rfind(has_policy)?.place;
        let iteration = self.folder().join(trained.iteration.to_string());
        Some(iteration.join(trained.turn()).join(Train::POLICY.name))
    }

    /// The run's view: a folder with everything that it made, under readable names.
    pub fn folder(&self) -> PathBuf {
        self.store.view_path(&self.name)
    }
}
