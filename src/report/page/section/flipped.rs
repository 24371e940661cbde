//! Held-out problems whose greedy answer became right or wrong.

use anyhow::Result;

use super::samples::shortened;
use crate::report::page::block::{Block, Cell, FlipText, Section, Table};
use crate::report::page::run::Run;
use crate::report::page::setting::Setting;
use crate::report::texts::{Flip, flips};

/// Problems of each kind that are shown.
const SHOWN: usize = 4;

/// The section.
///
/// # Errors
/// A table that cannot be read.
pub fn section(settings: &[Setting]) -> Result<Section> {
    let mut section = Section::new("flips", "Held-out problems that changed");
    let runs: Vec<&Run> = settings.iter().flat_map(|setting| &setting.runs).collect();
    let mut table = Table::new(["run", "from", "to", "#became right", "#became wrong"]);
    let mut shown = Vec::new();
    for run in &runs {
        let measured = run.measured();
        let (Some(&first), Some(&last)) = (measured.first(), measured.last()) else {
            continue;
        };
        if first == last {
            continue;
        }
        let flips = flips((&run.stored, first), (&run.stored, last))?;
        let gained = flips.iter().filter(|flip| flip.gained).count();
        table.push(vec![
            Cell::text(run.name()),
            Cell::text(format!("iteration {first}")),
            Cell::text(format!("iteration {last}")),
            Cell::text(gained.to_string()),
            Cell::text((flips.len() - gained).to_string()),
        ]);
        let is_first = settings
            .iter()
            .filter_map(Setting::first)
            .any(|one| one.name() == run.name());
        if is_first {
            shown.push((run.name(), texts(&flips)));
        }
    }
    if table.rows.is_empty() {
        return Ok(section.noting("Missing: it takes two measured policies of a run."));
    }
    section = section.with(table.block());
    for (name, flips) in shown.into_iter().filter(|(_, flips)| !flips.is_empty()) {
        let block = Block::Flips { flips };
        section = if runs.len() == 1 {
            section
                .with(block)
                .noting(format!("`serl show {name} --flips --limit 0` prints all of them."))
        } else {
            section.with(Block::Fold {
                summary: name.to_owned(),
                blocks: vec![block],
            })
        };
    }
    Ok(section)
}

/// The first few that became right, and the first few that became wrong.
fn texts(flips: &[Flip]) -> Vec<FlipText> {
    let of = |gained: bool| flips.iter().filter(move |flip| flip.gained == gained).take(SHOWN);
    let text = |flip: &Flip| FlipText {
        gained: flip.gained,
        place: format!("{} {}", flip.benchmark, flip.id),
        problem: flip.problem.clone(),
        gold: flip.gold.clone(),
        before: shortened(&flip.before),
        after: shortened(&flip.after),
    };
    of(true).chain(of(false)).map(text).collect()
}
