//! `serl compare`: results of runs pooled over seeds, and compared with others.

use anyhow::Result;
use clap::Args;
use clap_complete::engine::ArgValueCompleter;

use super::stored::{StoreArg, refuse_twice, warn_of_stale};
use crate::candidates;
use crate::failure::Mistake;
use crate::report::{self, Form, StoredRun, compare};
use crate::terminal::Terminal;

const AFTER: &str = "\
Runs that differ in their seed alone are pooled: mean, standard deviation between runs, and the 95%
interval of the mean by Student's t. With `--against`, both sets are compared problem by problem, the
runs paired in the order given (name runs of equal seed in the same place): the mean difference of
Pass@1 in points, the answers that only one of the two has right, and McNemar's exact test. The test
takes all answers as independent, which those of several seeds to one problem are not quite: where p
and the interval over pairs disagree, believe the interval.

Examples:
  serl compare s1 s2 s3
  serl compare grpo1 grpo2 grpo3 --against s1 s2 s3
  serl compare s1 s2 s3 --against-iteration 0
  serl compare s1 s2 s3 --json | jq '.[] | select(.iteration == 3) | .pass_at_1'";

/// Pool the results of runs over seeds, or compare them with those of others
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub struct CompareArgs {
    /// Runs of one setting
    #[arg(value_name = "RUN", required = true, add = ArgValueCompleter::new(candidates::runs))]
    runs: Vec<String>,
    /// As many runs of another setting, to compare with
    #[arg(long, value_name = "RUN", num_args = 1.., add = ArgValueCompleter::new(candidates::runs))]
    against: Vec<String>,
    /// Compare with this iteration of the other runs or, without `--against`, of the same ones: 0 is the policy that a
    /// run started from
    #[arg(long, value_name = "ITERATION")]
    against_iteration: Option<u32>,
    #[command(flatten)]
    store: StoreArg,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Prints the rows.
pub(super) fn run(args: &CompareArgs, terminal: &Terminal) -> Result<()> {
    let (runs, against) = (args.runs.len(), args.against.len());
    if against > 0 && runs != against {
        let text = format!("{runs} runs cannot be compared in pairs with {against}");
        return Err(Mistake::new(text, "name as many runs after `--against` as before it").into());
    }
    refuse_twice(&args.runs)?;
    refuse_twice(&args.against)?;
    let open = |names: &[String]| {
        let run = |name: &String| StoredRun::open(&args.store.path()?, Some(name));
        names.iter().map(run).collect::<Result<Vec<_>>>()
    };
    let (first, second) = (open(&args.runs)?, open(&args.against)?);
    for run in first.iter().chain(&second) {
        warn_of_stale(run, terminal);
    }
    for set in [&first, &second] {
        tell_unlike(set, terminal);
    }
    let second = match (second.is_empty(), args.against_iteration) {
        (true, None) => {
            let rows = compare::pool(&first)?;
            refuse_nothing(rows.is_empty())?;
            return terminal.data(&report::shown(&rows, Form::new(args.json, terminal.columns()))?);
        }
        (true, Some(_)) => &first,
        (false, _) => &second,
    };
    let rows = compare::pairs(&first, second, args.against_iteration)?;
    if let (true, Some(iteration)) = (rows.is_empty(), args.against_iteration) {
        let text = format!("no iteration {iteration} with results on the same held-out problems");
        return Err(Mistake::new(text, "`serl inspect eval` lists the iterations that were measured").into());
    }
    refuse_nothing(rows.is_empty())?;
    let text = report::shown(&rows, Form::new(args.json, terminal.columns()))?;
    terminal.data(&text)
}

/// A mean over runs of two settings is that of neither.
fn tell_unlike(runs: &[StoredRun], terminal: &Terminal) {
    let Some((first, others)) = runs.split_first() else {
        return;
    };
    for other in others {
        let keys: Vec<String> = first.settings_unlike(other).into_iter().collect();
        if !keys.is_empty() {
            let (a, b) = (first.name(), other.name());
            terminal.note(&format!(
                "runs `{a}` and `{b}` are pooled, but differ in more than their seed: {} (`serl diff {a} {b}`)",
                keys.join(", ")
            ));
        }
    }
}

fn refuse_nothing(is_empty: bool) -> Result<()> {
    let hint = "set `eval.path` to held-out problems and repeat the runs";
    match is_empty {
        true => Err(Mistake::new("these runs have no results on the same held-out problems", hint).into()),
        false => Ok(()),
    }
}
