//! `serl fsck`: checks a whole store.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Result;
use clap::Args;
use serde::Serialize;
use serl_pipeline::{FsckReport, Headway, Problem};

use super::stored::StoreArg;
use crate::failure::Finding;
use crate::progress::{self, duration};
use crate::report::{self, Form, ReportRow};
use crate::terminal::Terminal;
use crate::{builtin, session};

const AFTER: &str = "\
Reads every object and verifies its digest, and checks that manifests, run records, checked-out
folders and links agree with what they name. `--repair` moves damage to v1/quarantine/ and names the
runs that rebuild it; it removes only half-written files of dead processes and dangling links. The
exit code is 1 if there were problems, repaired or not.

Examples:
  serl fsck
  serl fsck --repair
  serl fsck --store /data/serl --json | jq .problems";

/// Check the store: every object, manifest, record and link
#[derive(Debug, Args)]
#[command(after_help = AFTER)]
pub struct FsckArgs {
    /// Quarantine what is damaged, so that the next run rebuilds it
    #[arg(long)]
    repair: bool,
    #[command(flatten)]
    store: StoreArg,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Summary<'a> {
    #[serde(flatten)]
    report: &'a FsckReport,
    builtin: &'a [PathBuf],
    seconds: f64,
}

/// A problem, as a row of the table.
#[derive(Serialize)]
struct ProblemRow {
    path: String,
    problem: String,
    remedy: String,
}

impl ReportRow for ProblemRow {
    fn header(_: &[Self]) -> Vec<String> {
        ["file", "problem", "what to do"].map(String::from).to_vec()
    }

    fn cells(&self) -> Vec<String> {
        [&self.path, &self.problem, &self.remedy].map(String::clone).to_vec()
    }
}

/// Checks the store and prints the problems found.
pub(super) fn run(args: &FsckArgs, terminal: &Terminal) -> Result<()> {
    let root = args.store.path()?;
    let store = session::existing(&root)?;
    let started = Instant::now();
    let display = progress::display(terminal);
    display.start("fsck: reading every object");
    let mebibytes = |bytes: u64| bytes.div_ceil(1 << 20);
    let checked = serl_pipeline::fsck(&store, args.repair, &|done, total| {
        display.progress(&Headway::of(mebibytes(done), mebibytes(total), "MiB"));
    });
    display.stop();
    let (report, seconds) = (checked?, started.elapsed().as_secs_f64());
    let builtin = builtin::damaged(&root);
    terminal.note(&counted(&report, seconds));
    if args.json {
        let summary = Summary {
            report: &report,
            builtin: &builtin,
            seconds,
        };
        terminal.data(&serde_json::to_string_pretty(&summary)?)?;
    } else if !report.problems.is_empty() || !builtin.is_empty() {
        let rows: Vec<ProblemRow> = rows(&report, &builtin, &root);
        terminal.data(&report::shown(&rows, Form::Table(terminal.columns()))?)?;
    }
    match report.problems.len() + builtin.len() {
        0 => Ok(()),
        count => Err(finding(args, &root, &report, count).into()),
    }
}

fn counted(report: &FsckReport, seconds: f64) -> String {
    let counts = &report.counts;
    let mut text = format!(
        "checked {} objects ({}), {} manifests, {} folders, {} records, {} links in {}",
        counts.objects,
        report::bytes(counts.bytes),
        counts.manifests,
        counts.folders,
        counts.records,
        counts.links,
        duration(seconds)
    );
    if !report.quarantine.is_empty() {
        let bytes = report.quarantine.iter().map(|aside| aside.bytes).sum();
        text += &format!(
            "\n{} files ({}) are in quarantine; `serl gc --quarantine --delete` removes them",
            report.quarantine.len(),
            report::bytes(bytes)
        );
    }
    text
}

fn rows(report: &FsckReport, builtin: &[PathBuf], root: &Path) -> Vec<ProblemRow> {
    let inside = |path: &Path| path.strip_prefix(root).unwrap_or(path).display().to_string();
    let row = |problem: &Problem| ProblemRow {
        path: inside(&problem.path),
        problem: problem.what(),
        remedy: problem.remedy().to_owned(),
    };
    let of_builtin = |path: &PathBuf| ProblemRow {
        path: inside(path),
        problem: "built-in file is damaged".to_owned(),
        remedy: "mended by the next run".to_owned(),
    };
    let problems = report.problems.iter().map(row);
    problems.chain(builtin.iter().map(of_builtin)).collect()
}

fn finding(args: &FsckArgs, root: &Path, report: &FsckReport, count: usize) -> Finding {
    let problems = if count == 1 { "problem" } else { "problems" };
    let again: BTreeSet<String> = report
        .run_again
        .iter()
        .map(|run| format!("`serl run … name={run}`"))
        .collect();
    let again: Vec<String> = again.into_iter().collect();
    let hint = match (args.repair, again.is_empty()) {
        (false, true) => "mend them with `serl fsck --repair`".to_owned(),
        (true, true) => "no run needs anything of it".to_owned(),
        (false, false) => format!(
            "mend them with `serl fsck --repair`, then run again {}",
            again.join(", ")
        ),
        (true, false) => format!("run again, with the configuration of each: {}", again.join(", ")),
    };
    Finding {
        text: format!("{count} {problems} in the store {}", root.display()),
        hint,
    }
}
