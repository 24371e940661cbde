//! Keys of the configuration with their values: `train.lr=1e-6`.

use std::env;
use std::ffi::OsStr;
use std::path::Path;

use clap_complete::engine::CompletionCandidate as Candidate;
use serde_json::Value;
use serl_stages::config::Config;
use serl_stages::node_ids;

use super::{files, runs, words};
use crate::schema::{self, Described};
use crate::settings::{self, DEFAULT, SftSettings, Source, project};

/// Keys of the configuration of `serl run`.
pub fn of_run(current: &OsStr) -> Vec<Candidate> {
    let source = source_of_run(Source::Defaults);
    let known = settings::keys::<Config>(&source, &words::overrides());
    offered(current, &known, &schema::of_run())
}

/// Nodes of the run that `serl run` would begin, in their order.
pub fn of_graph(current: &OsStr) -> Vec<Candidate> {
    let source = source_of_run(Source::named(DEFAULT));
    let config = settings::load(&source, &words::overrides()).ok();
    let ids = config
        .and_then(|config: Config| node_ids(&config).ok())
        .unwrap_or_default();
    runs::beginning(current, ids.iter().map(ToString::to_string).collect())
}

/// The configuration that was named, that of the project, or else `default`.
fn source_of_run(default: Source) -> Source {
    let named = words::option(&["-c", "--config"]).or_else(|| env::var("SERL_CONFIG").ok());
    match named.filter(|named| !named.is_empty()) {
        Some(named) => readable(Source::named(&named)),
        None => project::find().map_or(default, Source::Project),
    }
}

/// Keys of the configuration of `serl sft`.
pub fn of_sft(current: &OsStr) -> Vec<Candidate> {
    let named = words::option(&["-c", "--config"]);
    let source = named.map_or(Source::Defaults, |named| readable(Source::named(&named)));
    let known = settings::keys::<SftSettings>(&source, &words::overrides());
    offered(current, &known, &schema::of_sft())
}

/// Of `serl prompt`: a model or a key.
pub fn of_prompt(current: &OsStr) -> Vec<Candidate> {
    let mut candidates = of_run(current);
    candidates.extend(files::model(current));
    candidates
}

/// Nothing that could make us wait is read, such as a pipe.
fn readable(source: Source) -> Source {
    match &source {
        Source::File(path) | Source::Project(path) if !Path::new(path).is_file() => Source::Defaults,
        _ => source,
    }
}

fn offered(current: &OsStr, known: &[(String, Value)], schema: &Value) -> Vec<Candidate> {
    let typed = current.to_string_lossy();
    match typed.split_once('=') {
        Some((key, value)) => values(key, value, known, schema),
        None => names(&typed, known, schema),
    }
}

/// Keys and sections within the section that was typed.
fn names(typed: &str, known: &[(String, Value)], schema: &Value) -> Vec<Candidate> {
    let section = typed.rsplit_once('.').map_or(0, |(section, _)| section.len() + 1);
    let within = known
        .iter()
        .filter(|(key, _)| key.starts_with(typed) && !key[section..].contains('.'));
    let candidate = |(key, value): &(String, Value)| {
        let end = if value.is_object() { '.' } else { '=' };
        let help = schema::described(schema, key, known).map(|described| described.summary);
        Candidate::new(format!("{key}{end}")).help(help.filter(|help| !help.is_empty()).map(Into::into))
    };
    within.map(candidate).collect()
}

/// Values of a key.
fn values(key: &str, typed: &str, known: &[(String, Value)], schema: &Value) -> Vec<Candidate> {
    let Some((_, value)) = known.iter().find(|(name, _)| name == key) else {
        return Vec::new();
    };
    let found = match (key, value) {
        ("name", _) => runs::runs(OsStr::new(typed)),
        ("model.path" | "drift.encoder", _) => files::model(OsStr::new(typed)),
        ("model.device", _) => files::device(OsStr::new(typed)),
        (key, _) if key.ends_with(".path") => files::data(OsStr::new(typed)),
        ("execution.store" | "execution.remote", _) => files::model(OsStr::new(typed)),
        (_, Value::Bool(_)) => runs::beginning(OsStr::new(typed), ["true", "false"].map(str::to_owned).to_vec()),
        _ => match schema::described(schema, key, known) {
            Some(Described { values, .. }) if !values.is_empty() => values
                .into_iter()
                .filter(|(name, _)| name.starts_with(typed))
                .map(|(name, help)| Candidate::new(name).help(help.map(Into::into)))
                .collect(),
            _ => runs::beginning(OsStr::new(typed), plain(value).into_iter().collect()),
        },
    };
    found
        .into_iter()
        .map(|candidate| candidate.add_prefix(format!("{key}=")))
        .collect()
}

/// A value as it can be typed without quotes, if it can.
fn plain(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let special = |c: char| c.is_whitespace() || "\"'\\$`;&|<>()*?{}#!~".contains(c);
    (!text.is_empty() && !text.contains(special)).then_some(text)
}
