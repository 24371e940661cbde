//! Turns what happens in a run into entries.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use serl_artifacts::ObjectStore;
use serl_pipeline::{Event as Happened, Headway, NodeId, NodeKey, NodeSpec, Observer, RunReport, Status, Store};
use serl_stages::{Stage, Train};

use super::counter::Counter;
use super::entry::{Entry, Event, NodeRef, Reached};
use super::file::{Appender, NAME};
use super::history::History;
use super::sink::Sink;
use super::stored;
use super::throttle::Throttle;
use crate::clock;
use crate::progress::Pace;

/// The stream of one process that runs a run.
pub struct Stream {
    run: String,
    /// Not the store: whoever holds that, a handler of signals that is never dropped among them, announces the run.
    objects: ObjectStore,
    began: Instant,
    state: Mutex<State>,
}

struct State {
    sinks: Vec<Box<dyn Sink>>,
    /// Sinks that were given up, and why.
    troubles: Vec<String>,
    history: History,
    current: Option<Current>,
    counter: Counter,
}

/// The node that runs.
struct Current {
    node: NodeRef,
    throttle: Throttle,
    pace: Option<Pace>,
    /// When the step before was done.
    step: Option<Instant>,
}

impl Stream {
    /// The stream of run `name` of `store`, which is written to its file and to `sinks`; and why the file cannot be
    /// written to, if it cannot.
    pub fn open(store: &Store, name: &str, mut sinks: Vec<Box<dyn Sink>>) -> (Self, Option<String>) {
        let path = store.view_path(name).join(NAME);
        let trouble = match Appender::open(&path) {
            Ok(appender) => {
                sinks.push(Box::new(appender));
                None
            }
            Err(error) => Some(unwritten(&path.display().to_string(), &error)),
        };
        let stream = Self {
            run: name.to_owned(),
            objects: store.objects().clone(),
            began: Instant::now(),
            state: Mutex::new(State {
                sinks,
                troubles: Vec::new(),
                history: History::of(&path),
                current: None,
                counter: Counter::default(),
            }),
        };
        (stream, trouble)
    }

    /// What could no longer be written to since this was asked last, and why.
    pub fn troubles(&self) -> Vec<String> {
        let mut troubles = Vec::new();
        self.with(|state| troubles.append(&mut state.troubles));
        troubles
    }

    /// The run begins with these nodes.
    pub fn started(&self, device: String, nodes: Vec<NodeId>) {
        let version = env!("CARGO_PKG_VERSION").to_owned();
        self.put(Event::RunStarted { version, device, nodes });
    }

    /// The run is complete.
    pub fn finished(&self, report: &RunReport) {
        self.put(Event::RunFinished {
            ran: report.count(Status::Ran),
            cached: report.count(Status::Cached),
            seconds: self.began.elapsed().as_secs_f64(),
        });
    }

    /// The user stopped the run at `node`.
    pub fn interrupted(&self, node: &NodeId) {
        self.put(Event::RunInterrupted { node: node.clone() });
    }

    /// The run failed, at `node` if a node did.
    pub fn failed(&self, node: Option<&NodeId>, error: &str) {
        let error = error.to_owned();
        if let Some(node) = node.cloned() {
            let error = error.clone();
            self.put(Event::NodeFailed { node, error });
        }
        self.put(Event::RunFailed { error });
    }

    /// A message to the user.
    pub fn message(&self, text: &str) {
        self.put(Event::Message { text: text.to_owned() });
    }

    fn put(&self, event: Event) {
        self.with(|state| state.put(&self.run, event));
    }

