//! The stream of complete nodes, from what the store has of them.

use std::collections::BTreeMap;

use serl_artifacts::ObjectStore;
use serl_artifacts::table::{Table, decode};
use serl_artifacts::tables::{TrainFigure, TrainLog};
use serl_pipeline::{Manifest, NodeId, Store};
use serl_stages::Train;

use super::counter::Counter;
use super::entry::{Entry, Event, NodeRef};
use crate::clock;
use crate::place::Place;

/// The figures of a complete train node, by step, from its tables. One whose tables cannot be read has none: whoever
/// needs them says so.
pub(super) fn steps(objects: &ObjectStore, manifest: &Manifest) -> BTreeMap<u32, BTreeMap<String, f64>> {
    let log: Vec<TrainLog> = table(objects, manifest, Train::LOG.name).unwrap_or_default();
    let figures: Vec<TrainFigure> = table(objects, manifest, Train::FIGURES.name).unwrap_or_default();
    let mut steps: BTreeMap<u32, _> = log.iter().map(|step| (step.step, step.figures())).collect();
    for figure in figures {
        if let Some(step) = steps.get_mut(&figure.step) {
            step.insert(figure.name, figure.value);
        }
    }
    steps
}

fn table<T: Table>(objects: &ObjectStore, manifest: &Manifest, name: &str) -> Option<Vec<T>> {
    let output = manifest.outputs.get(name)?;
    decode(&objects.read(&output.digest).ok()?, name).ok()
}

/// What the stream of run `run` would have of these nodes, in the order of the run, with the times at which they were
/// computed.
pub(super) fn entries(store: &Store, run: &str, nodes: &[(NodeId, Manifest)]) -> Vec<Entry> {
    let mut placed: Vec<(Place, &NodeId, &Manifest)> = nodes
        .iter()
        .filter_map(|(id, manifest)| Some((Place::of(id)?, id, manifest)))
        .collect();
    placed.sort_by_key(|(place, ..)| place.order());
    let mut counter = Counter::default();
    let mut entries = Vec::new();
    for (place, id, manifest) in placed {
        let node = NodeRef {
            node: id.clone(),
            key: manifest.key,
            stage: place.stage,
            iteration: place.iteration,
            round: place.round,
        };
        let time = clock::rfc3339(manifest.started_unix as f64 + manifest.seconds);
        let mut put = |event: Event| {
            entries.push(Entry {
                time: time.clone(),
                run: run.to_owned(),
                event,
            });
        };
        let complete = counter.complete(node, manifest);
        for (step, figures) in steps(store.objects(), manifest) {
            put(counter.step(complete.node.clone(), step, &figures, None));
        }
        put(Event::NodeCached(complete));
    }
    entries
}
