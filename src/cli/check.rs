//! `serl check`: what the tables of a run say about it.

use anyhow::Result;
use clap::Args;
use clap_complete::engine::ArgValueCompleter;

use super::stored::{self, StoreArg};
use crate::candidates;
use crate::failure::Doubtful;
use crate::report::findings::{self, Verdict};
use crate::terminal::Terminal;

const AFTER: &str = "\
Four questions are answered from the run's tables: did it learn, can it be trusted, what did it
write, what next. `ok` is as it should be; `warn` says where to look; `fail` says not to rely on
the run. A line that begins with `->` says what papers or practice advise.

Exit codes:
  0    no finding is `fail`; with `--strict`, all are `ok`
  1    otherwise
  2    the run cannot be checked; the message says why

Examples:
  serl check
  serl check quickstart --strict
  serl check --json | jq -r '.[] | select(.verdict != \"ok\") | .text'";

/// Say whether a run learned, and whether it can be trusted
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub struct CheckArgs {
    /// Name of the run [default: the most recent]
    #[arg(value_name = "RUN", add = ArgValueCompleter::new(candidates::runs))]
    run: Option<String>,
    /// Fail at warnings, too
    #[arg(long)]
    strict: bool,
    #[command(flatten)]
    store: StoreArg,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Prints the findings; the exit code says whether they are well.
pub(super) fn run(args: &CheckArgs, terminal: &Terminal) -> Result<()> {
    let run = stored::open(&args.store.path()?, args.run.as_deref(), terminal)?;
    let found = findings::of(&run)?;
    let text = if args.json {
        serde_json::to_string_pretty(&found)?
    } else {
        findings::whole(&found, terminal.width())
    };
    terminal.data(&text)?;
    let allowed = if args.strict { Verdict::Ok } else { Verdict::Warn };
    if findings::worst(&found) > allowed {
        return Err(Doubtful.into());
    }
    Ok(())
}
