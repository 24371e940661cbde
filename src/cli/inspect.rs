//! `serl inspect`: statistics of a run, read from its tables.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Args, Subcommand};
use regex::Regex;

use super::stored::{self, StoreArg};
use crate::report::alignment::{self, Gold};
use crate::report::warnings::{self, WarningRow};
use crate::report::{self, Form, answers, drift, eval, r_mean};
use crate::terminal::Terminal;

const AFTER: &str = "\
Examples:
  serl inspect r-mean
  serl inspect answers
  serl inspect drift --run quickstart --json
  serl inspect eval --store /data/serl
  serl inspect warnings --worked '[=<>]'
  serl inspect alignment --gold solved.jsonl";

/// Show agreement, answers, drift or evaluation of a run, by iteration
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub struct InspectArgs {
    #[command(subcommand)]
    what: What,
    /// Name of the run [default: the most recent]
    #[arg(long, global = true, value_name = "NAME")]
    run: Option<String>,
    #[command(flatten)]
    store: StoreArg,
    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Agreement of the votes: quartiles and histogram of r_mean, share selected for training
    ///
    /// The r_mean of an instruction is the share of its responses that give the majority answer. The histogram counts
    /// instructions in ten equal bins from 0 to 1.
    RMean,
    /// Extraction of final answers: share parsed, methods, most frequent unparsed texts
    ///
    /// A response without an answer is shown by its end, an answer too large to compare by its beginning. The table
    /// `unparsed.parquet` of each vote and evaluation has all such texts.
    Answers,
    /// Distance of the kept instructions from the seeds: similarity, lengths, duplicates, divergence
    ///
    /// Runs with `drift.enabled` also compare in meaning, by the cosines of vectors: with the nearest seed
    /// (`seed_cosine`), with the mean of the seeds (`centroid_cosine`), of each seed with the nearest kept instruction
    /// (`coverage`), between kept instructions (`diversity`, 1 less the mean), with those of earlier iterations
    /// (`novelty`, 1 less the mean of the nearest); `frechet` is the distance between the two distributions.
    Drift,
    /// Pass@1, Pass@k and Maj@k on the held-out problems, with 95% intervals
    ///
    /// Intervals of Pass@1 are Wilson's, the others are bootstrapped over problems. Where only some problems were
    /// sampled (`eval.sample_limit`), a group has a second row for these alone, so that the figures of a row can be
    /// compared. `ties` is the share of problems of which two answers had the most samples.
    Eval,
    /// Pass@k and Maj@k for every k up to the samples per problem
    ///
    /// Both are exact means over all subsets of k samples, of the problems that were sampled. k goes from 1 to 16 and
    /// then through the powers of two up to 256; the last one is `eval.k`.
    Curve,
    /// Early signs that the policy teaches itself something wrong
    ///
    /// `top answer` is the majority answer of most instructions, `share` how many have it: a rise means that answers
    /// collapse. `flips` is the share of the sampled held-out problems whose majority answer is not that of the
    /// iteration before. `zero adv.` is the share of groups that teach nothing, since all their rewards are equal.
    /// `worked` is the share of the greedy responses to held-out problems that match the pattern, followed by their
    /// Pass@1. `repeats` counts kept instructions that are a held-out problem word for word, `near` those whose ROUGE-L
    /// with one is at least 0.7.
    Warnings {
        /// What a worked-out response matches, a regular expression
        #[arg(long, value_name = "REGEX", default_value = "=")]
        worked: Regex,
        /// Data file of instructions with gold answers: adds the share of right majorities among the instructions
        /// trained on, and among those that the difficulty filter dropped
        #[arg(long, value_name = "FILE")]
        gold: Option<PathBuf>,
    },
    /// Agreement of votes and rewards with answers that you know
    ///
    /// Instructions are matched by their text. Your file will lack most of those that a policy wrote, so have them
    /// answered first. Nothing that this command reads is ever trained on.
    Alignment {
        /// Data file of instructions with gold answers, in the formats and columns of `serl eval`
        #[arg(long, value_name = "FILE")]
        gold: PathBuf,
    },
}

/// Why there are no rows, and what makes some.
const UNVOTED: &str = "nothing was voted on yet: `serl run --stage vote` goes that far";
const UNFILTERED: &str = "no instructions were generated and filtered: `serl run --stage filter` goes that far, and a \
                          run of `instructions = \"seeds\"` writes none";
const UNMEASURED: &str =
    "no policy was measured: set `eval.path` to held-out problems, and for a curve `eval.k` above 0";

/// Prints the rows.
pub(super) fn run(args: &InspectArgs, terminal: &Terminal) -> Result<()> {
    let run = stored::open(&args.store.path, args.run.as_deref(), terminal)?;
    let form = Form::new(args.json, terminal.columns());
    let text = match &args.what {
        What::RMean => report::shown(&told_if_none(r_mean::rows(&run)?, UNVOTED, terminal), form)?,
        What::Answers => answers::shown(&answers::of(&run)?, form)?,
        What::Drift => drift::shown(&told_if_none(drift::rows(&run)?, UNFILTERED, terminal), form)?,
        What::Eval => report::shown(&told_if_none(eval::rows(&run)?, UNMEASURED, terminal), form)?,
        What::Curve => report::shown(&told_if_none(eval::curve(&run)?, UNMEASURED, terminal), form)?,
        What::Warnings { worked, gold } => {
            let known = gold.as_ref().map(|gold| known(gold, terminal)).transpose()?;
            let rows = warnings::rows(&run, Some(worked), known.as_ref())?;
            if let Some(gold) = gold.as_ref().filter(|_| rows.iter().all(WarningRow::is_unlabelled)) {
                let voted = rows.iter().filter_map(|row| row.instructions).sum();
                tell_unmatched(voted, gold, terminal);
            }
            report::shown(&rows, form)?
        }
        What::Alignment { gold } => {
            let known = known(gold, terminal)?;
            let rows = alignment::rows(&run, &known)?;
            if rows.iter().all(|row| row.matched == 0) {
                tell_unmatched(rows.iter().map(|row| row.instructions).sum(), gold, terminal);
            }
            report::shown(&rows, form)?
        }
    };
    terminal.data(&text)
}

/// `rows`; where there are none, the user is told why.
fn told_if_none<R>(rows: Vec<R>, why: &str, terminal: &Terminal) -> Vec<R> {
    if rows.is_empty() {
        terminal.note(why);
    }
    rows
}

/// The known answers in a file, with what the user should know about them.
fn known(gold: &Path, terminal: &Terminal) -> Result<Gold> {
    let (known, notes) = Gold::read(gold)?;
    notes.iter().for_each(|note| terminal.note(note));
    Ok(known)
}

fn tell_unmatched(voted: usize, gold: &Path, terminal: &Terminal) {
    terminal.note(&format!(
        "0 of {voted} instructions are in {}: there is nothing to compare",
        gold.display()
    ));
}
