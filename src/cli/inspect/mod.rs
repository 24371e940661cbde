//! `serl inspect`: statistics of a run, read from its tables.

mod query;

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Args, Subcommand};
use clap_complete::engine::ArgValueCompleter;
use regex::Regex;

use super::stored::{self, StoreArg};
use crate::candidates;
use crate::report::alignment::{self, Gold};
use crate::report::query::Rows;
use crate::report::settings::Settings;
use crate::report::warnings::{self, WarningRow};
use crate::report::{
    Form, StoredRun, Tabulated, answers, drift, eval, funnel, iterations, r_mean, rollouts, steps, texts, timing, train,
};
use crate::terminal::Terminal;
use query::QueryArgs;

const AFTER: &str = "\
Without `--run`, the most recent run is inspected; with several, each row says of which run it is.

Examples:
  serl inspect r-mean
  serl inspect rollouts --each --where 'reward = 0 and tokens > 100' --sort tokens --reverse
  serl inspect train --each --csv > steps.csv
  serl inspect timing --sort seconds --reverse --limit 5
  serl inspect eval --run quickstart --run wide --where \"group = 'all'\"
  serl inspect warnings --worked '[=<>]'
  serl inspect alignment --gold solved.jsonl";

/// Show statistics of a run: agreement, rollouts, training, evaluation, time
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub struct InspectArgs {
    #[command(subcommand)]
    what: What,
    /// Name of a run; may be given several times [default: the most recent]
    #[arg(long = "run", global = true, value_name = "NAME", add = ArgValueCompleter::new(candidates::runs))]
    runs: Vec<String>,
    #[command(flatten)]
    store: StoreArg,
    #[command(flatten)]
    query: QueryArgs,
}

#[derive(Debug, Subcommand)]
enum What {
    /// The table that `serl run` ends with: instructions, agreement, training, accuracy
    Iterations,
    /// The configuration that a run was last run with
    ///
    /// Keys that were not set have their defaults. The JSON is nested as a configuration file is, and `--where` chooses
    /// among several runs: `train.lr > 0.0001`.
    Settings,
    /// Agreement of the votes: quartiles and histogram of r_mean, share selected for training
    ///
    /// The r_mean of an instruction is the share of its responses that give the majority answer. The histogram counts
    /// instructions in ten equal bins from 0 to 1.
    RMean,
    /// Responses that were voted on: lengths, share truncated, share parsed, mean reward
    ///
    /// The histogram counts responses in eight equal bins of tokens, from 0 to the longest one of the round.
    Rollouts {
        /// A row for each response, with its text
        #[arg(long)]
        each: bool,
    },
    /// Instructions that were written, kept, voted on and trained on, with the reasons of both filters
    Filter {
        /// A row for each instruction that the policy wrote
        #[arg(long)]
        each: bool,
    },
    /// Optimizer steps: reward, KL, entropy, loss, gradient norm
    ///
    /// Figures of an iteration are means over its steps; that of the reward is weighted by responses, those of KL and
    /// entropy by tokens. `by step` draws the reward of each step, from its least to its largest value.
    Train {
        /// A row for each step, with the figures of the algorithm
        #[arg(long)]
        each: bool,
    },
    /// Seconds, tokens per second and bytes written, by stage
    ///
    /// Seconds are those of the attempts that completed the nodes, whenever that was; tokens are those of responses
    /// that were sampled or trained on.
    Timing {
        /// A row for each node
        #[arg(long)]
        each: bool,
    },
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
const UNANSWERED: &str = "nothing was answered yet: `serl run --stage respond` goes that far";
const UNTRAINED: &str = "nothing was trained yet: `serl run` does";
const UNFINISHED: &str = "no node is complete yet: `serl run` computes them";
const UNMEASURED: &str = "no policy was measured yet: `serl run` does, if `eval.path` names held-out problems (for a \
                          curve with `eval.k` above 0)";

/// Prints the rows.
pub(super) fn run(args: &InspectArgs, terminal: &Terminal) -> Result<()> {
    let runs = stored::open_all(&args.store.path()?, &args.runs, terminal)?;
    let show = Show {
        args,
        runs: &runs,
        terminal,
    };
    match &args.what {
        What::Iterations => show.all(iterations::rows, UNFINISHED),
        What::Settings => show.all(|run| Ok(vec![Settings::of(run)]), UNFINISHED),
        What::RMean => show.all(r_mean::rows, UNVOTED),
        What::Rollouts { each: false } => show.all(rollouts::rows, UNANSWERED),
        What::Rollouts { each: true } => show.rollouts(),
        What::Filter { each: false } => show.all(funnel::rows, UNFILTERED),
        What::Filter { each: true } => show.each(candidates, UNFILTERED),
        What::Train { each: false } => show.all(train::rows, UNTRAINED),
        What::Train { each: true } => show.each(steps::rows, UNTRAINED),
        What::Timing { each: false } => show.all(|run| Ok(timing::stages(timing::nodes(run)?)), UNFINISHED),
        What::Timing { each: true } => show.each(timing::nodes, UNFINISHED),
        What::Answers => show.answers(),
        What::Drift => show.all(drift::rows, UNFILTERED),
        What::Eval => show.all(eval::rows, UNMEASURED),
        What::Curve => show.all(eval::curve, UNMEASURED),
        What::Warnings { worked, gold } => show.warnings(worked, gold.as_deref()),
        What::Alignment { gold } => show.alignment(gold),
    }
}

/// The candidates of all iterations.
fn candidates(run: &StoredRun) -> Result<Vec<texts::Candidate>> {
    let iterations = run.iterations().into_iter();
    let all: Vec<Vec<_>> = iterations
        .map(|iteration| texts::candidates(run, iteration))
        .collect::<Result<_>>()?;
    Ok(all.into_iter().flatten().collect())
}

/// What is shown of which runs.
struct Show<'a> {
    args: &'a InspectArgs,
    runs: &'a [StoredRun],
    terminal: &'a Terminal,
}

