//! Inputs, settings and outputs of a complete node, and why it ran.

use anyhow::Result;
use serde::Serialize;
use serde_json::{Map, Value};
use serl_artifacts::Digest;
use serl_pipeline::{Because, Manifest, NodeId, Reason, shown as value_shown};
use serl_stages::configuration_key;

use super::outputs::{self, OutputRow};
use super::subject::{DIGITS, Subject};
use crate::clock::utc;
use crate::lookup::Archive;
use crate::progress::duration;
use crate::report::flat::flat;
use crate::report::reasons;
use crate::report::show::{align_in, beside, or_dash};

/// The content of a manifest.
#[derive(Serialize)]
pub(super) struct Made {
    stage: String,
    code_version: u32,
    seed: u64,
    started: String,
    seconds: f64,
    device: String,
    versions: Value,
    ran_because: Option<Because>,
    inputs: Vec<InputRow>,
    configuration: Map<String, Value>,
    outputs: Vec<OutputRow>,
    metrics: Value,
}

#[derive(Serialize)]
struct InputRow {
    name: String,
    digest: String,
    producer: Option<String>,
    rows: Option<u64>,
    bytes: Option<u64>,
}

impl Made {
    pub(super) fn of(archive: &Archive, subject: &Subject, manifest: &Manifest) -> Result<Self> {
        let siblings = match &subject.claim {
            Some((record, _)) => archive.complete(record)?,
            None => Vec::new(),
        };
        let configuration = settings(&manifest.material.config);
        let because = manifest.because.clone().map(|because| Because {
            reasons: reasons::named(&because.reasons),
            ..because
        });
        let inputs = manifest.material.inputs.iter();
        Ok(Self {
            stage: manifest.material.stage.clone(),
            code_version: manifest.material.code_version,
            seed: manifest.material.seed,
            started: utc(manifest.started_unix),
            seconds: manifest.seconds,
            device: manifest.device.clone(),
            versions: serde_json::to_value(&manifest.versions)?,
            ran_because: because,
            inputs: inputs
                .map(|(name, digest)| InputRow::of(archive, name, digest, &siblings))
                .collect(),
            configuration,
            outputs: outputs::rows(archive, subject, manifest),
            metrics: manifest.metrics.clone(),
        })
    }

    /// The lines above the tables, each with its name.
    pub(super) fn head(&self) -> Vec<(&'static str, String)> {
        let versions = self.versions.as_object().into_iter().flatten();
        let versions: Vec<String> = versions
            .map(|(name, version)| format!("{name} {}", version.as_str().unwrap_or_default()))
            .collect();
        let mut head = vec![
            ("stage", format!("{}, code version {}", self.stage, self.code_version)),
            ("ran", format!("{} for {}", self.started, duration(self.seconds))),
            ("on", format!("{}; {}", self.device, versions.join(", "))),
        ];
        let Some(because) = &self.ran_because else {
            head.push(("because", "its manifest does not say".to_owned()));
            return head;
        };
        let mut name = "because";
        for reason in &because.reasons {
            head.push((name, reason.to_string()));
            name = "";
        }
        // A node that lost an output was compared with itself, which need not be shown.
        let lost = |reason: &Reason| {
            matches!(
                reason,
                Reason::OutputMissing { .. } | Reason::OutputDropped { .. } | Reason::ManifestUnreadable { .. }
            )
        };
        let compared = because.compared.filter(|_| !because.reasons.iter().any(lost));
        head.extend(compared.map(|key| ("compared", format!("with {key}"))));
        head
    }

    /// The tables.
    pub(super) fn sections(&self, room: Option<usize>) -> Vec<String> {
        let mut sections = Vec::new();
        if !self.inputs.is_empty() {
            let rows = self.inputs.iter().map(InputRow::cells);
            sections.push(table(
                ["input", "digest", "from", "rows", "bytes"],
                &["bytes"],
                rows,
                room,
            ));
        }
        let mut settings: Vec<Vec<String>> = self
            .configuration
            .iter()
            .map(|(key, value)| vec![key.clone(), value_shown(value)])
            .collect();
        settings.push(vec!["seed".to_owned(), self.seed.to_string()]);
        sections.push(plain("configuration", &settings, room));
        let rows = self.outputs.iter().map(OutputRow::cells);
        sections.push(table(
            ["output", "digest", "rows", "bytes", "path"],
            &["path"],
            rows,
            room,
        ));
        sections.extend(self.outputs.iter().find_map(OutputRow::way_back));
        let metrics = flat(&self.metrics);
        if !metrics.is_empty() {
            let rows = metrics.iter().map(|(key, value)| vec![key.clone(), value_shown(value)]);
            sections.push(plain("metric", &rows.collect::<Vec<_>>(), room));
        }
        sections
    }
}

impl InputRow {
    fn of(archive: &Archive, name: &str, digest: &Digest, siblings: &[(NodeId, Manifest)]) -> Self {
        let made = siblings.iter().find_map(|(id, manifest)| {
            let output = manifest.outputs.values().find(|output| output.digest == *digest)?;
            Some((id, output))
        });
        Self {
            name: name.to_owned(),
            digest: digest.to_string(),
            producer: made.map(|(id, _)| id.to_string()),
            rows: made.and_then(|(_, output)| output.rows),
            bytes: match made {
                Some((_, output)) => Some(output.bytes),
                None => archive.store.objects().size(digest),
            },
        }
    }

    fn cells(&self) -> Vec<String> {
        vec![
            self.name.clone(),
            self.digest[..DIGITS].to_owned(),
            self.producer.clone().unwrap_or_else(|| "outside".to_owned()),
            or_dash(self.rows, |n| n.to_string()),
            or_dash(self.bytes, |n| n.to_string()),
        ]
    }
}

fn table<const N: usize>(
    header: [&str; N],
    dispensable: &[&str],
    rows: impl Iterator<Item = Vec<String>>,
    room: Option<usize>,
) -> String {
    align_in(room, dispensable, &header.map(String::from), rows)
}

/// Two left-aligned columns below a head: the second has values of all kinds.
fn plain(head: &str, rows: &[Vec<String>], room: Option<usize>) -> String {
    let width = rows.iter().map(|row| row[0].chars().count()).max().unwrap_or(0);
    let line = |row: &Vec<String>| beside(&format!("  {:<width$}  ", row[0]), &row[1], room);
    let lines = std::iter::once(head.to_owned()).chain(rows.iter().map(line));
    lines.collect::<Vec<_>>().join("\n")
}

/// The values of a node's configuration under their names in a configuration file.
fn settings(config: &Value) -> Map<String, Value> {
    let values = flat(config).into_iter();
    values
        .map(|(key, value)| (configuration_key(&key).to_owned(), value))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn settings_are_named_as_in_a_configuration_file() {
        let config = json!({"vote": {"n": 8}, "sampler": {"device": "flex"}, "round": null});
        assert_eq!(
            Value::from(settings(&config)),
            json!({"vote.n": 8, "model.device": "flex"})
        );
    }
}
