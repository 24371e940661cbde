//! Everything known about a node, as text or JSON.

use anyhow::Result;
use serde::Serialize;
use serl_pipeline::{NodeId, Reason};

use super::made::Made;
use super::subject::{DIGITS, Subject};
use crate::lookup::Archive;
use crate::report::reasons;
use crate::report::show::{Form, beside};

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

/// Everything known about the node, as text or JSON.
///
/// # Errors
/// A manifest of its run that cannot be read.
pub fn shown(archive: &Archive, subject: &Subject, form: Form) -> Result<String> {
    let explanation = Explanation::of(archive, subject)?;
    match form {
        Form::Table(room) => Ok(explanation.text(room)),
        Form::Json | Form::Csv => Ok(serde_json::to_string_pretty(&explanation)?),
    }
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
            state: subject.state().to_owned(),
            would_run_because: planned.map_or(Vec::new(), |node| reasons::named(node.reasons())),
            made: match &subject.manifest {
                Some(manifest) => Some(Made::of(archive, subject, manifest)?),
                None => None,
            },
        })
    }

    fn text(&self, room: Option<usize>) -> String {
        let node = self.node.as_deref().unwrap_or("-");
        let run = self
            .run
            .as_ref()
            .map_or(String::new(), |run| format!(" of run `{run}`"));
        let mut head = vec![("node", format!("{node}{run}"))];
        head.extend(self.key.iter().map(|key| ("key", fitting(key, room))));
        head.push(("state", self.state.clone()));
        head.extend(self.would_run_because.iter().map(|reason| ("", reason.to_string())));
        if let Some(made) = &self.made {
            head.extend(made.head());
        }
        let line = |(name, text): &(&str, String)| beside(&format!("{name:<NAMES$}"), text, room);
        let head: Vec<String> = head.iter().map(line).collect();
        let mut sections = vec![head.join("\n")];
        sections.extend(self.made.iter().flat_map(|made| made.sections(room)));
        sections.join("\n\n")
    }
}

/// Columns before what a line says.
const NAMES: usize = 10;

/// A key, or its first digits where all of it would not fit.
fn fitting(key: &str, room: Option<usize>) -> String {
    match room {
        Some(room) if room < NAMES + key.len() => key[..DIGITS].to_owned(),
        _ => key.to_owned(),
    }
}
