//! The settings that a run was last run with.

use serde::Serialize;
use serde_json::{Map, Value};
use serl_pipeline::shown;

use super::flat::cells;
use super::show::{Tabulated, align_in, beside, or_dash};
use super::stored::StoredRun;

/// The configuration of a run, as it was resolved when the run was last started.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Settings(Value);

impl Settings {
    /// Those of a run.
    pub fn of(run: &StoredRun) -> Self {
        Self(run.config().clone())
    }
}

/// A line for each key; with several runs, a column for each of them.
impl Tabulated for Settings {
    fn table(rows: &[Self], runs: &[String], room: Option<usize>) -> String {
        let of_runs: Vec<Map<String, Value>> = rows.iter().map(|settings| cells(&settings.0)).collect();
        let keys = keys(&of_runs);
        let values = |key: &str| -> Vec<String> { of_runs.iter().map(|settings| value(settings, key)).collect() };
        if runs.is_empty() {
            let width = keys.iter().map(|key| key.chars().count()).max().unwrap_or(0);
            let line = |key: &&String| beside(&format!("{key:width$}  "), &values(key).concat(), room);
            return keys.iter().map(line).collect::<Vec<_>>().join("\n");
        }
        let header = [&["key".to_owned()], runs].concat();
        let line = |key: &String| [vec![key.clone()], values(key)].concat();
        align_in(room, &[""; 0], &header, keys.into_iter().map(line))
    }
}

/// The keys that any of the runs has, each once, in order.
fn keys(of_runs: &[Map<String, Value>]) -> Vec<&String> {
    let mut keys: Vec<&String> = Vec::new();
    for key in of_runs.iter().flat_map(Map::keys) {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    keys
}

/// The value of a key as users write it; a dash where it is not set.
fn value(settings: &Map<String, Value>, key: &str) -> String {
    or_dash(settings.get(key).filter(|value| !value.is_null()), shown)
}
