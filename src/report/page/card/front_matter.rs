//! What the Hugging Face Hub reads of a model card: YAML, of which JSON is a part.

use std::fmt::Write;
use std::path::Path;

use serde_json::{Value, json};

use super::results::Measured;
use crate::hub;
use crate::report::page::run::Run;

/// The front matter.
pub fn written(run: &Run, base: Option<&str>, licence: Option<&str>, results: &[Measured]) -> String {
    let mut front = String::from("---\n");
    let mut line = |key: &str, value: Value| {
        // Writing to a text cannot fail.
        let _ = writeln!(front, "{key}: {value}");
    };
    line("library_name", json!("transformers"));
    line("pipeline_tag", json!("text-generation"));
    if let Some(licence) = licence {
        line("license", json!(licence));
    }
    if let Some(base) = base {
        line("base_model", json!(base));
    }
    line("tags", json!(["serl", "self-play", "reinforcement-learning"]));
    if !results.is_empty() {
        line(
            "model-index",
            json!([{"name": run.name(), "results": results.iter().map(entry).collect::<Vec<_>>()}]),
        );
    }
    front + "---\n"
}

fn entry(result: &Measured) -> Value {
    let percent = (result.value.0 * 1000.0).round() / 10.0;
    json!({
        "task": {"type": "text-generation"},
        "dataset": {"name": result.benchmark, "type": result.benchmark},
        "metrics": [{"type": "accuracy", "name": result.metric, "value": percent}],
    })
}

/// The name on the Hub of the model that the run began with, if that was found in the Hub's cache.
pub fn hub_id(run: &Run) -> Option<String> {
    let path = run.setting("/model/path").and_then(Value::as_str)?;
    let reference = match Path::new(path).exists() {
        true => None,
        false => hub::absolute(path),
    };
    if let Some(id) = reference.as_deref().unwrap_or(path).strip_prefix(hub::PREFIX) {
        return Some(id.split('@').next().unwrap_or(id).to_owned());
    }
    let folder = path.split(['/', '\\']).find_map(|part| part.strip_prefix("models--"))?;
    let (owner, name) = folder.split_once("--")?;
    Some(format!("{owner}/{name}"))
}
