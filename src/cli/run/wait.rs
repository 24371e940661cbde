//! `--wait`: waits until the nodes that are requested alone can run.

use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::Result;
use serl_pipeline::{CancelFlag, NodeId, PipelineError, Selection};

use crate::command_line;
use crate::failure::Interrupted;
use crate::progress::Display;
use crate::session::Session;

/// How often the manifests are looked at: they may be on the disk of another machine.
const LOOK: Duration = Duration::from_secs(1);

/// How soon a request to stop is heard.
const HEAR: Duration = Duration::from_millis(50);

/// Waits until all that the selected nodes read is there, but no longer than `patience`, if that is given.
///
/// # Errors
/// An interruption; nodes that are still missing in the end; a store that cannot be read.
pub(super) fn until_ready(
    session: &Session,
    selection: &Selection,
    patience: Option<Duration>,
    display: &dyn Display,
    cancel: &CancelFlag,
) -> Result<()> {
    let retention = serl_stages::retention(&session.config);
    let missing = || serl_pipeline::missing(&session.store, &session.graph, selection, &retention);
    let began = Instant::now();
    let mut told: Vec<NodeId> = Vec::new();
    loop {
        let first = missing()?;
        if first.is_empty() {
            return Ok(());
        }
        if patience.is_some_and(|patience| began.elapsed() >= patience) {
            return Err(PipelineError::NotReady { first }.into());
        }
        if told != first {
            display.line(&format!("waiting for {}", named(&first)));
            told = first;
        }
        let looked = Instant::now();
        while looked.elapsed() < LOOK {
            if cancel.is_cancelled() {
                return Err(interrupted().into());
            }
            sleep(HEAR);
        }
    }
}

/// The first of them, and how many there are besides.
fn named(nodes: &[NodeId]) -> String {
    match nodes {
        [] => String::new(),
        [only] => only.to_string(),
        [first, more @ ..] => format!("{first} and {} more", more.len()),
    }
}

fn interrupted() -> Interrupted {
    Interrupted {
        saved: "nothing had begun".to_owned(),
        command: Some(command_line::given()),
    }
}
