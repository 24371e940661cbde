//! `serl show`: the texts of a run.

use anyhow::Result;
use clap::{ArgGroup, Args};
use clap_complete::engine::ArgValueCompleter;
use serde::Serialize;
use serl_stages::{Evaluate, Filter, Stage, Vote};

use super::stored::{StoreArg, warn_of_stale};
use crate::candidates;
use crate::failure::Mistake;
use crate::report::StoredRun;
use crate::report::funnel::{FILTER, SELECTION};
use crate::report::texts::{self, Order, Told, Voted};
use crate::terminal::Terminal;

const AFTER: &str = "\
Without an option, `serl show` prints the instructions of the last iteration with the answers
that responses gave: `[7 ×9]` is the majority. A line with `+` is a response that agrees with it,
one with `-` a response that does not.

`--problems` has the held-out problems with the greedy response (`+` right, `-` wrong), `--flips`
those whose greedy answer became right or wrong, `--candidates` what the policy wrote, with the
verdict of the filter.

Examples:
  serl show --sort r-mean
  serl show quickstart@1 --sort disagreement --limit 5
  serl show --r-mean 0.2 0.8 --find pens
  serl show --candidates --reason too_similar
  serl show --problems --wrong
  serl show --flips
  serl show --flips other@3 --json | jq -r '.[] | select(.gained) | .problem'";

/// Read what a run wrote and answered
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
#[command(group(ArgGroup::new("what").args(["candidates", "problems", "flips"])))]
pub struct ShowArgs {
    /// Run, or iteration of a run as in `quickstart@2` [default: the last iteration of the most recent run]
    #[arg(value_name = "RUN[@ITERATION]", add = ArgValueCompleter::new(candidates::sides))]
    run: Option<String>,
    /// Show the instructions that the policy wrote, with the verdict of the filter
    #[arg(long)]
    candidates: bool,
    /// Show held-out problems
    #[arg(long)]
    problems: bool,
    /// Show held-out problems that became right or wrong since a policy: an iteration of this run, or RUN@ITERATION
    #[arg(
        long,
        value_name = "SINCE",
        add = ArgValueCompleter::new(candidates::sides),
        num_args = 0..=1,
        default_missing_value = "0"
    )]
    flips: Option<String>,
    /// Order of the instructions
    #[arg(long, value_enum, default_value_t, conflicts_with = "what")]
    sort: Order,
    /// Turn the order round
    #[arg(long)]
    reverse: bool,
    /// Only instructions with an r_mean within these bounds
    #[arg(long, value_names = ["LOW", "HIGH"], num_args = 2, conflicts_with = "what")]
    r_mean: Option<Vec<f64>>,
    /// Only what was decided for this reason: `selected`, `too_easy`, `too_hard` or `no_majority`; of candidates
    /// `kept`, `too_similar`, `duplicate`, `keyword`, `too_short`, `too_long`, `prefix` or `surplus`
    #[arg(long, value_name = "REASON", conflicts_with_all = ["problems", "flips"])]
    reason: Option<String>,
    /// Only problems that are answered wrong, or became so
    #[arg(long, conflicts_with_all = ["candidates"])]
    wrong: bool,
    /// Only texts that contain this, in any case
    #[arg(long, value_name = "TEXT")]
    find: Option<String>,
    /// Show at most N; 0: all
    #[arg(long, value_name = "N", allow_negative_numbers = true, default_value_t = 20)]
    limit: u32,
    #[command(flatten)]
    store: StoreArg,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Prints the texts.
pub(super) fn run(args: &ShowArgs, terminal: &Terminal) -> Result<()> {
    let (name, iteration) = place(args.run.as_deref())?;
    let run = StoredRun::open(&args.store.path()?, name)?;
    warn_of_stale(&run, terminal);
    let what = Show {
        args,
        run: &run,
        terminal,
    };
    if args.candidates {
        what.candidates(iteration)
    } else if args.problems {
        what.problems(iteration)
    } else if let Some(since) = &args.flips {
        what.flips(iteration, since)
    } else {
        what.votes(iteration)
    }
}

/// The run and the iteration that `text` names.
fn place(text: Option<&str>) -> Result<(Option<&str>, Option<u32>)> {
    let Some((name, iteration)) = text.and_then(|text| text.rsplit_once('@')) else {
        return Ok((text, None));
    };
    let wrong = || {
        let text = format!("`{iteration}` is no number of an iteration");
        Mistake::new(text, format!("name one as in `{name}@2`"))
    };
    Ok((Some(name), Some(iteration.parse().map_err(|_| wrong())?)))
}

struct Show<'a> {
    args: &'a ShowArgs,
    run: &'a StoredRun,
    terminal: &'a Terminal,
}

