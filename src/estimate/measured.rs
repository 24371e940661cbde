//! What earlier nodes took and yielded.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use serl_pipeline::{Manifest, NodeKey, Store};
use serl_stages::config::Config;
use serl_stages::{Drift, Evaluate, Filter, Generate, Respond, Solve, Stage, Train, Vote};

/// Manifests that are read, at most: those of the newest runs.
const MOST: usize = 1000;

/// Sums over earlier nodes of the same model and device, by stage.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Measured {
    stages: BTreeMap<String, Sums>,
    runs: Vec<String>,
}

/// Sums over the nodes of a stage.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Sums {
    /// Nodes.
    pub(super) nodes: f64,
    /// Seconds.
    pub(super) seconds: f64,
    /// What the work is counted in: samples, candidates, responses; tokens, for `train`.
    pub(super) units: f64,
    /// Tokens sampled.
    pub(super) tokens: f64,
    /// What came out: instructions of `generate`, kept ones of `filter`, selected ones of `train`.
    pub(super) yielded: f64,
    /// What `yielded` is a share of.
    pub(super) of: f64,
}

impl Measured {
    /// What the store has of nodes that ran on `device` in runs like one of `config`; on any device if none is named,
    /// whose seconds mean nothing together.
    pub fn of(store: &Store, config: &Config, device: Option<&str>) -> Self {
        let mut measured = Self::default();
        let mut seen: BTreeSet<NodeKey> = BTreeSet::new();
        for name in store.run_names_latest_first().unwrap_or_default() {
            let Ok(Some(record)) = store.run_record(&name) else {
                continue;
            };
            let keys: Vec<NodeKey> = record.nodes.values().copied().filter(|key| seen.insert(*key)).collect();
            if !is_alike(&record.config, config) || seen.len() > MOST {
                continue;
            }
            let found = keys.iter().filter_map(|key| store.manifest(key).ok().flatten());
            let counted = found
                .filter(|manifest| measured.count(manifest, config, device))
                .count();
            if counted > 0 {
                measured.runs.push(name);
            }
        }
        measured
    }

    /// Whether samples of a stage were measured.
    pub fn is_measured(&self, stage: &str) -> bool {
        self.stage(stage).is_some_and(|sums| sums.units > 0.0)
    }

    /// The sums of a stage; none if no node of it was measured.
    pub(super) fn stage(&self, stage: &str) -> Option<&Sums> {
        self.stages.get(stage)
    }

    /// The runs whose nodes were measured, the newest first.
    pub(super) fn runs(&self) -> &[String] {
        &self.runs
    }

    /// Adds a node; whether it counts.
    fn count(&mut self, manifest: &Manifest, config: &Config, device: Option<&str>) -> bool {
        let stage = manifest.material.stage.as_str();
        let Some(sums) = sums(stage, &manifest.metrics) else {
            return false;
        };
        // An attempt that continued another took some of the time only.
        let elsewhere = device.is_some_and(|device| manifest.device != device);
        if elsewhere || manifest.resumed || !judges_alike(stage, manifest, config) {
            return false;
        }
        let all = self.stages.entry(stage.to_owned()).or_default();
        all.nodes += 1.0;
        all.seconds += manifest.seconds;
        all.units += sums.units;
        all.tokens += sums.tokens;
        all.yielded += sums.yielded;
        all.of += sums.of;
        true
    }

    #[cfg(test)]
    pub(super) fn from(stages: &[(&str, Sums)]) -> Self {
        Self {
            stages: stages
                .iter()
                .map(|(stage, sums)| ((*stage).to_owned(), *sums))
                .collect(),
            runs: vec!["before".to_owned()],
        }
    }
}

/// Whether a run starts from the same model on the same device.
fn is_alike(record: &Value, config: &Config) -> bool {
    let own = serde_json::to_value(&config.model).unwrap_or_default();
    let keys = ["path", "device", "dtype"];
    keys.iter().all(|key| record["model"][key] == own[key])
}

/// Whether a vote judged as the configuration does: judges and programs take longer than counting.
fn judges_alike(stage: &str, manifest: &Manifest, config: &Config) -> bool {
    let kind = serde_json::to_value(&config.reward).unwrap_or_default();
    stage != Vote::NAME || manifest.material.config["reward"]["kind"] == kind["kind"]
}

/// The sums of one node, from its summary; none if it lacks them, as those of earlier versions do.
fn sums(stage: &str, summary: &Value) -> Option<Sums> {
    let of = |name: &str| summary.get(name).and_then(Value::as_f64);
    let (units, yielded, share_of) = match stage {
        Generate::NAME => (of("completions")?, of("instructions")?, of("completions")?),
        Filter::NAME => (of("candidates")?, of("kept")?, of("candidates")?),
        Drift::NAME => (of("embedded")?, 0.0, 0.0),
        Respond::NAME | Solve::NAME => (of("responses")?, 0.0, 0.0),
        Vote::NAME | Evaluate::NAME => (of("n_responses")?, 0.0, 0.0),
        Train::NAME => (of("tokens")?, of("selected")?, of("instructions")?),
        _ => return None,
    };
    let tokens = match stage {
        Generate::NAME | Respond::NAME | Solve::NAME => of("sampled_tokens")?,
        _ => 0.0,
    };
    Some(Sums {
        nodes: 1.0,
        seconds: 0.0,
        units,
        tokens,
        yielded,
        of: share_of,
    })
}
