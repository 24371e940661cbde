//! What `serl push` and `serl pull` have in common: progress, interruption, and what they tell.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Result;
use serl_pipeline::{CancelFlag, Headway, NodeId, PipelineError, Transfer};

use crate::failure::{Finding, Interrupted};
use crate::progress::{self, Display};
use crate::terminal::Terminal;
use crate::{command_line, interrupt, report};

/// Does `work` with progress and until the user asks to stop.
pub(super) fn with_progress<T>(
    verb: &str,
    terminal: &Terminal,
    work: impl FnOnce(&CancelFlag, &dyn Fn(Transfer<'_>)) -> Result<T, PipelineError>,
) -> Result<T> {
    let display: Arc<dyn Display> = progress::display(terminal);
    let kept = format!("what was transferred is kept\n\nto continue: {}", command_line::given());
    let cancel = interrupt::listen(Arc::clone(&display), "finishing the node in progress", kept)?;
    let tell = |transfer: Transfer<'_>| {
        if transfer.done == 0 {
            display.start(&format!("{verb}: run `{}`", transfer.run));
        }
        let bytes = report::bytes(transfer.bytes);
        display.progress(&Headway::of(transfer.done as u64, transfer.nodes as u64, "nodes").noting(&bytes));
    };
    let done = work(&cancel, &tell);
    display.stop();
    match done {
        Err(PipelineError::Interrupted) => Err(Interrupted {
            saved: "what was transferred is kept".to_owned(),
            command: Some(command_line::given()),
        }
        .into()),
        done => Ok(done?),
    }
}

/// How much there was to do, as in `2 runs (37 nodes) are in s3://bucket now; 12 MB were sent`.
pub(super) fn summary(runs: usize, nodes: usize, place: &str, bytes: u64, verb: &str) -> String {
    let runs = if runs == 1 {
        "1 run is".to_owned()
    } else {
        format!("{runs} runs are")
    };
    let transferred = match bytes {
        0 => "there was nothing to transfer".to_owned(),
        bytes => format!("{} {verb}", report::bytes(bytes)),
    };
    format!("{runs} in {place} now, with {nodes} nodes; {transferred}")
}

/// The finding that nodes stayed behind; `why` says why for a run with its nodes.
pub(super) fn left(nodes: &BTreeMap<String, Vec<NodeId>>, why: &str, hint: &str) -> Option<Finding> {
    let (run, ids) = nodes.iter().next()?;
    let ids: Vec<&str> = ids.iter().map(NodeId::as_str).collect();
    let more = match nodes.len() - 1 {
        0 => String::new(),
        more => format!("; and so {more} more runs"),
    };
    Some(Finding {
        text: format!(
            "run `{run}` stays behind: {why} {}{more}",
            report::reasons::some_of(&ids)
        ),
        hint: hint.to_owned(),
    })
}
