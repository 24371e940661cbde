//! The layout of a store, known only here and in [`super::version`].

use std::path::{Path, PathBuf};

use super::Store;
use crate::graph::NodeKey;

impl Store {
    /// The folder of this version of the store.
    pub(crate) fn base(&self) -> &Path {
        &self.base
    }

    /// The folders that a store of this version has, beside those of its objects.
    pub(super) fn folders(&self) -> [PathBuf; 6] {
        [
            self.manifests(),
            self.works(),
            self.records(),
            self.pins(),
            self.locks(),
            self.live_path(),
        ]
    }

    /// Manifests of complete nodes.
    pub(crate) fn manifests(&self) -> PathBuf {
        self.base.join("nodes")
    }

    /// Saved work of nodes in progress.
    pub(crate) fn works(&self) -> PathBuf {
        self.base.join("work")
    }

    /// Records of runs.
    pub(crate) fn records(&self) -> PathBuf {
        self.base.join("runs")
    }

    /// Pins.
    pub(crate) fn pins(&self) -> PathBuf {
        self.base.join("pins")
    }

    /// Locks of nodes, of records, and the collector's.
    fn locks(&self) -> PathBuf {
        self.base.join("locks")
    }

    /// Files that say which runs are in progress.
    pub(crate) fn live_path(&self) -> PathBuf {
        self.base.join("live")
    }

    pub(crate) fn manifest_path(&self, key: &NodeKey) -> PathBuf {
        self.manifests().join(format!("{key}.json"))
    }

    pub(crate) fn work_path(&self, key: &NodeKey) -> PathBuf {
        self.works().join(key.to_string())
    }

    pub(crate) fn record_path(&self, name: &str) -> PathBuf {
        self.records().join(format!("{name}.json"))
    }

    pub(crate) fn pin_path(&self, name: &str) -> PathBuf {
        self.pins().join(format!("{name}.json"))
    }

    pub(crate) fn lock_path(&self, key: &NodeKey) -> PathBuf {
        self.locks().join(key.to_string())
    }

    /// The lock of whoever collects garbage.
    pub(crate) fn collector_lock(&self) -> PathBuf {
        self.locks().join("gc")
    }

    /// A lock to try locks with.
    pub(crate) fn trial_lock(&self) -> PathBuf {
        self.locks().join("trial")
    }

    /// The lock of whoever writes a record of a run.
    pub(crate) fn records_lock(&self) -> PathBuf {
        self.locks().join("records")
    }

    /// The folder with the human-readable views of all runs.
    pub(crate) fn views(&self) -> PathBuf {
        self.root.join("runs")
    }

    /// The folder with the human-readable view of run `name`.
    pub fn view_path(&self, name: &str) -> PathBuf {
        self.views().join(name)
    }

    /// The folder with the outputs of one node in the view of run `run`.
    pub fn node_view_path(&self, run: &str, iteration: u32, stage: &str, round: Option<u32>) -> PathBuf {
        let round = round.map(|round| format!(".{round}")).unwrap_or_default();
        let iteration = self.view_path(run).join(iteration.to_string());
        iteration.join(format!("{stage}{round}"))
    }

    /// The folder with the embedded files that runs read, written out.
    pub(crate) fn builtins(&self) -> PathBuf {
        self.root.join("builtin")
    }
}
