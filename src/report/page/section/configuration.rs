//! The settings of the runs, the digests of what they made, and the command that repeats them.

use std::path::Path;

use anyhow::Result;
use serde_json::{Map, Value};
use serl_pipeline::shown;
use serl_stages::config::Config;
use serl_stages::{Stage, Train};

use crate::command_line::quote;
use crate::report::flat::flat;
use crate::report::page::block::{Block, Cell, Section, Table};
use crate::report::page::run::Run;
use crate::report::page::setting::{Setting, defaults};
use crate::settings::{self, Source};

/// The most keys that are given on a command line; of more, a file is written.
const ARGUMENTS: usize = 12;
/// Digits of a key or digest that tell it from others.
const DIGITS: usize = 16;

/// The section.
///
/// # Errors
/// A configuration that cannot be written as TOML.
pub fn section(settings: &[Setting], root: &Path) -> Result<Section> {
    let mut section = Section::new("settings", "Settings and digests");
    let single = settings.iter().map(|setting| setting.runs.len()).sum::<usize>() == 1;
    for setting in settings {
        let Some(run) = setting.first() else {
            continue;
        };
        let blocks = blocks(run, root)?;
        if single {
            section.blocks.extend(blocks);
        } else {
            let seeds = match setting.runs.len() {
                1 => String::new(),
                n => format!(", the first of {n} seeds"),
            };
            section = section.with(Block::Fold {
                summary: format!("{} {}{seeds}", setting.letter, run.name()).trim().to_owned(),
                blocks,
            });
        }
    }
    Ok(section)
}

fn blocks(run: &Run, root: &Path) -> Result<Vec<Block>> {
    let mut blocks = repeat(run, root)?;
    let values = flat(&run.record.config);
    blocks.push(changed(&values).block());
    blocks.push(Block::Fold {
        summary: format!("All {} settings", values.len()),
        blocks: vec![all(&values).block()],
    });
    blocks.push(Block::Fold {
        summary: "Digests of the last policy and keys of all nodes".to_owned(),
        blocks: vec![digests(run).block()],
    });
    Ok(blocks)
}

/// The settings that differ from their defaults.
fn changed(values: &Map<String, Value>) -> Table {
    let defaults = defaults();
    let mut table = Table::new(["setting", "value", "default"]);
    for (key, value) in values.iter().filter(|(key, value)| defaults.get(*key) != Some(value)) {
        table.push(vec![
            Cell::toned(key, "code"),
            Cell::toned(shown(value), "changed"),
            Cell::toned(defaults.get(key).map_or_else(|| "-".to_owned(), shown), "code"),
        ]);
    }
    table
}

fn all(values: &Map<String, Value>) -> Table {
    let defaults = defaults();
    let mut table = Table::new(["setting", "value"]);
    for (key, value) in values {
        let tone = if defaults.get(key) == Some(value) {
            "code"
        } else {
            "changed"
        };
        table.push(vec![Cell::toned(key, "code"), Cell::toned(shown(value), tone)]);
    }
    table
}

fn digests(run: &Run) -> Table {
    let mut table = Table::new(["what", "digest or key", "#code version"]);
    let short = |digest: String| Cell::toned(digest.chars().take(DIGITS).collect::<String>(), "code");
    let last = run.last_of(Train::NAME);
    if let Some((node, policy)) = last.and_then(|node| Some((node, node.manifest().outputs.get(Train::POLICY.name)?))) {
        table.push(vec![
            Cell::text(format!("policy of {}", node.place)),
            short(policy.digest.to_string()),
            Cell::default(),
        ]);
    }
    for node in run.stored.nodes() {
        let manifest = node.manifest();
        table.push(vec![
            Cell::toned(node.place.to_string(), "code"),
            short(manifest.key.to_string()),
            Cell::text(manifest.material.code_version.to_string()),
        ]);
    }
    table
}

