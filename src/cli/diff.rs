//! `serl diff`: how two runs, iterations or nodes differ.

use anyhow::Result;
use clap::Args;
use clap_complete::engine::ArgValueCompleter;

use super::stored::StoreArg;
use crate::candidates;
use crate::failure::{Differs, Exit, Incomparable, Mistake};
use crate::lookup::{Archive, Level};
use crate::report::StoredRun;
use crate::report::diff::{self, Detail, Difference};
use crate::terminal::Terminal;

const AFTER: &str = "\
A and B are two runs (`quickstart`), two iterations (`quickstart@2`) or two nodes
(`quickstart@2/vote.0`, or the first digits of a key). Of two runs, `serl diff` says which
settings and files differ, how much follows from that, and what it did: the figures of each
iteration side by side, the held-out problems that only one of the two has right with McNemar's
exact test, and the kept instructions that only one has. `--all`, and a diff of iterations or
nodes, compares the columns, statistics and rows of all tables and the files of policies. Rows
are matched by their keys, such as the instruction and the number of the response.

Exit codes:
  0    equal
  1    different
  2    cannot be compared; the message says why

Examples:
  serl diff quickstart other
  serl diff quickstart other --all
  serl diff quickstart@1 quickstart@2 --rows 0
  serl diff quickstart@1/vote.0 other@1/vote.0 --json";

/// Compare two runs, iterations or nodes: settings, statistics, rows
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub struct DiffArgs {
    /// Run, iteration or node
    #[arg(value_name = "A", add = ArgValueCompleter::new(candidates::sides))]
    a: String,
    /// Run, iteration or node to compare it with
    #[arg(value_name = "B", add = ArgValueCompleter::new(candidates::sides))]
    b: String,
    /// Show up to N differing rows of each table
    #[arg(long, value_name = "N", allow_negative_numbers = true, default_value_t = 5)]
    rows: u32,
    /// Of two runs, list also what differs because earlier nodes do
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    store: StoreArg,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Compares and prints; the exit code says whether there are differences.
pub(super) fn run(args: &DiffArgs, terminal: &Terminal) -> Result<()> {
    let difference = compare(args).map_err(|error| told(args, error))?;
    let text = if args.json {
        serde_json::to_string_pretty(&difference)?
    } else {
        let detail = if args.all { Detail::All } else { Detail::Causes };
        diff::text(&difference, detail, terminal.columns())?
    };
    terminal.data(&text)?;
    if difference.equal { Ok(()) } else { Err(Differs.into()) }
}

/// Wraps an error, so that a failure is not mistaken for a difference.
fn told(args: &DiffArgs, error: anyhow::Error) -> anyhow::Error {
    match Exit::of(&error) {
        Exit::Failed => Incomparable {
            a: args.a.clone(),
            b: args.b.clone(),
            source: error,
        }
        .into(),
        _ => error,
    }
}

fn compare(args: &DiffArgs) -> Result<Difference> {
    let archive = Archive::open(&args.store.path()?)?;
    let (a, b) = (archive.side(&args.a)?, archive.side(&args.b)?);
    if a.level != b.level {
        let text = format!("`{}` and `{}` are not of one kind", args.a, args.b);
        let hint = "compare a run with a run, an iteration with an iteration (`quickstart@1`), \
                    a node with a node (`quickstart@1/vote.0`)";
        return Err(Mistake::new(text, hint).into());
    }
    let mut difference = diff::compare(&archive.store, [&args.a, &args.b], [&a, &b], args.rows as usize)?;
    if a.level == Level::Run && !difference.equal {
        let open = |name: &String| StoredRun::open(&args.store.path()?, Some(name));
        difference.effects = diff::effects(&open(&args.a)?, &open(&args.b)?)?;
    }
    Ok(difference)
}
