//! A store of many nodes, and how long it takes to plan and to list in it.
//!
//! `cargo build --release --workspace --example large_store`, then `large_store DIR [RUNS] [NODES] [BYTES]` makes RUNS
//! runs of NODES nodes (chains; every node writes one output of BYTES bytes) in the store DIR, unless they are there,
//! and then measures. The same arguments make the same store: 100 runs of 100 nodes of 100,000 bytes by default.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::PathBuf;
use std::time::Instant;

use serde_json::{Value, json};
use serl_artifacts::Digest;
use serl_pipeline::{
    CancelFlag, Graph, Input, NodeContext, NodeSpec, PipelineError, Retention, RunOptions, Runner, Selection, Store,
    plan, run,
};

/// Writes numbers that no one can compress, drawn from the node's place.
struct Noise {
    bytes: usize,
}

impl Runner for Noise {
    type Error = PipelineError;

    fn run(&mut self, node: &NodeSpec, ctx: &mut NodeContext) -> Result<(), PipelineError> {
        let place = format!("{} {}", node.seed, node.id);
        let mut block = *Digest::of(place.as_bytes()).as_bytes();
        let mut bytes = Vec::with_capacity(self.bytes + block.len());
        while bytes.len() < self.bytes {
            bytes.extend_from_slice(&block);
            block = *Digest::of(&block).as_bytes();
        }
        bytes.truncate(self.bytes);
        ctx.put_output("noise", &bytes, None)
    }
}

fn name(run: usize) -> String {
    format!("run-{run:04}")
}

fn chain(run: usize, nodes: usize) -> Result<Graph, PipelineError> {
    let id = |index: usize| format!("{index}/noise");
    let node = |index: usize| NodeSpec {
        id: id(index).as_str().into(),
        stage: "noise".to_owned(),
        iteration: index as u32,
        round: None,
        code_version: 1,
        config: Value::Null,
        seed: run as u64,
        inputs: index
            .checked_sub(1)
            .map(|before| {
                let (node, output) = (id(before).as_str().into(), "noise".to_owned());
                ("before".to_owned(), Input::Output { node, output })
            })
            .into_iter()
            .collect(),
    };
    Graph::new((0..nodes).map(node).collect())
}

fn make(store: &Store, runs: usize, nodes: usize, bytes: usize) -> Result<(), Box<dyn Error>> {
    for index in 0..runs {
        let options = RunOptions {
            name: name(index),
            config: json!({ "seed": index }),
            versions: BTreeMap::new(),
            device: "none".to_owned(),
            retention: Retention::default(),
        };
        let graph = chain(index, nodes)?;
        let (cancel, all) = (CancelFlag::new(), Selection::default());
        run(store, &graph, &all, &mut Noise { bytes }, &(), &cancel, &options)?;
    }
    Ok(())
}

fn told<T>(what: &str, work: impl FnOnce() -> Result<T, Box<dyn Error>>) -> Result<T, Box<dyn Error>> {
    let begun = Instant::now();
    let done = work()?;
    println!("{:10.1} ms  {what}", begun.elapsed().as_secs_f64() * 1e3);
    Ok(done)
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("give a folder")?);
    let mut number = |default: usize| arguments.next().map_or(Ok(default), |text| text.parse());
    let (runs, nodes, bytes) = (number(100)?, number(100)?, number(100_000)?);

    let store = told("open", || Ok(Store::open(&folder)?))?;
    told("make, or find complete", || make(&store, runs, nodes, bytes))?;
    told("all runs again, everything cached", || make(&store, runs, nodes, bytes))?;
    told("plan one run", || {
        Ok(plan(
            &store,
            &chain(0, nodes)?,
            &Selection::default(),
            &name(0),
            &Retention::default(),
        )?)
    })?;
    told("plan all runs", || {
        for index in 0..runs {
            plan(
                &store,
                &chain(index, nodes)?,
                &Selection::default(),
                &name(index),
                &Retention::default(),
            )?;
        }
        Ok(())
    })?;
    told("read the records of all runs", || {
        for index in 0..runs {
            store.run_record(&name(index))?.ok_or("no record")?;
        }
        Ok(())
    })
}
