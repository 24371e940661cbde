//! Everything known of one node: what it was made of, what it made, why it ran.

mod outputs;

use anyhow::Result;
use serde::Serialize;
use serde_json::{Map, Value};
use serl_artifacts::Digest;
use serl_pipeline::{Because, Manifest, NodeId, PlannedNode, Reason, RunRecord, shown as value_shown};
use serl_stages::configuration_key;

use super::utc::utc;
use super::{align, or_dash, reasons};
use crate::lookup::Archive;
use crate::progress::duration;
use outputs::{DIGITS, OutputRow};

/// A node as it was found.
pub struct Subject {
    /// The run that has it, and its id there.
    pub claim: Option<(RunRecord, NodeId)>,
    /// Its manifest, if it is complete.
    pub manifest: Option<Manifest>,
    /// What a run would do with it now, if that could be planned.
    pub planned: Option<PlannedNode>,
}

#[derive(Serialize)]
struct Explanation {
    node: Option<String>,
    run: Option<String>,
    key: Option<String>,
    state: String,
    would_run_because: Vec<Reason>,
    #[serde(flatten)]
    made: Option<Made>,
}

/// What a manifest says.
#[derive(Serialize)]
struct Made {
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

/// What is known of the node, as text or as JSON.
///
/// # Errors
/// A manifest of its run that cannot be read.
pub fn shown(archive: &Archive, subject: &Subject, json: bool) -> Result<String> {
    let explanation = Explanation::of(archive, subject)?;
    if json {
        return Ok(serde_json::to_string_pretty(&explanation)?);
    }
    Ok(explanation.text())
}

impl Explanation {
    fn of(archive: &Archive, subject: &Subject) -> Result<Self> {
        let because = subject.manifest.as_ref().and_then(|m| m.because.as_ref());
        let claimed = subject.claim.as_ref();
        let node = claimed.map(|(_, id)| id).or(because.map(|because| &because.node));
        let planned = subject.planned.as_ref();
        let key = subject.manifest.as_ref().map(|manifest| manifest.key);
        Ok(Self {
            node: node.map(NodeId::to_string),
            run: claimed.map(|(record, _)| record.name.clone()),
            key: key.or(planned.and_then(|node| node.key)).map(|key| key.to_string()),
            state: state(subject),
            would_run_because: planned.map_or(Vec::new(), |node| reasons::named(node.reasons())),
            made: match &subject.manifest {
                Some(manifest) => Some(Made::of(archive, subject, manifest)?),
                None => None,
            },
        })
    }

    fn text(&self) -> String {
        let node = self.node.as_deref().unwrap_or("-");
        let run = self
            .run
            .as_ref()
            .map_or(String::new(), |run| format!(" of run `{run}`"));
        let mut head = vec![("node", format!("{node}{run}"))];
        head.extend(self.key.iter().map(|key| ("key", key.clone())));
        head.push(("state", self.state.clone()));
        head.extend(self.would_run_because.iter().map(|reason| ("", reason.to_string())));
        if let Some(made) = &self.made {
            head.extend(made.head());
        }
        let head: Vec<String> = head.iter().map(|(name, text)| format!("{name:<8}  {text}")).collect();
        let mut sections = vec![head.join("\n")];
        sections.extend(self.made.iter().flat_map(Made::sections));
        sections.join("\n\n")
    }
}

fn state(subject: &Subject) -> String {
    let would_run = subject.planned.as_ref().is_some_and(|node| !node.reasons().is_empty());
    match (&subject.manifest, would_run) {
        (None, _) => "not complete, will run".to_owned(),
        (Some(_), true) => "complete, but will run again".to_owned(),
        (Some(_), false) if subject.claim.is_none() => "complete, but no run has it now".to_owned(),
        (Some(_), false) => "complete".to_owned(),
    }
}

impl Made {
    fn of(archive: &Archive, subject: &Subject, manifest: &Manifest) -> Result<Self> {
        let siblings = match &subject.claim {
            Some((record, _)) => archive.complete(record)?,
            None => Vec::new(),
        };
        let mut configuration = Map::new();
        flatten("", &manifest.material.config, &mut configuration);
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
            outputs: outputs::rows(archive, subject.claim.as_ref(), manifest),
            metrics: manifest.metrics.clone(),
        })
    }

    fn head(&self) -> Vec<(&'static str, String)> {
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
        // A node that lost an output was compared with itself, which need not be said.
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

    fn sections(&self) -> Vec<String> {
        let mut sections = Vec::new();
        if !self.inputs.is_empty() {
            let rows = self.inputs.iter().map(InputRow::cells);
            sections.push(table(["input", "digest", "from", "rows", "bytes"], rows));
        }
        let mut settings: Vec<Vec<String>> = self
            .configuration
            .iter()
            .map(|(key, value)| vec![key.clone(), value_shown(value)])
            .collect();
        settings.push(vec!["seed".to_owned(), self.seed.to_string()]);
        sections.push(plain(["configuration", ""], settings));
        let rows = self.outputs.iter().map(OutputRow::cells);
        sections.push(table(["output", "digest", "rows", "bytes", "path"], rows));
        sections.extend(self.outputs.iter().find_map(OutputRow::way_back));
        let mut metrics = Map::new();
        flatten("", &self.metrics, &mut metrics);
        if !metrics.is_empty() {
            let rows = metrics.iter().map(|(key, value)| vec![key.clone(), value_shown(value)]);
            sections.push(plain(["metric", ""], rows.collect()));
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

fn table<const N: usize>(header: [&str; N], rows: impl Iterator<Item = Vec<String>>) -> String {
    align(&header.map(String::from), rows)
}

/// Two columns, both to the left: values of all kinds stand in the second.
fn plain(header: [&str; 2], rows: Vec<Vec<String>>) -> String {
    let width = rows.iter().map(|row| row[0].chars().count()).max().unwrap_or(0);
    let mut lines = vec![header[0].to_owned()];
    lines.extend(rows.iter().map(|row| format!("  {:<width$}  {}", row[0], row[1])));
    lines.join("\n")
}

/// Every value below `value` by its path, under the names of a configuration file.
fn flatten(path: &str, value: &Value, into: &mut Map<String, Value>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let path = match path {
                    "" => name.clone(),
                    _ => format!("{path}.{name}"),
                };
                flatten(&path, value, into);
            }
        }
        Value::Null => {}
        value => drop(into.insert(configuration_key(path).to_owned(), value.clone())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn settings_are_named_as_in_a_configuration_file() {
        let mut flat = Map::new();
        flatten(
            "",
            &json!({"vote": {"n": 8}, "device": "flex", "round": null}),
            &mut flat,
        );
        assert_eq!(Value::from(flat), json!({"vote.n": 8, "model.device": "flex"}));
    }
}