/// The command that repeats a run: with arguments if it began from the embedded configuration, or else with a file.
fn repeat(run: &Run, root: &Path) -> Result<Vec<Block>> {
    let note = |text: &str| Block::Note { text: text.to_owned() };
    let mut values = flat(&run.record.config);
    values.insert("execution.store".to_owned(), Value::from(root.display().to_string()));
    if let Some(arguments) = arguments(&values) {
        let text = format!("serl run{arguments}");
        return Ok(vec![note("This command repeats the run:"), Block::Code { text }]);
    }
    let defaults = defaults();
    values.retain(|key, value| defaults.get(key) != Some(value));
    let file = format!("{}.toml", run.name());
    let text = format!("serl run -c {}", quote(&file));
    Ok(vec![
        note("This command repeats the run, with the file below:"),
        Block::Code { text },
        Block::Fold {
            summary: file,
            blocks: vec![Block::Code {
                text: toml::to_string(&nested(&values))?,
            }],
        },
    ])
}

/// What differs from the embedded configuration, as arguments; none if that is too much.
fn arguments(values: &Map<String, Value>) -> Option<String> {
    let config: Config = settings::load_alone(&Source::named("builtin:quickstart")).ok()?;
    let embedded = flat(&serde_json::to_value(config).ok()?);
    if embedded.keys().any(|key| !values.contains_key(key)) {
        return None;
    }
    let different: Vec<_> = values
        .iter()
        .filter(|(key, value)| embedded.get(*key) != Some(value))
        .collect();
    let argument = |(key, value): &(&String, &Value)| {
        let text = match value {
            Value::String(text) => text.clone(),
            value => tidy(value).to_string(),
        };
        format!(" {}", quote(&format!("{key}={text}")))
    };
    (different.len() <= ARGUMENTS).then(|| different.iter().map(argument).collect())
}

/// Dotted keys as tables within each other.
fn nested(values: &Map<String, Value>) -> toml::Table {
    let mut root = toml::Table::new();
    for (key, value) in values {
        // TOML has no null: such a key is left out.
        if let Ok(value) = toml::Value::try_from(tidy(value)) {
            insert(&mut root, key, value);
        }
    }
    root
}

fn insert(table: &mut toml::Table, key: &str, value: toml::Value) {
    let Some((section, rest)) = key.split_once('.') else {
        table.insert(key.to_owned(), value);
        return;
    };
    let within = table
        .entry(section)
        .or_insert_with(|| toml::Value::Table(toml::Table::new()));
    if let toml::Value::Table(within) = within {
        insert(within, rest, value);
    }
}

/// A value whose numbers are as short as a user would write them: a single precision 0.2 is 0.20000000298 as a double.
fn tidy(value: &Value) -> Value {
    match value {
        Value::Array(values) => values.iter().map(tidy).collect(),
        Value::Number(number) if number.is_f64() => {
            let double = number.as_f64().unwrap_or(0.0);
            let single = double as f32;
            if f64::from(single) == double {
                single
                    .to_string()
                    .parse()
                    .map_or_else(|_| value.clone(), |short: f64| Value::from(short))
            } else {
                value.clone()
            }
        }
        value => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_embedded_run_is_repeated_by_its_arguments() {
        let overrides = ["train.bounds=[0.1, 0.9]", "prompt.system=it's"].map(String::from);
        let config: Config = settings::load(&Source::named("builtin:quickstart"), &overrides).unwrap();
        let values = flat(&serde_json::to_value(config).unwrap());
        assert_eq!(
            arguments(&values).unwrap(),
            r" 'prompt.system=it'\''s' 'train.bounds=[0.1,0.9]'"
        );
    }

    #[test]
    fn a_file_has_what_is_not_default() {
        let values = flat(&json!({"name": "x", "train": {"lr": 1e-4, "lora": {"rank": 2}, "bounds": [0.2f32, 0.5]}}));
        let text = toml::to_string(&nested(&values)).unwrap();
        let read: toml::Table = text.parse().unwrap();
        assert_eq!(read["train"]["bounds"].to_string(), "[0.2, 0.5]");
        assert_eq!(read["train"]["lora"]["rank"].as_integer(), Some(2));
        assert_eq!(read["train"]["lr"].as_float(), Some(1e-4));
    }
}
