//! `serl trace`: the lineage of one instruction.

use anyhow::Result;
use clap::Args;
use clap_complete::engine::ArgValueCompleter;

use super::stored::{self, StoreArg};
use crate::candidates;
use crate::report::texts::Told;
use crate::report::trace;
use crate::terminal::Terminal;

const AFTER: &str = "\
Shows which policy wrote an instruction and after which examples, what the filter said and what
it was most similar to, the votes on it, whether it was trained on or why not, and what was
written after it.

Examples:
  serl trace 3f2a9c41
  serl trace 3f2a9c41 --run quickstart --json";

/// Follow one instruction: its examples, filter, votes, training and descendants
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub struct TraceArgs {
    /// Id of the instruction, or its first digits; `serl show` prints ids
    #[arg(value_name = "ID")]
    id: String,
    /// Name of the run [default: the most recent]
    #[arg(long, value_name = "NAME", add = ArgValueCompleter::new(candidates::runs))]
    run: Option<String>,
    #[command(flatten)]
    store: StoreArg,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Prints the lineage.
pub(super) fn run(args: &TraceArgs, terminal: &Terminal) -> Result<()> {
    let run = stored::open(&args.store.path()?, args.run.as_deref(), terminal)?;
    let trace = trace::of(&run, &args.id)?;
    if args.json {
        return terminal.data(&serde_json::to_string_pretty(&trace)?);
    }
    terminal.pages(&trace.told(terminal.width()))
}
