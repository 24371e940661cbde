//! `serl grade`: compares answers with gold answers, row by row.

mod object;
mod pair;
mod sink;
mod source;
mod tally;

use std::io;

use anyhow::Result;
use clap::Args;
use rayon::prelude::*;
use serl_answers::{DEFAULT_ORDER, Grade, Method};
use serl_artifacts::Place;
use serl_pipeline::{CancelFlag, Headway};

use self::object::Object;
use self::pair::Pair;
use self::sink::{Format, Sink};
use self::source::{Chunk, Source};
use self::tally::Tally;
use crate::failure::Interrupted;
use crate::interrupt;
use crate::progress::{self, Display};
use crate::terminal::Terminal;

const AFTER: &str = "\
Each row has `gold`, the gold answer or a worked solution with `\\boxed{…}` or `#### …`, or a list
of gold answers, any of which counts; `pred`, a whole response or a bare answer; and, for multiple
choice, `choices`, a list of options. The output has the columns `gold_answer`, `pred_answer`,
`method`, `equal` and `status` (`compared`, `no_answer`, `no_gold`, `over_budget`) as well; all
others stay as they are. Input is JSONL, Parquet, CSV or a JSON array, recognised by its first
bytes; output is Parquet if its name ends in `.parquet`. When JSONL becomes Parquet, the whole
output is held in memory.

Examples:
  serl grade --input pairs.jsonl --output graded.jsonl
  cat pairs.jsonl | serl grade | jq -c 'select(.equal | not)'
  serl grade --input pairs.parquet --output graded.parquet --order boxed,hash";

/// Smaller files are graded before anyone could read a progress bar.
const LARGE: u64 = 8_000_000;

/// Compare answers with gold answers, from JSONL, Parquet or CSV to JSONL or Parquet
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub struct GradeArgs {
    /// Data file of pairs; `-` is standard input
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    input: String,
    /// Output file, written completely or not at all; `-` is standard output
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    output: String,
    /// Output format [default: from the file name, else jsonl]
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<Format>,
    /// Extraction methods in the order to try them [default: as in `serl run`]
    #[arg(long, value_name = "METHOD,…", value_delimiter = ',')]
    order: Vec<Method>,
}

/// Grades every row and prints a summary on stderr.
pub(super) fn run(args: &GradeArgs, terminal: &Terminal) -> Result<()> {
    let by_name = if args.output.ends_with(".parquet") {
        Format::Parquet
    } else {
        Format::Jsonl
    };
    let format = args.format.unwrap_or(by_name);
    let source = Source::open(&args.input, terminal)?;
    let sink = Sink::open(&args.output, format, &source)?;
    let display = progress::display(terminal);
    let cancel = match args.output.as_str() {
        // The reader already has what is on standard output: there is nothing to clean up.
        "-" => CancelFlag::new(),
        _ => interrupt::listen(
            display.clone(),
            "finishing the rows in progress",
            interrupt::NOTHING_KEPT.to_owned(),
        )?,
    };
    if terminal.interactive && source.size() >= LARGE {
        display.start("grade");
    }
    let order = if args.order.is_empty() {
        DEFAULT_ORDER.to_vec()
    } else {
        args.order.clone()
    };
    let graded = all(source, sink, &order, &*display, &cancel);
    display.stop();
    match graded {
        Ok(tally) => terminal.note(&tally.told()),
        // The reader stopped early (`serl grade | head`).
        Err(error) if is_broken_pipe(&error) => {}
        Err(error) if args.output == "-" && error.is::<io::Error>() => {
            return Err(error.context("cannot write to standard output"));
        }
        Err(error) => return Err(error),
    }
    Ok(())
}

fn all(
    mut source: Source,
    mut sink: Sink,
    order: &[Method],
    display: &dyn Display,
    cancel: &CancelFlag,
) -> Result<Tally> {
    let mut tally = Tally::default();
    while let Some(chunk) = source.next(sink.needs_all_columns())? {
        if cancel.is_cancelled() {
            return Err(Interrupted::for_nothing().into());
        }
        let grades = grade(&source, &chunk, order)?;
        grades.iter().for_each(|grade| tally.count(grade));
        sink.write(chunk, grades)?;
        let (done, total, unit) = source.progress();
        display.progress(&Headway::of(done, total, unit));
    }
    sink.finish()?;
    Ok(tally)
}

fn grade(source: &Source, chunk: &Chunk, order: &[Method]) -> Result<Vec<Grade>> {
    let grade = |(place, text): &(Place, String)| {
        let pair = Object::read(text).and_then(|object| pair::of(&object));
        let pair = pair.map_err(|reason| (*place, reason))?;
        let Pair { golds, pred, choices } = pair;
        let mut grades = golds
            .iter()
            .map(|gold| serl_answers::grade(gold, &pred, &choices, order));
        let first = grades.next();
        // Of several gold answers, the one that the response gives, or else the first.
        let equal = first
            .iter()
            .all(|grade| !grade.equal)
            .then(|| grades.find(|grade| grade.equal));
        equal.flatten().or(first).ok_or((*place, "no gold answer".to_owned()))
    };
    // Collect all results first, so that the error names the first bad row rather than the one found first.
    let grades: Vec<Result<Grade, (Place, String)>> = chunk.rows.par_iter().map(grade).collect();
    let grades: Result<Vec<Grade>, (Place, String)> = grades.into_iter().collect();
    grades.map_err(|(place, reason)| source.fault(place, reason).into())
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
