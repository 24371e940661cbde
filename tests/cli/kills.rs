//! Runs killed at random moments: every one of them, run again, ends with the bytes of a run left alone.
//!
//! The short version is part of the tests. The long one is
//! `SERL_KILL_RUNS=200 cargo test --release --workspace --test cli -- --ignored --nocapture kill_many`, with the
//! policies that `SERL_KILL_KEEP` says (`execution.keep_policies`).

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::dice::Dice;
use crate::support::inventory::{Inventory, listed, manifests, object, outputs};
use crate::support::{Playground, TINY, TINY_NODES};

/// A run that nobody disturbed.
struct Undisturbed {
    inventory: Inventory,
    manifests: BTreeMap<String, Value>,
    took: Duration,
}

impl Undisturbed {
    fn new(keep: &str) -> Self {
        let place = Playground::new();
        let begun = Instant::now();
        place.run(&tiny(keep)).succeeded();
        let took = begun.elapsed();
        let root = place.path(".serl");
        Self {
            inventory: Inventory::of(&root),
            manifests: manifests(&root),
            took,
        }
    }

    /// What the killed run was doing, read off what it left.
    fn interrupted(&self, root: &Path) -> String {
        let complete = manifests(root);
        let begun = listed(&root.join("v1/work"));
        let key = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
        if begun.iter().any(|path| complete.contains_key(&key(path))) {
            return "a commit, between manifest and sweep".to_owned();
        }
        let Some(work) = begun.first() else {
            return match complete.len() {
                0 => "the start".to_owned(),
                TINY_NODES => "the end".to_owned(),
                _ => "the time between two nodes".to_owned(),
            };
        };
        let manifest = &self.manifests[&key(work)];
        let stage = manifest["material"]["stage"].as_str().unwrap();
        match self.has_stored(root, manifest, &complete) {
            true => format!("a commit, between objects and manifest, of {stage}"),
            false => stage.to_owned(),
        }
    }

    /// Whether an output of the node is stored already that no complete node has, too. `selection.parquet` does not
    /// count: it is stored before the training.
    fn has_stored(&self, root: &Path, node: &Value, complete: &BTreeMap<String, Value>) -> bool {
        let older: Vec<String> = complete
            .values()
            .flat_map(|manifest| outputs(manifest).into_values())
            .collect();
        outputs(node).into_iter().any(|(name, digest)| {
            name != "selection.parquet" && !older.contains(&digest) && object(root, &digest).is_file()
        })
    }
}

/// `keep` says which of the policies that it replaces the run keeps.
fn tiny(keep: &str) -> Vec<&str> {
    [&["run", "-q"], TINY, &[keep]].concat()
}

/// Runs in a fresh store, is killed up to three times, and finishes. Gives the moments of the kills.
fn disturbed(wanted: &Undisturbed, keep: &str, seed: u64) -> Vec<String> {
    let mut dice = Dice(seed);
    let place = Playground::new();
    let root = place.path(".serl");
    let mut moments = Vec::new();
    for _ in 0..=dice.below(3) {
        let left = 1.0 - manifests(&root).len() as f64 / TINY_NODES as f64;
        let mut child = place.start(&tiny(keep));
        std::thread::sleep(wanted.took.mul_f64(dice.unit() * left));
        child.kill().unwrap();
        let outcome = place.wait(child);
        if outcome.code.is_some() {
            outcome.succeeded();
            break;
        }
        moments.push(wanted.interrupted(&root));
    }
    place.run(&tiny(keep)).succeeded();
    assert_same(&Inventory::of(&root), &wanted.inventory, seed, &moments);
    assert!(listed(&root.join("v1/work")).is_empty(), "seed {seed}: work is left");
    moments
}

/// Names the first difference: whole inventories are long.
#[track_caller]
fn assert_same(made: &Inventory, wanted: &Inventory, seed: u64, moments: &[String]) {
    let told = format!("seed {seed}, killed in {moments:?}");
    for (key, outputs) in &wanted.nodes {
        assert_eq!(made.nodes.get(key), Some(outputs), "{told}: node {key}");
    }
    assert_eq!(made.nodes.len(), wanted.nodes.len(), "{told}: nodes");
    let differing: Vec<_> = made.objects.symmetric_difference(&wanted.objects).collect();
    assert!(differing.is_empty(), "{told}: objects {differing:?}");
}

/// Disturbs this many runs and counts the kills by what they hit.
fn kill(runs: u64, keep: &str) -> BTreeMap<String, usize> {
    let wanted = Undisturbed::new(keep);
    let mut histogram = BTreeMap::new();
    for seed in 0..runs {
        for moment in disturbed(&wanted, keep, seed) {
            *histogram.entry(moment).or_insert(0) += 1;
        }
    }
    histogram
}

#[test]
fn runs_killed_at_random_end_with_the_bytes_of_a_run_left_alone() {
    for (runs, keep) in [(6, "all"), (3, "iterations"), (3, "last")] {
        let histogram = kill(runs, &format!("execution.keep_policies={keep}"));
        assert!(!histogram.is_empty(), "no run lived long enough to be killed");
    }
}

#[test]
#[ignore = "long: SERL_KILL_RUNS says how many"]
fn kill_many() {
    let runs = std::env::var("SERL_KILL_RUNS").map_or(200, |n| n.parse().unwrap());
    let keep = std::env::var("SERL_KILL_KEEP").unwrap_or_else(|_| "all".to_owned());
    let histogram = kill(runs, &format!("execution.keep_policies={keep}"));
    println!(
        "{runs} runs, {} kills, all ended alike; killed in",
        histogram.values().sum::<usize>()
    );
    for (moment, kills) in &histogram {
        println!("{kills:6}  {moment}");
    }
}
