//! What two runs, iterations or nodes have different: settings, tables, files.

mod rows;
mod settings;
mod statistics;
mod table;
mod text;
mod tree;

pub use rows::{Cell, Example, Rows};
pub use settings::Setting;
pub use statistics::Statistic;
pub use table::{Column, TableDifference};
pub use text::text;
pub use tree::{File, TreeDifference};

use anyhow::{Context, Result};
use serde::Serialize;
use serl_pipeline::{ArtifactKind, Manifest, Output, Store};

use crate::lookup::{Level, Side};
use crate::report::Node;

/// Columns that say where in its run a row was made: between iterations they differ without telling anything.
const POSITION: [&str; 2] = ["iteration", "round"];

/// All differences.
#[derive(Debug, Serialize)]
pub struct Difference {
    /// The one side as it was named.
    pub a: String,
    /// The other.
    pub b: String,
    /// Whether there is none.
    pub equal: bool,
    /// Nodes and outputs that only the one has.
    pub only_a: Vec<String>,
    /// Nodes and outputs that only the other has.
    pub only_b: Vec<String>,
    /// Configuration, seeds, code versions and inputs.
    pub settings: Vec<Setting>,
    /// Tables with other content.
    pub tables: Vec<TableDifference>,
    /// Folders with other content.
    pub trees: Vec<TreeDifference>,
    /// Other files with other content.
    pub files: Vec<String>,
}

/// Compares two sides of one level; at most `examples` rows of each table are shown.
///
/// # Errors
/// An output that cannot be read.
pub fn compare(store: &Store, names: [&String; 2], sides: [&Side; 2], examples: usize) -> Result<Difference> {
    let [a, b] = sides;
    let mut comparison = Comparison {
        store,
        examples,
        ignored: if a.level == Level::Run { &[] } else { &POSITION },
        found: Difference {
            a: names[0].clone(),
            b: names[1].clone(),
            equal: false,
            only_a: only(a, b),
            only_b: only(b, a),
            settings: Vec::new(),
            tables: Vec::new(),
            trees: Vec::new(),
            files: Vec::new(),
        },
    };
    let both = a
        .nodes
        .iter()
        .filter_map(|(name, a)| Some((name, a, b.nodes.get(name)?)));
    let mut both: Vec<_> = both.collect();
    both.sort_by_cached_key(|(_, a, _)| Node::from((*a).clone()).order());
    for (name, a, b) in both {
        comparison.nodes(name, a, b)?;
    }
    let mut found = comparison.found;
    // What was told comes before what followed from it.
    found.settings.sort_by_key(|setting| setting.is_input);
    found.equal = found.only_a.is_empty()
        && found.only_b.is_empty()
        && found.settings.is_empty()
        && found.tables.is_empty()
        && found.trees.is_empty()
        && found.files.is_empty();
    Ok(found)
}

fn only(a: &Side, b: &Side) -> Vec<String> {
    let missing = a.nodes.keys().filter(|name| !b.nodes.contains_key(*name));
    missing.cloned().collect()
}

struct Comparison<'a> {
    store: &'a Store,
    examples: usize,
    ignored: &'static [&'static str],
    found: Difference,
}

impl Comparison<'_> {
    fn nodes(&mut self, name: &str, a: &Manifest, b: &Manifest) -> Result<()> {
        settings::add(&mut self.found.settings, name, a, b, self.ignored);
        for (output, ours) in &a.outputs {
            let name = format!("{name}/{output}");
            match b.outputs.get(output) {
                None => self.found.only_a.push(name),
                Some(theirs) if theirs.digest == ours.digest => {}
                Some(theirs) => self.output(name, ours, theirs)?,
            }
        }
        let missing = b.outputs.keys().filter(|name| !a.outputs.contains_key(*name));
        self.found
            .only_b
            .extend(missing.map(|output| format!("{name}/{output}")));
        Ok(())
    }

    fn output(&mut self, name: String, a: &Output, b: &Output) -> Result<()> {
        let read = |output: &Output| {
            let bytes = self.store.objects().read(&output.digest);
            bytes.with_context(|| name.clone())
        };
        if a.kind == ArtifactKind::Tree && b.kind == ArtifactKind::Tree {
            let objects = self.store.objects();
            let (ours, theirs) = (objects.tree(&a.digest)?, objects.tree(&b.digest)?);
            self.found.trees.push(tree::compare(name, &ours, &theirs));
        } else if name.ends_with(".parquet") {
            let bytes = [read(a)?, read(b)?];
            let compared = table::compare(name, &bytes, self.ignored, self.examples)?;
            self.found.tables.push(compared);
        } else {
            self.found.files.push(name);
        }
        Ok(())
    }
}