impl Show<'_> {
    fn form(&self) -> Form {
        self.args.query.form(self.terminal)
    }

    /// Rows that summarise.
    fn all<R: Tabulated>(&self, read: impl Fn(&StoredRun) -> Result<Vec<R>>, why_none: &str) -> Result<()> {
        let rows = Rows::of(self.runs, read)?;
        self.told(rows, why_none, false)
    }

    /// Rows of single things, of which there are many.
    fn each<R: Tabulated>(&self, read: impl Fn(&StoredRun) -> Result<Vec<R>>, why_none: &str) -> Result<()> {
        let rows = Rows::of(self.runs, read)?;
        self.told(rows, why_none, true)
    }

    fn told<R: Tabulated>(&self, rows: Rows<R>, why_none: &str, many: bool) -> Result<()> {
        if rows.rows().is_empty() {
            self.terminal.tell(why_none);
        }
        let some = !rows.rows().is_empty();
        let chosen = rows.chosen(&self.args.query.query(many))?;
        if some {
            self.tell_choice(chosen.rows.rows().len(), chosen.of);
        }
        self.terminal.data(&chosen.rows.shown(self.form())?)
    }

    /// Says how many rows are shown, where that is not plain to see.
    fn tell_choice(&self, shown: usize, of: usize) {
        if of == 0 {
            self.terminal.note("no row meets the condition");
        } else if shown < of {
            self.terminal
                .note(&format!("{shown} of {of} rows; `--limit 0` shows all"));
        }
    }

    fn rollouts(&self) -> Result<()> {
        let query = self.args.query.query(true);
        let chosen = rollouts::each(self.runs, &query)?;
        if chosen.rows.rows().is_empty() && chosen.of == 0 && query.conditions.is_empty() {
            self.terminal.tell(UNANSWERED);
        } else {
            self.tell_choice(chosen.rows.rows().len(), chosen.of);
        }
        self.terminal.data(&chosen.rows.shown(self.form())?)
    }

    fn answers(&self) -> Result<()> {
        let form = self.form();
        let nodes = Rows::of(self.runs, |run| Ok(answers::of(run)?.nodes))?;
        let nodes = nodes.chosen(&self.args.query.query(false))?.rows;
        let unparsed = Rows::of(self.runs, |run| Ok(answers::of(run)?.unparsed))?;
        let text = match form {
            Form::Csv => nodes.shown(form)?,
            Form::Json => {
                let both = serde_json::json!({"nodes": nodes.values()?, "unparsed": unparsed.values()?});
                serde_json::to_string_pretty(&both)?
            }
            Form::Table(_) if unparsed.rows().is_empty() => nodes.shown(form)?,
            Form::Table(_) => format!("{}\n\n{}", nodes.shown(form)?, unparsed.shown(form)?),
        };
        self.terminal.data(&text)
    }

    fn warnings(&self, worked: &Regex, gold: Option<&Path>) -> Result<()> {
        let known = gold.map(|gold| known(gold, self.terminal)).transpose()?;
        let rows = Rows::of(self.runs, |run| warnings::rows(run, Some(worked), known.as_ref()))?;
        if let Some(gold) = gold.filter(|_| rows.rows().iter().all(WarningRow::is_unlabelled)) {
            let voted = rows.rows().iter().filter_map(|row| row.instructions).sum();
            tell_unmatched(voted, gold, self.terminal);
        }
        self.told(rows, UNVOTED, false)
    }

    fn alignment(&self, gold: &Path) -> Result<()> {
        let known = known(gold, self.terminal)?;
        let rows = Rows::of(self.runs, |run| alignment::rows(run, &known))?;
        if rows.rows().iter().all(|row| row.matched == 0) {
            tell_unmatched(
                rows.rows().iter().map(|row| row.instructions).sum(),
                gold,
                self.terminal,
            );
        }
        self.told(rows, UNVOTED, false)
    }
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
