//! Two sides, node by node and output by output.

use std::collections::HashSet;

use anyhow::{Context, Result};
use serl_artifacts::Digest;
use serl_pipeline::{ArtifactKind, Manifest, Output, Store};

use super::difference::Difference;
use super::{settings, table, tree};
use crate::lookup::{Level, Side};
use crate::report::frame::{Columns, Frame};

/// Columns that say where in its run a row was made: between iterations they always differ.
const POSITION: [&str; 2] = ["iteration", "round"];

/// Compares two sides of one level; at most `examples` rows of each table are shown.
///
/// # Errors
/// An output that cannot be read.
pub fn compare(store: &Store, names: [&String; 2], sides: [&Side; 2], examples: usize) -> Result<Difference> {
    let [a, b] = sides;
    let outputs = [a, b].into_iter().flat_map(|side| &side.nodes);
    let made = outputs.flat_map(|(_, manifest)| manifest.outputs.values().map(|output| output.digest));
    let mut comparison = Comparison {
        made: made.collect(),
        store,
        examples,
        ignored: if a.level == Level::Run { &[] } else { &POSITION },
        found: Difference::between(names),
    };
    comparison.found.only_a = only(a, b);
    comparison.found.only_b = only(b, a);
    for (name, ours) in &a.nodes {
        if let Some(theirs) = b.node(name) {
            comparison.nodes(name, ours, theirs)?;
        }
    }
    Ok(comparison.found.complete())
}

/// Names of the nodes that `a` alone has, sorted.
fn only(a: &Side, b: &Side) -> Vec<String> {
    let names = a.nodes.iter().map(|(name, _)| name);
    let mut missing: Vec<String> = names.filter(|name| b.node(name).is_none()).cloned().collect();
    missing.sort();
    missing
}

struct Comparison<'a> {
    /// Digests of what the nodes of both sides made.
    made: HashSet<Digest>,
    store: &'a Store,
    examples: usize,
    ignored: &'static [&'static str],
    found: Difference,
}

impl Comparison<'_> {
    fn nodes(&mut self, name: &str, a: &Manifest, b: &Manifest) -> Result<()> {
        settings::add(&mut self.found.settings, name, [a, b], self.ignored, &self.made);
        for (output, ours) in &a.outputs {
            let name = format!("{name}/{output}");
            match b.outputs.get(output) {
                None => self.found.only_a.push(name),
                Some(theirs) if theirs.digest == ours.digest => {}
                Some(theirs) => self.output(name, ours, theirs)?,
            }
        }
        let missing = b.outputs.keys().filter(|name| !a.outputs.contains_key(*name));
        let missing = missing.map(|output| format!("{name}/{output}"));
        self.found.only_b.extend(missing);
        Ok(())
    }

    fn output(&mut self, name: String, a: &Output, b: &Output) -> Result<()> {
        let objects = self.store.objects();
        if a.kind == ArtifactKind::Tree && b.kind == ArtifactKind::Tree {
            let (ours, theirs) = (objects.tree(&a.digest)?, objects.tree(&b.digest)?);
            self.found.trees.push(tree::compare(name, &ours, &theirs));
        } else if name.ends_with(".parquet") {
            let read = |output: &Output| Frame::read(objects, &output.digest, Columns::All);
            let a = read(a).with_context(|| name.clone())?;
            let b = read(b).with_context(|| name.clone())?;
            let compared = table::compare(name, [&a, &b], self.ignored, self.examples)?;
            self.found.tables.push(compared);
        } else {
            self.found.files.push(name);
        }
        Ok(())
    }
}