    fn with(&self, act: impl FnOnce(&mut State)) {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Observer for Stream {
    fn on_event(&self, event: &Happened<'_>) {
        match *event {
            Happened::Started { node, key, resumed } => self.with(|state| {
                state.history.refresh();
                let node = reference(node, *key);
                state.current = Some(Current {
                    node: node.clone(),
                    throttle: Throttle::starting(Instant::now()),
                    pace: None,
                    step: None,
                });
                state.put(&self.run, Event::NodeStarted { node, resumed });
            }),
            Happened::Progress { headway, .. } => self.with(|state| state.progress(&self.run, headway)),
            Happened::Measured { step, figures, .. } => self.with(|state| {
                if let Some(Current { node, step: since, .. }) = &state.current {
                    let (node, took) = (node.clone(), since.map(|since| since.elapsed().as_secs_f64()));
                    state.step(&self.run, node, step, figures, took);
                }
            }),
            Happened::Finished { node, manifest } => self.with(|state| {
                let complete = state.counter.complete(reference(node, manifest.key), manifest);
                state.current = None;
                state.put(&self.run, Event::NodeFinished(complete));
            }),
            Happened::Cached { node, manifest } => self.with(|state| {
                state.history.refresh();
                let mut complete = state.counter.complete(reference(node, manifest.key), manifest);
                if state.history.has(&manifest.key) {
                    complete.metrics.clear();
                } else if node.stage == Train::NAME {
                    for (step, figures) in stored::steps(&self.objects, manifest) {
                        state.step(&self.run, complete.node.clone(), step, &figures, None);
                    }
                }
                state.put(&self.run, Event::NodeCached(complete));
            }),
            // The others are told in words: see `NodeProgress` and `Recorded`.
            _ => {}
        }
    }
}

impl State {
    fn put(&mut self, run: &str, event: Event) {
        let entry = Entry {
            time: clock::now(),
            run: run.to_owned(),
            event,
        };
        // What cannot be written to is given up; a reader finds the rest.
        self.sinks.retain_mut(|sink| match sink.write(&entry) {
            Ok(()) => true,
            Err(error) => {
                self.troubles.push(unwritten(&sink.name(), &error));
                false
            }
        });
        self.history.note(&entry);
    }

    fn progress(&mut self, run: &str, headway: &Headway<'_>) {
        let now = Instant::now();
        let Some(current) = &mut self.current else { return };
        current.step = Some(now);
        let pace = current.pace.get_or_insert_with(|| Pace::starting(headway));
        if !current.throttle.is_due(now) {
            return;
        }
        let speed = pace.speed(headway);
        let event = Event::NodeProgress {
            node: current.node.clone(),
            reached: Reached {
                done: headway.done,
                total: headway.total,
                unit: headway.unit.to_owned(),
                tokens_per_second: speed.tokens,
                seconds_left: speed.seconds_left,
            },
            metrics: headway
                .figures
                .iter()
                .map(|&(name, value)| (name.to_owned(), value))
                .collect(),
        };
        self.put(run, event);
    }

    /// A step, unless the stream has it: an attempt that continues an earlier one repeats the steps of that.
    fn step(&mut self, run: &str, node: NodeRef, step: u32, figures: &BTreeMap<String, f64>, took: Option<f64>) {
        if !self.history.has_step(&node.key, step) {
            let event = self.counter.step(node, step, figures, took);
            self.put(run, event);
        }
    }
}

fn reference(node: &NodeSpec, key: NodeKey) -> NodeRef {
    NodeRef {
        node: node.id.clone(),
        key,
        stage: node.stage.clone(),
        iteration: node.iteration,
        round: node.round,
    }
}

fn unwritten(what: &str, error: &std::io::Error) -> String {
    format!("{what} cannot be written to ({error}); the run goes on without it")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes two entries.
    struct Full(usize);

    impl Sink for Full {
        fn write(&mut self, _: &Entry) -> std::io::Result<()> {
            self.0 += 1;
            match self.0 {
                0..3 => Ok(()),
                _ => Err(std::io::ErrorKind::StorageFull.into()),
            }
        }

        fn name(&self) -> String {
            "a full disk".to_owned()
        }
    }

    #[test]
    fn what_can_no_longer_be_written_to_is_told_once() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let (stream, trouble) = Stream::open(&store, "test", vec![Box::new(Full(0))]);
        assert_eq!(trouble, None);
        stream.message("one");
        stream.message("two");
        assert_eq!(stream.troubles(), [""; 0]);
        stream.message("three");
        stream.message("four");
        let told = stream.troubles();
        assert!(
            told.len() == 1 && told[0].starts_with("a full disk cannot be written to ("),
            "{told:?}"
        );
        assert_eq!(stream.troubles(), [""; 0]);
        // The file has them all.
        let text = std::fs::read_to_string(store.view_path("test").join(NAME)).unwrap();
        assert_eq!(text.lines().count(), 4);
    }
}