impl Show<'_> {
    fn votes(&self, iteration: Option<u32>) -> Result<()> {
        self.check_reason(SELECTION)?;
        let iteration = self.iteration(iteration, Vote::NAME, "was not voted on", "serl run --stage vote")?;
        let mut rows = texts::votes(self.run, iteration)?;
        self.args.sort.sort(&mut rows);
        let within = |row: &Voted| match self.args.r_mean.as_deref() {
            // As the difficulty filter compares: an f32 such as 0.2 counts as what it says.
            Some(&[low, high]) => (low as f32..=high as f32).contains(&(row.r_mean as f32)),
            _ => true,
        };
        rows.retain(|row| within(row) && self.is_wanted(row.reason.as_deref()) && self.is_found(&row.text));
        self.tell(rows, &format!("instructions voted on in iteration {iteration}"))
    }

    fn candidates(&self, iteration: Option<u32>) -> Result<()> {
        self.check_reason(FILTER)?;
        let iteration = self.iteration(
            iteration,
            Filter::NAME,
            "wrote no instructions",
            "serl run --stage filter",
        )?;
        let mut rows = texts::candidates(self.run, iteration)?;
        rows.retain(|row| self.is_wanted(Some(&row.reason)) && self.is_found(&row.text));
        self.tell(rows, &format!("candidates of iteration {iteration}"))
    }

    fn problems(&self, iteration: Option<u32>) -> Result<()> {
        let iteration = self.measured(iteration)?;
        let mut rows = texts::problems(self.run, iteration)?;
        rows.retain(|row| !(self.args.wrong && row.correct) && self.is_found(&row.problem));
        self.tell(rows, &format!("held-out problems, policy of iteration {iteration}"))
    }

    fn flips(&self, iteration: Option<u32>, since: &str) -> Result<()> {
        let iteration = self.measured(iteration)?;
        let (name, before) = match since.parse() {
            Ok(before) => (None, before),
            Err(_) => match place(Some(since))? {
                (name, Some(before)) => (name, before),
                (name, None) => (name, iteration),
            },
        };
        let other = name
            .map(|name| StoredRun::open(&self.args.store.path()?, Some(name)))
            .transpose()?;
        let other = other.as_ref().unwrap_or(self.run);
        if !other
            .nodes_of(Evaluate::NAME)
            .any(|node| node.place.iteration == before)
        {
            let text = format!("iteration {before} of run `{}` was not measured", other.name());
            return Err(Mistake::new(text, "`serl inspect eval` lists the iterations that were").into());
        }
        let mut rows = texts::flips((other, before), (self.run, iteration))?;
        rows.retain(|row| !(self.args.wrong && row.gained) && self.is_found(&row.problem));
        let since = name.map_or_else(|| before.to_string(), |name| format!("{name}@{before}"));
        self.tell(
            rows,
            &format!("held-out problems that changed from {since} to iteration {iteration}"),
        )
    }

    fn measured(&self, iteration: Option<u32>) -> Result<u32> {
        self.iteration(
            iteration,
            Evaluate::NAME,
            "was not measured",
            "serl run eval.path=PROBLEMS.jsonl",
        )
    }

    /// The iteration that is shown: the one named, or the last in which `stage` ran.
    fn iteration(&self, named: Option<u32>, stage: &str, lacks: &str, command: &str) -> Result<u32> {
        let of = || self.run.nodes_of(stage).map(|node| node.place.iteration);
        let found = match named {
            Some(iteration) => of().find(|&at| at == iteration),
            None => of().max(),
        };
        found.ok_or_else(|| {
            let which = named.map(|at| format!("iteration {at} of ")).unwrap_or_default();
            let text = format!("{which}run `{}` {lacks}", self.run.name());
            let mut known: Vec<String> = of().map(|at| at.to_string()).collect();
            known.dedup();
            let hint = match known.is_empty() {
                true => format!("`{command}` goes that far"),
                false => format!("there is iteration {}", known.join(", ")),
            };
            Mistake::new(text, hint).into()
        })
    }

    fn check_reason(&self, known: &[&str]) -> Result<()> {
        match self.args.reason.as_deref() {
            Some(reason) if !known.contains(&reason) => {
                let text = format!("`--reason {reason}`: there is no such reason here");
                Err(Mistake::new(text, format!("there are {}", known.join(", "))).into())
            }
            _ => Ok(()),
        }
    }

    fn is_wanted(&self, reason: Option<&str>) -> bool {
        self.args.reason.is_none() || self.args.reason.as_deref() == reason
    }

    fn is_found(&self, text: &str) -> bool {
        let wanted = self.args.find.as_ref().map(|wanted| wanted.to_lowercase());
        wanted.is_none_or(|wanted| text.to_lowercase().contains(&wanted))
    }

    fn tell<T: Told + Serialize>(&self, mut rows: Vec<T>, what: &str) -> Result<()> {
        if self.args.reverse {
            rows.reverse();
        }
        let all = rows.len();
        if self.args.limit > 0 {
            rows.truncate(self.args.limit as usize);
        }
        let shown = match rows.len() {
            n if n == all => format!("{all}"),
            n => format!("{n} of {all} (`--limit 0` shows all)"),
        };
        self.terminal
            .note(&format!("run `{}`: {shown} {what}", self.run.name()));
        if self.args.json {
            return self.terminal.data(&serde_json::to_string_pretty(&rows)?);
        }
        let width = self.terminal.width();
        let told: Vec<String> = rows.iter().map(|row| row.told(width)).collect();
        if told.is_empty() {
            return Ok(());
        }
        self.terminal.pages(&told.join("\n\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serl_artifacts::tables::{FilterReason, SelectionReason};

    #[test]
    fn reasons_are_those_of_the_tables() {
        let parsed = |names: &[&str], parse: fn(&str) -> bool| names.iter().all(|name| parse(name));
        assert!(parsed(SELECTION, |name| {
            serde_json::from_value::<SelectionReason>(name.into()).is_ok()
        }));
        assert!(parsed(FILTER, |name| {
            serde_json::from_value::<FilterReason>(name.into()).is_ok()
        }));
    }
}
