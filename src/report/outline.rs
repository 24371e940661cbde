//! The nodes that a run has when it is complete, and what they take from each other, by its recorded configuration.

use std::collections::BTreeMap;

use serde_json::Value;
use serl_artifacts::Digest;
use serl_pipeline::NodeSpec;
use serl_stages::config::Config;
use serl_stages::vote::reward::AnyReward;
use serl_stages::{External, Externals, graph};

/// All nodes of a run with the recorded configuration `config`, in the order in which they run; none if this version
/// cannot read it.
pub fn of(config: &Value) -> Option<Vec<NodeSpec>> {
    let config: Config = serde_json::from_value(config.clone()).ok()?;
    let problems = !config.eval.path.is_empty();
    let encoder = !config.drift.encoder.is_empty();
    // Which files they are changes keys, and no key is shown of these.
    let external = || External {
        digest: Digest::of(b""),
        path: "".into(),
        tree: None,
    };
    let files = config.reward.files();
    let externals = Externals {
        policy: external(),
        seeds: external(),
        problems: problems.then(external),
        encoder: encoder.then(external),
        evidence: files
            .into_iter()
            .map(|file| (file.input, external()))
            .collect::<BTreeMap<_, _>>(),
    };
    let graph = graph(&config, &externals, &Value::Null).ok()?;
    Some(graph.nodes().to_vec())
}
