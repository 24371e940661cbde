//! A file of events.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serl_pipeline::NodeKey;

use super::event::{scalars, start, version};
use super::record::record;
use crate::clock;
use crate::events::{Complete, Entry, Event, Ledger, Metrics, NodeRef, Row, Sink, Step};

/// The beginning of the names that TensorBoard looks for, and the end of ours.
const NAME: (&str, &str) = ("events.out.tfevents.", ".serl");

/// Writes the metrics of a run.
pub struct Writer {
    file: File,
    path: PathBuf,
    /// What was measured before.
    known: Ledger,
}

impl Writer {
    /// Begins a file for run `run` in its folder below `folder`; files that were written for the run before are
    /// removed. Of what is `known` of the run already, nodes are written when they turn out to be complete or go on.
    ///
    /// # Errors
    /// The folder cannot be made or written to.
    pub fn begin(folder: &Path, run: &str, known: Ledger) -> io::Result<Self> {
        let folder = folder.join(run);
        fs::create_dir_all(&folder)?;
        for old in fs::read_dir(&folder)? {
            let old = old?.path();
            let name = old.file_name().map(|name| name.to_string_lossy().into_owned());
            if name.is_some_and(|name| name.starts_with(NAME.0) && name.ends_with(NAME.1)) {
                fs::remove_file(&old)?;
            }
        }
        let now = clock::unix(&clock::now()).unwrap_or_default();
        let path = folder.join(format!("{}{now:.0}.{}{}", NAME.0, std::process::id(), NAME.1));
        let mut writer = Self {
            file: File::create(&path)?,
            path,
            known,
        };
        writer.put(&version(now))?;
        writer.put(&start(now))?;
        Ok(writer)
    }

    /// Writes all that is known.
    ///
    /// # Errors
    /// The file cannot be written to.
    pub fn write_known(&mut self) -> io::Result<()> {
        let rows: Vec<Record> = self.known.rows().map(Record::of).collect();
        rows.iter().try_for_each(|record| self.record(record))
    }

    fn write_known_of(&mut self, key: &NodeKey) -> io::Result<()> {
        let rows: Vec<Record> = self.known.rows_of(key).map(Record::of).collect();
        rows.iter().try_for_each(|record| self.record(record))
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn record(&mut self, record: &Record) -> io::Result<()> {
        if record.values.is_empty() {
            return Ok(());
        }
        self.put(&scalars(record.time, record.step, &record.values))
    }

    fn put(&mut self, event: &[u8]) -> io::Result<()> {
        self.file.write_all(&record(event))
    }
}

/// Values of one step.
struct Record {
    time: f64,
    step: u64,
    values: Vec<(String, f64)>,
}

impl Record {
    fn of(row: Row<'_>) -> Self {
        let (time, seconds) = match row {
            Row::Step(step) => (clock::unix(&step.time), None),
            Row::Node(complete) => (None, Some(complete.seconds)),
        };
        Self {
            time: time.or(clock::unix(&clock::now())).unwrap_or_default(),
            step: row.global_step(),
            values: tagged(row.node(), row.metrics(), seconds),
        }
    }
}

/// What several stages measure: the stage is part of the name of the curve.
const SHARED: [&str; 4] = ["parsed", "sampled_tokens", "tokens_per_second", "seconds"];
/// What nodes measure as their steps do: the steps have the curve.
const OF_STEPS: [&str; 2] = ["num_tokens", "completions/mean_length"];

/// Metrics under the names of curves; `seconds` are those of a node.
fn tagged(node: &NodeRef, metrics: &Metrics, seconds: Option<f64>) -> Vec<(String, f64)> {
    let is_step = seconds.is_none();
    let metrics = metrics.iter().map(|(name, value)| (name.as_str(), *value));
    let all = metrics.chain(seconds.map(|seconds| ("seconds", seconds)));
    let kept = all.filter(|(name, _)| is_step || !OF_STEPS.contains(name));
    let tag = |(name, value): (&str, f64)| match SHARED.contains(&name) {
        true => (format!("{name}/{}", node.stage), value),
        false => (name.to_owned(), value),
    };
    kept.map(tag).collect()
}

impl Sink for Writer {
    fn name(&self) -> String {
        self.path().display().to_string()
    }

    fn write(&mut self, entry: &Entry) -> io::Result<()> {
        let (time, now) = (entry.time.clone(), clock::unix(&entry.time).unwrap_or_default());
        let complete = |complete: &Complete| Record {
            time: now,
            step: complete.global_step,
            values: tagged(&complete.node, &complete.metrics, Some(complete.seconds)),
        };
        match &entry.event {
            Event::Step {
                node,
                step,
                global_step,
                metrics,
            } => {
                let step = Step {
                    node: node.clone(),
                    step: *step,
                    global_step: *global_step,
                    time,
                    metrics: metrics.clone(),
                };
                self.record(&Record::of(Row::Step(&step)))
            }
            Event::NodeFinished(node) => self.record(&complete(node)),
            Event::NodeCached(node) if !node.metrics.is_empty() => self.record(&complete(node)),
            // The stream has what was measured before, and does not repeat it.
            Event::NodeCached(node) => {
                self.known.take(entry.clone());
                self.write_known_of(&node.node.key)
            }
            Event::NodeStarted { node, .. } => self.write_known_of(&node.key),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the `RecordWriter` of TensorBoard 2.21 writes the same three events, in hexadecimal.
    #[test]
    fn bytes_are_those_of_tensorboards_own_writer() {
        let values = [("reward".to_owned(), 0.5), ("kl".to_owned(), -1.25)];
        let written = [version(1.5), start(2.5), scalars(3.5, 300, &values)];
        let bytes: Vec<u8> = written.iter().flat_map(|event| record(event)).collect();
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, include_str!("events.hex").trim());
    }
}
