//! `serl fsck`: checks a whole store.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::Result;
use clap::Args;
use serde::Serialize;
use serl_pipeline::{FsckReport, Headway, Locks, Problem};

use super::stored::StoreArg;
use crate::failure::{Differs, Finding};
use crate::progress::{self, duration};
use crate::report::{self, Form, ReportRow};
use crate::terminal::Terminal;
use crate::{builtin, session};

const AFTER: &str = "\
Reads every object and verifies its digest, and checks that manifests, run records, checked-out
folders and links agree with what they name. `--repair` moves damage to v1/quarantine/ and names the
runs that rebuild it; it removes only half-written files of dead processes and dangling links. The
exit code is 1 if there were problems, repaired or not.

It also locks a file twice, the second time from another process, to find out whether processes that
use the store know of each other. For locks between machines, see docs/src/store.md.

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
    /// Say by the exit code whether another process has locked this file
    #[arg(long, value_name = "FILE", hide = true)]
    is_locked: Option<PathBuf>,
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
    locks: Locks,
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
    if let Some(path) = &args.is_locked {
        return if serl_pipeline::is_locked(path) {
            Ok(())
        } else {
            Err(Differs.into())
        };
    }
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
    let locks = serl_pipeline::locks(&store, &another_process)?;
    terminal.note(&counted(&report, seconds));
    if locks == Locks::Absent {
        terminal.note(&without_locks(&root));
    }
    if args.json {
        let summary = Summary {
            report: &report,
            builtin: &builtin,
            locks,
            seconds,
        };
        terminal.data(&serde_json::to_string_pretty(&summary)?)?;
    } else if !report.problems.is_empty() || !builtin.is_empty() {
        let rows: Vec<ProblemRow> = rows(&report, &builtin, &root);
        terminal.data(&report::shown(&rows, Form::Table(terminal.columns()))?)?;
    }
    match report.problems.len() + builtin.len() {
        0 if locks == Locks::Ineffective => Err(ineffective(&root).into()),
        0 => Ok(()),
        count => Err(finding(args, &root, &report, count).into()),
    }
}

/// Whether another process finds the file locked; none if there cannot be another one.
fn another_process(path: &Path) -> Option<bool> {
    let serl = std::env::current_exe().ok()?;
    let mut other = Command::new(serl);
    other.args(["fsck", "--is-locked"]).arg(path);
    match other.stdin(Stdio::null()).status().ok()?.code()? {
        0 => Some(true),
        1 => Some(false),
        _ => None,
    }
}

/// What users of a store without locks should know.
pub(super) fn without_locks(root: &Path) -> String {
    format!(
        "the file system of {} has no locks: use this store from one machine at a time, and collect garbage only when \
         nothing runs",
        root.display()
    )
}

fn ineffective(root: &Path) -> Finding {
    Finding {
        text: format!(
            "the file system of {} grants locks that others hold: processes that use this store do not know of each \
             other",
            root.display()
        ),
        hint: "use it from one process at a time, or move it to a file system with locks (docs/src/store.md has a \
               list; NFS and Lustre have them if they are mounted so)"
            .to_owned(),
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
